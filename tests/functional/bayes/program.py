#!/usr/bin/env python3
"""sa-learn on the command line, against what SpamAssassin's does: exit codes, what is printed, and on which of
the two streams; its manual page.

    program.py SA-LEARN MANUAL-PAGE
"""
import os
import re
import subprocess
import sys
import tempfile

from support import Room, check, failures, message

VERSION = "SpamAssassin version 4.0.1\n"
RERUN = "returned an error, please re-run with -D for more information"
SELECT = "Please select either --spam, --ham, --folders, --forget, --sync, --import,\n--dump, --clear, --backup or --restore\n"
FIRST = "Please select either --spam or --ham or --forget before the first target\n"


def learned(n, examined, word="Learned"):
    return "%s tokens from %d message(s) (%d message(s) examined)\n" % (word, n, examined)


def run(room, *arguments, stdin=""):
    return subprocess.run(room.learn_command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, input=stdin, timeout=60,
                          universal_newlines=True, cwd=room.top)


def expect(room, arguments, code, out="", err="", **more):
    """`err` is what standard error has in it; "" is nothing at all."""
    done = run(room, *arguments, **more)
    fits = done.stderr == "" if err == "" else err in done.stderr
    check(" ".join(arguments), done.returncode == code and done.stdout == out and fits, done)
    return done


def wrong_command_lines(room):
    for arguments, err in (([], SELECT), (["--debug"], SELECT), (["mail"], FIRST), (["-f", "list"], FIRST), (["--bogus"], "bogus"),
                           (["--spa", "mail"], "--spa"), (["--restore"], "--restore"), (["--spam", "--stopafter", "x"], "stopafter"),
                           (["--spam", "--learnprob", "x"], "learnprob"), (["--help"], "Options:"), (["-h"], "Options:"),
                           (["-?"], "Options:")):
        expect(room, arguments, 64, VERSION, err)
    expect(room, ["-V"], 0, VERSION)
    expect(room, ["--spam", "--showdots", "--progress"], 0,
           "--showdots and --progress may not be used together, please select just one\n")
    expect(room, ["--restore", ""], 2, "", "You must specify a filename to restore.\n")
    expect(room, ["--spam", "-f", "nowhere"], 2, "", "cannot open nowhere: No such file")
    for learning in (["--spam", "spam"], ["--sync"], ["--force-expire"]):
        expect(room, ["--cf=use_bayes 0"] + learning, 1, "", "configuration specifies 'use_bayes 0', sa-learn disabled\n")
    for what in ("dump", "import", "clear", "backup", "restore=folders", "import-db=nowhere"):
        expect(room, ["--cf=use_bayes 0", "--" + what], 2, "", "ERROR: Bayes %s %s" % (what.partition("=")[0], RERUN))
    expect(room, ["--cf=use_bayes 0", "--dump=foo"], 1, "", "Unknown dump option 'foo'\n")
    check("nothing was made", not os.path.exists(room.database))


def looking(room):
    for what in ("dump", "backup"):
        expect(room, ["--" + what], 2, "", "ERROR: Bayes %s %s" % (what, RERUN))
    check("looking makes nothing", not os.path.exists(room.database))
    run(room, "--spam", "spam/00000")
    expect(room, ["--dump=foo"], 1, "", "Unknown dump option 'foo'\n")
    expect(room, ["--dump", "data", "--regexp", "("], 2, "", "Invalid dump_tokens regex '('")
    every = run(room, "--dump", "data").stdout
    keys = [bytes.fromhex(line[-10:]) for line in every.split("\n") if line]
    for text, pattern in (("[a-f]", b"[a-f]"), ("/[a-f]/", b"[a-f]"), ("/[a-f]/i", b"(?i)[a-f]")):
        shown = run(room, "--dump", "data", "--re", text).stdout.count("\n")
        check("--re " + text, 0 < shown < len(keys) and shown == sum(1 for key in keys if re.search(pattern, key)), shown)
    magic = run(room, "--dump", "magic").stdout
    check("--dump is all", run(room, "--dump").stdout == run(room, "--dump", "all").stdout == magic + every)
    check("magic", [line[39:] for line in magic.split("\n")[:4]] ==
          [" non-token data: " + n for n in ("bayes db version", "nspam", "nham", "ntokens")], magic)


