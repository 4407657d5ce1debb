#!/usr/bin/env python3
"""A Berkeley DB of SpamAssassin's own sa-learn is taken over: what our --backup and --dump then say is what theirs said.

    import_db.py SA-LEARN
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from support import Room, check, failures

ORIGINAL = "/usr/bin/sa-learn"
SKIPPED = 77


def run(room, program, *arguments, db="theirs"):
    command = [program, "-C", room.path("rules"), "--siteconfigpath", room.path("site"), "-L", "--dbpath", room.path(db)]
    return subprocess.run(command + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          timeout=120, universal_newlines=True)


def backup(done):
    """Version and counts, then tokens and ids in no order."""
    return sorted(re.sub(r" #.*", "", line) for line in done.stdout.splitlines())


def main():
    ours = sys.argv[1]
    perl = shutil.which("perl")
    if not os.path.exists(ORIGINAL) or not perl or subprocess.run([perl, "-MDB_File", "-e", "1"]).returncode:
        print("SKIPPED: there is no sa-learn of SpamAssassin's with Berkeley DB (the package spamassassin has it)")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="bayes") as top:
        room = Room(ours, "", top)
        os.mkdir(room.path("theirs"))
        toks = room.path("theirs", "bayes_toks")
        learned = [run(room, ORIGINAL, "--spam", room.mail("spam", 60)), run(room, ORIGINAL, "--ham", room.mail("ham", 40))]
        check("SpamAssassin's has learned", all("message(s) examined" in done.stdout for done in learned), learned)
        theirs, magic = run(room, ORIGINAL, "--backup"), run(room, ORIGINAL, "--dump", "magic").stdout
        check("with counts of both forms", all(re.search(r"(?m)^t\t%d\t0\t" % n, theirs.stdout) for n in (60, 1)))
        with open(toks, "rb") as f:
            before = f.read()

        done = run(room, ours, "--import")
        check("--import takes over what lies beside", done.returncode == 0 and done.stderr == "" and
              re.fullmatch(r"Imported \d{3,} token\(s\) of 60 spam and 40 ham message\(s\)\n", done.stdout), done)
        check("the same tokens and ids", backup(run(room, ours, "--backup")) == backup(theirs), done)
        check("the same figures", run(room, ours, "--dump", "magic").stdout == magic, magic)
        done = run(room, ours, "--import")
        check("a second time it is refused", done.returncode == 1 and "--import-db " + room.path("theirs", "bayes") in done.stderr,
              done)

        for name in ("bayes", "bayes_toks"):
            done = run(room, ours, "--quiet", "--import-db", room.path("theirs", name), db="db")
            check("--import-db " + name, done.returncode == 0 and done.stdout == done.stderr == "", done)
            check("the same tokens and ids by " + name, backup(run(room, ours, "--backup", db="db")) == backup(theirs))
            run(room, ours, "--forget", room.path("spam"), db="db")
        with open(room.path("theirs", "bayes_journal"), "w") as f:
            f.write("n 1 0\n")
        done = run(room, ours, "--import-db", room.path("theirs", "bayes"), db="db")
        check("a journal is spoken of", done.returncode == 0 and "bayes_journal has what is not in the" in done.stderr, done)

        kept = backup(run(room, ours, "--backup", db="db"))
        with open(toks, "rb") as f:
            check("nothing is written to theirs", f.read() == before)
        for what, path, reason in (("missing", "nowhere", "No such file"), ("no database", "broken", "broken_toks: "),
                                   ("cut off", "cut", "cut_toks: ")):
            with open(room.path("broken_toks"), "w") as f:
                f.write("this is no database\n" * 1000)
            with open(room.path("cut_toks"), "wb") as f:
                f.write(before[:len(before) // 2])
            done = run(room, ours, "--import-db", room.path(path), db="db")
            check(what, done.returncode == 2 and "ERROR: Bayes import returned an error" in done.stderr, done)
            check(what + ": the reason", reason in done.stderr, done)
            check(what + ": nothing was changed", backup(run(room, ours, "--backup", db="db")) == kept)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
