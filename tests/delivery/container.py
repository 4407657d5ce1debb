#!/usr/bin/env python3
"""doc/setup/container.md: its packages are those the programs need, and its options work for somebody who is not root, has no
capability and no network, and may write to two volumes and /tmp only. No container program is needed: name spaces are enough.

    container.py SPAMD SPAMC
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
from servers import header, make_message  # noqa: E402

PAGE = os.path.join(servers.PAGES, "container.md")
USER = 5000
# Makes ROOT a read-only root with the volumes, and starts what follows in it as USER.
ENTER = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$ROOT"
for name in usr lib lib64 bin sbin; do
    if [ -L /$name ]; then
        ln -s "$(readlink /$name)" "$ROOT/$name"
    elif [ -d /$name ]; then
        mkdir "$ROOT/$name"
        mount --rbind /$name "$ROOT/$name"
        mount -o remount,bind,ro "$ROOT/$name"
    fi
done
for name in etc/spamassassin run/spamd var/vmail tmp dev proc rules opt; do mkdir -p "$ROOT/$name"; done
cp "$SPAMD" "$ROOT/opt/spamd"
cp "$PLACE"/rules/* "$ROOT/rules"
echo "vmail:x:$ID:$ID::/var/vmail:/usr/sbin/nologin" > "$ROOT/etc/passwd"
echo "vmail:x:$ID:" > "$ROOT/etc/group"
touch "$ROOT/dev/null"
mount --bind /dev/null "$ROOT/dev/null"
mount --bind "$PLACE/socket" "$ROOT/run/spamd"
mount --bind "$PLACE/vmail" "$ROOT/var/vmail"
mount --bind "$PLACE/site" "$ROOT/etc/spamassassin"
mount -o remount,bind,ro "$ROOT/etc/spamassassin"
mount -t tmpfs none "$ROOT/tmp"
mount -o remount,ro "$ROOT"
cd "$ROOT"
exec chroot "$ROOT" setpriv --reuid "$ID" --regid "$ID" --clear-groups --no-new-privs --bounding-set=-all "$@"
"""


def page():
    with open(PAGE) as file:
        return file.read()


def options():
    command = re.search(r"^CMD (\[.*\])$", page(), re.M).group(1)
    return json.loads(command)


def packages_of(programs):
    """The packages of the libraries that programs ask for; an empty set where nobody knows."""
    if not shutil.which("dpkg-query") or not shutil.which("readelf"):
        return set()
    paths = set()
    for program in programs:
        # Not those that only a library asks for: its package brings them along.
        asked = subprocess.run(["readelf", "-d", program], stdout=subprocess.PIPE, universal_newlines=True).stdout
        loaded = subprocess.run(["ldd", program], stdout=subprocess.PIPE, universal_newlines=True).stdout
        paths |= {path for name, path in re.findall(r"(\S+) => (/\S+)", loaded) if "[%s]" % name in asked}
    # Packages know /lib/..., which is /usr/lib/... today.
    names = paths | {os.path.realpath(p) for p in paths}
    names |= {re.sub("^/usr", "", p) for p in names} | {"/usr" + p for p in names if not p.startswith("/usr")}
    done = subprocess.run(["dpkg-query", "-S", *sorted(names)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          universal_newlines=True)
    return set(re.findall(r"^([^:,\s]+)", done.stdout, re.M))


def main():
    if os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("unshare") or subprocess.run(
            ["unshare", "-m", "-n", "mount", "-t", "tmpfs", "none", "/mnt"], stderr=subprocess.DEVNULL).returncode != 0:
        print("SKIPPED: no name spaces can be made here")
        return servers.SKIPPED
    spamd, spamc = sys.argv[1:3]
    place = servers.Place()
    place.make("root", "socket", "vmail")
    for volume in ("socket", "vmail"):
        os.chown(place.path(volume), USER, USER)
    learn = os.path.join(os.path.dirname(spamd), "sa-learn")
    log = place.path("log/spamd")
    server = servers.Server()

    def ask(*more, message=make_message("half", b"xdeliveryhalfx\n")):
        done = subprocess.run([spamc, "-U", place.path("socket/spamd.sock"), "-x", "-u", "joe@example.net", *more], input=message,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
        return done.returncode, done.stdout

    def logged(text):
        with open(log) as file:
            return text in file.read()

    def starts():
        environment = dict(os.environ, ROOT=place.path("root"), PLACE=place.directory, SPAMD=spamd, ID=str(USER))
        with open(log, "wb") as out:
            server.process = subprocess.Popen(
                ["unshare", "-m", "-n", "-i", "sh", "-c", ENTER, "enter", "/opt/spamd", *options(), "-C", "/rules"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
        servers.wait_for("spamd", lambda: server.process.poll() is not None or
                         servers.answers_unix(place.path("socket/spamd.sock")))
        assert server.process.poll() is None
        with open("/proc/%d/status" % server.process.pid) as file:
            status = file.read()
        assert re.search(r"(?m)^Uid:(\t%d){4}$" % USER, status) and re.search(r"(?m)^CapBnd:\t0+$", status), status
        with open("/proc/%d/mountinfo" % server.process.pid) as file:
            writable = set(re.findall(r"^\S+ \S+ \S+ \S+ (\S+) rw\b", file.read(), re.M))
        # What is below /usr is the machine's own; it belongs to root.
        assert {w for w in writable if not w.startswith(("/usr", "/lib", "/bin", "/sbin"))} == {
            "/run/spamd", "/var/vmail", "/tmp", "/dev/null"}, writable

    def scores():
        code, answer = ask()
        assert code == 0 and header(answer, "X-Spam-Status")[0].startswith("No, score=3.5 required=5.0"), answer

    def learns_where_users_learn():
        for kind in ("spam", "ham"):
            code, answer = ask("-L", kind, message=make_message(kind, kind.encode() * 3 + b" words of it\n"))
            assert code == 0 and b"successfully un/learned" in answer, answer
        state = place.path("vmail/example.net/joe/spamassassin")
        found = [name for name in os.listdir(state) if name.startswith("bayes")]
        assert found and all(os.stat(os.path.join(state, name)).st_uid == USER for name in found), found

    def reloads():
        place.write("vmail/example.net/joe/spamassassin/user_prefs", "required_score 2\n")
        place.write("site/local.cf", "score DELIVERY_HALF 3\n")
        os.kill(server.process.pid, 1)
        servers.wait_for("the reload", lambda: logged("configuration reloaded"))
        servers.wait_for("the new score", lambda: header(ask()[1], "X-Spam-Status")[0].startswith("Yes, score=3.0 required=2.0"))

    def packages():
        text = page()
        build, run = text.split("FROM debian:12-slim")
        with open(os.path.join(servers.SOURCE, "setup.sh")) as file:
            needed = shlex.split(re.search(r'packages="(.*?)"', file.read(), re.S).group(1).replace("\n", " "))
        missing = {n for n in needed if n not in ("ccache", "doctest-dev", "python3")} - set(re.findall(r"[\w.+-]+", build))
        assert not missing, "not installed to build: %s" % missing
        # What every Debian has.
        known = {"libc6", "libgcc-s1", "libstdc++6"} | set(re.findall(r"[\w.+-]+", run))
        missing = packages_of([spamd, spamc, learn]) - known
        assert servers.SANITIZED or not missing, "not installed to run: %s" % missing

    place.servers.append(server)
    return servers.run_checks(place, [packages, starts, scores, learns_where_users_learn, reloads])


if __name__ == "__main__":
    sys.exit(main())
