#!/usr/bin/env python3
"""cmake --install into a DESTDIR: everything an administrator needs is there, and only below the prefix.

    install.py CMAKE BUILD-FOLDER
"""
import os
import re
import subprocess
import sys
import tempfile

CMAKE, BUILD = sys.argv[1:]
failures = 0


def check(what, good):
    global failures
    print("%s: %s" % ("ok" if good else "FAILED", what))
    failures += not good


def tree(root):
    return {os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names}


with tempfile.TemporaryDirectory() as directory:
    done = subprocess.run([CMAKE, "--install", BUILD], env=dict(os.environ, DESTDIR=directory),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check("cmake --install", done.returncode == 0)
    if done.returncode != 0:
        print(done.stdout.decode())
    with open(BUILD + "/CMakeCache.txt") as file:
        cache = dict(re.findall(r"(?m)^(\w+):\w+=(.*)$", file.read()))
    prefix = cache["CMAKE_INSTALL_PREFIX"].lstrip("/")
    found = tree(directory)

    def has(name, program=False):
        path = os.path.join(directory, prefix, name)
        check(name, os.path.isfile(path) and (not program or os.access(path, os.X_OK)))

    daemon = "sbin" if os.uname().sysname == "Linux" else "bin"
    has(daemon + "/spamd", program=True)
    for name in ["bin/spamc", "bin/sa-learn"]:
        has(name, program=True)
    for name in ["init.pre", "10_defaults.cf", "23_bayes.cf"]:
        has("share/miharu/" + name)
    check("SpamAssassin's rules are left alone", not [n for n in found if "share/spamassassin" in n])
    manuals = cache.get("CMAKE_INSTALL_MANDIR", "") or "share/man"
    for name in ["man1/spamc.1", "man8/spamd.8", "man5/miharu.conf.5"]:
        if os.path.exists(os.path.join(os.path.dirname(__file__), "../../../doc", os.path.basename(name))):
            has(manuals + "/" + name)
    if cache.get("MIHARU_SYSTEMD") == "ON":
        unit = os.path.join(directory, prefix, "lib/systemd/system/spamd.service")
        has("lib/systemd/system/spamd.service")
        has("lib/systemd/system/spamd.socket")
        start = re.search(r"(?m)^ExecStart=(\S+)", open(unit).read())
        check("the unit starts what was installed",
              start is not None and os.access(directory + start.group(1), os.X_OK))
    if cache.get("MIHARU_RC_D") == "ON":
        has("etc/rc.d/sa-spamd", program=True)
    cache_folder = directory + (cache.get("MIHARU_CACHE_DIR") or "?")
    check("a folder for the rule cache that nobody else can write to",
          os.path.isdir(cache_folder) and os.stat(cache_folder).st_mode & 0o022 == 0)
    check("no files outside of the prefix", all(name.startswith(prefix + "/") for name in found))
sys.exit(1 if failures else 0)