def learning(room):
    expect(room, ["--spam", "spam/00000"], 0, learned(1, 1))
    expect(room, ["--spam", "spam/00000"], 0, learned(0, 1))
    expect(room, ["--nonspam", "spam/00000"], 0, learned(1, 1))
    expect(room, ["--ham", "spam", "ham"], 0, learned(3, 4))
    expect(room, ["--forget", "ham"], 0, learned(2, 2, "Forgot"))
    expect(room, ["--forget", "ham"], 0, learned(0, 2, "Forgot"))
    expect(room, ["--ham", "nowhere"], 1, learned(0, 0), "archive-iterator: no access to nowhere: No such file or directory\n")
    expect(room, ["--ham", "rules/none"], 1, learned(0, 0))
    expect(room, ["--spam", "--max-size", "10", "spam"], 1, learned(0, 0))
    expect(room, ["--mbox", "--ham", "spam/00000"], 1, learned(0, 0))
    expect(room, ["-q", "--spam", "spam/00000"], 0)
    expect(room, ["--spam", "--showdots", "spam"], 0, learned(1, 2), "..\n")
    expect(room, ["--spam", "--learnprob", "0", "--showdots", "spam"], 0, learned(0, 0), "__\n")
    expect(room, ["--ham", "--progress", "ham"], 0, learned(2, 2), "100%")
    expect(room, ["--folders", "folders"], 0, learned(2, 2))
    for option in ("--single", "--dir", "--file"):
        expect(room, ["--spam", option], 0, learned(1, 1), stdin=message("spam", 70 + len(option)))
    expect(room, ["--spam", "-"], 0, learned(1, 1), stdin=message("spam", 80))
    expect(room, ["--spam", "--stopafter", "0", "more"], 0, learned(1, 2))
    expect(room, ["--rebuild"], 0, "", "The --rebuild option has been deprecated.  Please use --sync instead.\n")
    expect(room, ["--norebuild", "--forget", "more"], 0, learned(2, 3, "Forgot"),
           "The --no-rebuild option has been deprecated.  Please use --no-sync instead.\nsa-learn warning: --forget requires "
           "read/write access to the database, and is incompatible with --no-sync\n")
    for option in ("--sync", "--force-expire", "--expire", "--import", "--clear"):
        expect(room, [option], 0)
    check("cleared", " 0          0  non-token data: nspam" in run(room, "--dump", "magic").stdout)


def debug_lines(room):
    def said(*arguments):
        return re.sub(r"^.*? dbg: ", "", run(room, "-D", "bayes,learn", *arguments, "spam/00000").stderr, flags=re.M)

    learnt = said("--spam")
    check("-D: learned", re.fullmatch(r"learn: learning spam\n(bayes: (tokenized|header tokens) .*\n)+"
                                      r"bayes: learned '\w+@sa_generated', atime: 1704164645\n", learnt), learnt)
    check("-D: known", "already learnt correctly, not learning twice\n" in said("--spam"))
    check("-D: turned round", "learn: learning ham\nbayes: " in said("--ham"))
    check("-D: forgotten", re.fullmatch(r"learn: forgetting message\n(bayes: (tokenized|header tokens) .*\n)+", said("--forget")))
    check("-D: unknown", "not learnt, ignored\n" in said("--forget"))
    # What SpamAssassin says of this message.
    done = run(room, "-D", "bayes", "--spam", stdin="From: a@example.com\nTo: b@example.com\nSubject: hello\nDate: Tue, 2 Jan 2024 "
               "03:04:05 +0000\n\nbuy casino http://example.com/x <b>now</b>\n")
    check("-D: tokens", re.findall(r"bayes: tokenized (.*)", done.stderr) == [
        "body: 7 tokens", "uri: 0 tokens", "invisible: 0 tokens", "header: 12 tokens"], done.stderr)


def carrying_over(room):
    run(room, "--spam", "spam")
    backup = run(room, "--backup").stdout
    with open(room.path("backup"), "w") as f:
        f.write(backup)
    run(room, "--ham", "ham")
    for name, reason in (("folders", "version"), ("nowhere", "No such file"), ("empty", "version")):
        expect(room, ["--restore", name], 2, "", "ERROR: Bayes restore " + RERUN)
        expect(room, ["--restore", name], 2, "", reason)
    check("what cannot be restored changes nothing", run(room, "--backup").stdout != backup)
    expect(room, ["--restore", "backup"], 0)
    check("restored", run(room, "--backup").stdout == backup)
    with open(room.path("db", "bayes_toks"), "w"):
        pass
    done = run(room, "--import")  # the former without libdb
    check("--import", done.returncode == 1 and ("--restore FILE" in done.stderr or "--import-db" in done.stderr), done)
    expect(room, ["--import-db", "nowhere"], 2, "", "nowhere_toks: No such file")
    check("still the same", run(room, "--backup").stdout == backup)


def manual_page(program, page):
    usage = subprocess.run([program, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True).stderr
    offered = set(re.findall(r"(?:^ |, )(--?[a-zA-Z][\w-]*)", usage, re.M))
    described = set()
    for line in open(page):
        if line.startswith(".It Fl"):
            described |= {"-" + word for word in re.findall(r"Fl (-?[\w-]+)", line)}
    check("options of the usage text", len(offered) > 35, offered)
    check("in the manual page", not offered - described, offered - described)
    # Also the names that the usage text has not must be options.
    for name in sorted(described - offered):
        done = subprocess.run([program, name + ("=x" if name.startswith("--") else "x"), "--version"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True)
        bare = subprocess.run([program, name, "--version"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        check(name + " is an option", "unrecognised" not in done.stderr or "unrecognised" not in bare.stderr, done.stderr)


def main():
    program, page = map(os.path.abspath, sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="salearn") as top:
        for case in (wrong_command_lines, looking, learning, debug_lines, carrying_over):
            room = Room(program, "", top)
            room.mail("spam", 2)
            room.mail("ham", 2)
            os.mkdir(room.path("more"))
            os.mkdir(room.path("rules", "none"))
            for n in range(60, 63):
                with open(room.path("more", str(n)), "w") as f:
                    f.write(message("spam", n))
            for name, text in (("folders", "spam:file:more/60\n\nham:file:more/61\n"), ("list", "more\n"), ("empty", "")):
                with open(room.path(name), "w") as f:
                    f.write(text)
            case(room)
    manual_page(program, page)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
