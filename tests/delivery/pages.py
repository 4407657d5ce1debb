#!/usr/bin/env python3
"""The setup pages agree with each other, with the service files and with the programs; needs no mail server.

    pages.py SPAMD SPAMC
"""
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402


def pages():
    for name in sorted(os.listdir(servers.PAGES)):
        with open(os.path.join(servers.PAGES, name)) as file:
            yield name, file.read()


def service(name):
    with open(os.path.join(servers.SOURCE, "rc.d", name)) as file:
        return file.read()


def main():
    spamd, spamc = sys.argv[1:3]
    wrong = []

    def check(condition, text):
        if not condition:
            wrong.append(text)

    # The options of every page are understood, by the daemon and by the client.
    count = 0
    for name, text in pages():
        for options in re.findall(r'^(?:OPTIONS|spamd_flags)="(-[LlxcH].*)"$', text, re.M):
            count += 1
            words = options.replace("-u vmail", "-u nobody").split()
            done = subprocess.run([spamd, *words, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            check(done.returncode == 0, "%s: spamd refuses %s: %s" % (name, options, done.stdout))
            for path in re.findall(r"--socketpath=(\S+)", options):
                check(path in ("/run/spamd/spamd.sock", "/var/run/spamd/spamd.sock"), "%s: %s" % (name, path))
    check(count >= 4, "only %d lines of options" % count)

    # A container's options are a list; tests/delivery/container.py runs them where it may.
    command = json.loads(re.search(r"^CMD (\[.*\])$", dict(pages())["container.md"], re.M).group(1))
    done = subprocess.run([spamd, *["nobody" if word == "vmail" else word for word in command], "--version"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(done.returncode == 0, "container.md: spamd refuses %s: %s" % (command, done.stdout))

    # The socket lies where the service makes a directory, and the options where it reads them.
    unit = service("spamd.service.in")
    check("\nRuntimeDirectory=spamd\n" in unit, "spamd.service: no /run/spamd")
    check("\nEnvironmentFile=-/etc/default/spamd\n" in unit and "$OPTIONS" in unit, "spamd.service: no OPTIONS")
    check("/var/run/spamd/spamd.pid" in service("sa-spamd.in") and "spamd_flags" in service("sa-spamd.in"), "sa-spamd")
    check("/run/spamd/spamd.pid" in service("spamd.openrc.in"), "spamd.openrc")

    # Packages are those of setup.sh.
    with open(os.path.join(servers.SOURCE, "setup.sh")) as file:
        wanted = set(re.search(r"pkg install -y (.*)", file.read()).group(1).split()) - {"ccache", "doctest", "python3"}
    shown = set(re.search(r"^pkg install (.*)", dict(pages())["freebsd.md"], re.M).group(1).split())
    check(wanted == shown, "freebsd.md: packages that differ from setup.sh's: %s" % (wanted ^ shown))

    # What pages and scripts call is there, and what is there is spoken of.
    text = "".join(body for _, body in pages())
    scripts = "".join(open(os.path.join(servers.SIEVE, n)).read() for n in os.listdir(servers.SIEVE) if n.endswith(".sieve"))
    with open(os.path.join(servers.SOURCE, "client/CMakeLists.txt")) as file:
        installed = file.read()
    for name in sorted(os.listdir(servers.SIEVE)):
        check("sieve/" + name in installed, "%s is not installed" % name)
        check(name in text + scripts or name[:-6] in text, "%s is on no page" % name)
        if not name.endswith(".sieve"):
            check(os.access(os.path.join(servers.SIEVE, name), os.X_OK), "%s cannot be run" % name)
    for name in re.findall(r'(?:filter|pipe :copy) "([^"]+)"', scripts):
        check(os.path.exists(os.path.join(servers.SIEVE, name)), "%s is called and not there" % name)
    with open(os.path.join(servers.SOURCE, "README.md")) as file:
        readme = file.read()
    for name, _ in pages():
        check("doc/setup/" + name in readme, "README.md does not name %s" % name)

    # The hooks take no arguments: a user's script must not hand options to spamc.
    for name in ("spam-filter", "learn-spam", "learn-ham"):
        with open(os.path.join(servers.SIEVE, name)) as file:
            check(not re.search(r"\$[@*1-9]|\$\{[@*1-9]", file.read()), "%s hands on arguments" % name)
    check(subprocess.run([spamc, "-V"], stdout=subprocess.DEVNULL).returncode == 0, "spamc")
    for text in wrong:
        print("WRONG " + text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
