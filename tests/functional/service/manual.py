#!/usr/bin/env python3
"""The manual pages: no warning of mandoc (where it is installed), and spamd.8 has the options that
spamd --help has, and no other.

    manual.py DOC-FOLDER SPAMD
"""
import glob
import re
import shutil
import subprocess
import sys

DOC, SPAMD = sys.argv[1:]
wrong = 0


def complain(text):
    global wrong
    wrong += 1
    print("WRONG " + text)


pages = sorted(glob.glob(DOC + "/*.[158]"))
if len(pages) < 3:
    complain("pages are missing: %r" % pages)
if shutil.which("mandoc"):
    for page in pages:
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0 or done.stdout:
            complain(done.stdout.decode())
else:
    print("no mandoc here")

usage = subprocess.run([SPAMD, "--help"], stdout=subprocess.PIPE).stdout.decode()
offered = set()
for line in usage.splitlines():
    head = re.match(r" +(-\S.*?)(?:  |$)", line)
    if head:
        offered |= set(re.findall(r"(?:^|, )(--?\w[\w-]*)", head.group(1).replace("[no-]", "")))
described = set()
for line in open(DOC + "/spamd.8"):
    if line.startswith((".It Fl", ".Fl")):
        for word in re.findall(r"(?:Fl |, (?!Fl))(-?\w[\w-]*)", line):
            described.add("-" + word)
# The page has --confine and --seccomp as what is to be switched off; some are accepted without a line in the usage text.
described = {name.replace("--no-confine", "--confine").replace("--no-seccomp", "--seccomp") for name in described} - {"-name", "-path"}
silent = {"-F", "-S", "--add-from", "--no", "--listen-ip", "--ip-address"}
if len(offered) < 60:
    complain("only %d options in the usage text" % len(offered))
for name in sorted(offered - described):
    complain(name + " is not in spamd.8")
for name in sorted(described - offered - silent):
    complain(name + " is in spamd.8 only")
sys.exit(1 if wrong else 0)
