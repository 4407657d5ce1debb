#!/usr/bin/env python3
"""What spamc is made of and how it ends: libraries, start time, options and manual page, broken ends.

    program.py SPAMC MANUAL-PAGE
"""
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from cases import GOOD, MESSAGE  # noqa: E402
from fake_server import FakeServer  # noqa: E402

SPAMC, MANUAL = sys.argv[1:3]
wrong = 0


def check(what, good, detail=""):
    global wrong
    if not good:
        wrong += 1
        print("WRONG %s %s" % (what, detail))


def call(arguments, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([SPAMC] + arguments, stderr=subprocess.PIPE, timeout=20, **more)


def libraries():
    if not shutil.which("ldd"):
        return
    linked = subprocess.run(["ldd", SPAMC], stdout=subprocess.PIPE).stdout.decode()
    for heavy in ("pcre2", "sqlite", "idn2", "expat", "boost", "libssl", "libcrypto"):
        check("library", heavy not in linked, linked)


def start_time():
    times = []
    for _ in range(50):
        start = time.perf_counter()
        pid = os.posix_spawn(SPAMC, [SPAMC, "-c", "--connect-retries=1", "-U", "/nonexistent"], {},
                             file_actions=[(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in range(3)])
        os.waitpid(pid, 0)
        times.append(time.perf_counter() - start)
    times.sort()
    print("start to end of spamc without a server: best %.1f ms, median %.1f ms" % (times[0] * 1e3, times[25] * 1e3))


def options_of_usage():
    found = set()
    for line in call(["-h"]).stdout.decode().splitlines():
        if re.match(r"  -", line):
            found |= set(re.findall(r"(?:^  |, )(--?[\w-]+)", line))
    return found


def options_of_manual():
    """".It Fl d Ar hosts , Fl -dest Ar hosts": after Fl come options until the next macro."""
    found = set()
    for line in open(MANUAL):
        if not line.startswith(".It Fl "):
            continue
        is_flag = False
        for word in line.split()[1:]:
            if word == "Fl":
                is_flag = True
            elif word in ("Ar", "Oo", "Oc", "Op", "Ns"):
                is_flag = False
            elif is_flag and word != ",":
                found.add("-" + word)
    return found


def help_and_manual():
    for option in ("-h", "--help", "-V", "--version"):
        done = call([option])
        check(option, done.returncode == 0 and done.stdout.startswith(b"SpamAssassin Client version 4.0.1\n"), done)
    shown = options_of_usage()
    check("options", {"-d", "--dest", "-K", "-4", "--ssl-ca-path", "--filter-retry-sleep", "-X"} <= shown, shown)
    written = options_of_manual()
    check("manual page", shown == written, "not in both: %s" % sorted(shown ^ written))
    if shutil.which("mandoc"):
        lint = subprocess.run(["mandoc", "-Tlint", "-W", "warning", MANUAL], stdout=subprocess.PIPE)
        check("manual page", lint.returncode == 0, lint.stdout.decode())
    done = call(["--bogus"])
    check("usage", done.returncode == 64 and done.stdout == b"" and b"--dest" in done.stderr, done)


def broken_ends():
    def answered(arguments, **more):
        server = FakeServer([["read", GOOD]])
        try:
            return call(["-l", "-d", "127.0.0.1", "-p", str(server.port)] + arguments, **more).returncode
        finally:
            server.close()

    def piped(text):
        reading, writing = os.pipe()
        os.write(writing, text)
        os.close(writing)
        return reading

    if os.path.exists("/dev/full"):
        for arguments, code in ([], 74), (["-x"], 74), (["-E"], 74), (["-c"], 1), (["--headers"], 74):
            with open("/dev/full", "wb") as full:
                got = answered(arguments, stdin=piped(MESSAGE), stdout=full)
                check("full disk %s" % arguments, got == code, got)
        with open("/dev/full", "wb") as full:
            got = call(["-U", "/nonexistent"], stdin=piped(MESSAGE), stdout=full).returncode
            check("full disk on fallback", got == 74, got)
    reading, writing = os.pipe()
    os.close(reading)
    got = answered([], stdin=piped(MESSAGE), stdout=writing)
    check("closed pipe", got == 74, got)
    for arguments, code in ([], 0), (["-x"], 74), (["-c"], 0):
        with subprocess.Popen(["/bin/sh", "-c", '"$0" "$@" <&-', SPAMC, "-l", "-U", "/nonexistent"] + arguments,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.communicate()
            check("closed input %s" % arguments, process.returncode == code, process.returncode)
    with subprocess.Popen([SPAMC, "-U", "/nonexistent", "-l"], stdin=os.open("/", os.O_RDONLY),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        check("input is a folder", process.communicate()[0] == b"" and process.returncode == 0)


libraries()
start_time()
help_and_manual()
broken_ends()
print("all well" if not wrong else "%d wrong" % wrong)
sys.exit(1 if wrong else 0)
