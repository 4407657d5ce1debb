#!/usr/bin/env python3
"""The spamassassin program by itself: filter, report, exit codes, lint, mailboxes, options and manual page.

    program.py SPAMASSASSIN MANUAL-PAGE
"""
import json
import os
import re
import subprocess
import sys
import tempfile

PROGRAM, MANUAL = sys.argv[1:3]
wrong = 0

SITE = """loadplugin Mail::SpamAssassin::Plugin::Check
loadplugin Mail::SpamAssassin::Plugin::Bayes
"""
RULES = """body VIAGRA_OFFER /cheap pills/
describe VIAGRA_OFFER Offers cheap pills
score VIAGRA_OFFER 6
header FROM_A From =~ /a@b/
score FROM_A 0.5
meta BOTH VIAGRA_OFFER && FROM_A
score BOTH 1
add_header spam Flag _YESNOCAPS_
add_header all Status "_YESNO_, tests=_TESTS_"
report_safe 1
clear_report_template
report _SUMMARY_
"""
HAM = b"From: a@b.example\nTo: c@d.example\nSubject: lunch\n\nat noon\n"
SPAM = b"From: a@b.example\nTo: c@d.example\nSubject: hi\n\nbuy cheap pills\n"


def check(what, good, detail=""):
    global wrong
    if not good:
        wrong += 1
        print("WRONG %s %s" % (what, detail))


class Place:
    def __init__(self, root):
        self.root = root
        for d in ("rules", "site", "home", "mails"):
            os.mkdir(os.path.join(root, d))
        self.write("site/init.pre", SITE)
        self.write("rules/10.cf", RULES)
        self.environment = dict(os.environ, HOME=os.path.join(root, "home"), LC_ALL="C")

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, content):
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(self.path(name), mode) as f:
            f.write(content)
        return self.path(name)

    def call(self, *arguments, mail=b"", create=False):
        own = ["-C", self.path("rules"), "--siteconfigpath", self.path("site")]
        return subprocess.run([PROGRAM] + own + ([] if create else ["-x"]) + list(arguments), input=mail,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, env=self.environment)


def filters(p):
    r = p.call("-L", mail=HAM)
    check("ham", r.returncode == 0 and r.stdout.endswith(b"\n\nat noon\n") and b"X-Spam-Checker-Version:" in r.stdout,
          r)
    check("quiet", r.stderr == b"", r.stderr)
    r = p.call("-L", "-t", mail=SPAM)
    check("summary", re.search(rb"(?m)^ 6\.0 VIAGRA_OFFER\s+BODY: Offers cheap pills$", r.stdout), r.stdout)
    check("meta", re.search(rb"(?m)^ 1\.0 BOTH ", r.stdout), r.stdout)
    check("spam without -e", r.returncode == 0)
    for arguments, code in ((["-e"], 5), (["-e", "9"], 9), (["--exit-code=3"], 3), (["-et"], 5)):
        check("exit code %s" % arguments, p.call("-L", *arguments, mail=SPAM).returncode == code)
        check("exit code ham %s" % arguments, p.call("-L", *arguments, mail=HAM).returncode == 0)


def markup(p):
    for safe in "012":
        marked = p.call("-L", "--cf=report_safe " + safe, mail=SPAM).stdout
        check("marked %s" % safe, b"X-Spam-Flag: YES" in marked, marked)
        check("removed %s" % safe, p.call("-d", mail=marked).stdout == SPAM)
        again = p.call("-L", "-d", "-t", mail=marked).stdout
        check("retested %s" % safe, b" 6.0 VIAGRA_OFFER" in again, again)
    check("nothing to remove", p.call("-d", mail=HAM).stdout == HAM)


def targets(p):
    box = b"From x@y Mon Jan  1 00:00:00 2001\n" + HAM + b"\nFrom x@y Mon Jan  1 00:00:00 2001\n" + SPAM
    p.write("box", box)
    p.write("mails/1", HAM)
    p.write("mails/2", SPAM)

    def checked(*arguments, mail=b""):
        return p.call("-L", "--cf=report_safe 0", *arguments, mail=mail).stdout.count(b"X-Spam-Status:")

    check("mbox", checked("--mbox", p.path("box")) == 2)
    check("mbox on stdin", checked("--mbox", mail=box) == 2)
    check("file", checked(p.path("mails/2")) == 1)
    check("directory", checked(p.path("mails")) == 2)
    check("two targets", checked(p.path("mails"), "-", mail=HAM) == 3)
    r = p.call("-L", p.path("nothing"))
    check("no message", r.returncode == 1 and r.stdout == b"", r)
    r = p.call("-L", "--progress", p.path("mails"))
    check("progress", b"2 of 2" in r.stderr, r.stderr)


def learning(p):
    database = "--cf=bayes_path " + p.path("bayes")
    for option, word in (("-r", b"report"), ("-k", b"revoke")):
        r = p.call("-L", option, database, mail=SPAM)
        check(option, r.returncode == 0 and r.stdout == b"1 message(s) examined.\n", r)
        check(option + " says", b"unable to " + word + b" message" in r.stderr, r.stderr)
    check("learned", any(n.startswith("bayes") and os.path.getsize(p.path(n)) > 0 for n in os.listdir(p.root)))
    for option in ("-W", "-R", "--add-to-blocklist"):
        r = p.call(option, mail=HAM)
        check(option, r.returncode == 0 and r.stdout == b"1 message(s) examined.\n" and b"nothing was changed" in r.stderr,
              r)
    r = p.call("--add-addr-to-welcomelist=a@b.example")
    check("one address", r.returncode == 0 and b"nothing was changed" in r.stderr, r)


def lint(p):
    r = p.call("--lint")
    check("lint", r.returncode == 0 and r.stdout == b"" and r.stderr == b"", r)
    r = p.call("--lint", "--cf=body BAD /foo(/", "--cf=nonsense 1", "--cf=header E eval:no_such_function()")
    check("lint finds", r.returncode == 1 and b"invalid regexp for BAD" in r.stderr and
          b"failed to parse line in (post_config_text) (line 2): nonsense 1" in r.stderr and
          b"unknown eval 'no_such_function' for E" in r.stderr and b"lint: 3 issues detected" in r.stderr, r.stderr)
    r = p.call("--lint", "--json")
    check("lint as JSON, good", r.returncode == 0 and json.loads(r.stdout) == [] and r.stderr == b"", r)
    bad = p.write("rules/99.cf", b"header GOOD Subject =~ /x/\n# \xe9\nnonsense \xe9\n")
    r = p.call("--lint", "--json")
    os.unlink(bad)
    problems = json.loads(r.stdout)
    check("lint as JSON", r.returncode == 1 and r.stderr == b"" and len(problems) == 1 and
          (problems[0]["file"], problems[0]["line"], problems[0]["severity"]) == (bad, 3, "error") and
          problems[0]["message"].endswith(": nonsense \u00e9"), r)
    r = p.call("-D", "--lint", "--cf=nonsense 1")
    check("lint with -D", r.returncode == 1 and b"issues detected" not in r.stderr)


def debugging(p):
    r = p.call("-L", "-D", mail=SPAM)
    for line in (rb"dbg: config: read file .*/rules/10\.cf",
                 rb'dbg: rules: ran body rule VIAGRA_OFFER ======> got hit: "cheap pills"',
                 rb"dbg: timing: total "):
        check("debug", re.search(line, r.stderr), line)
    r = p.call("-L", "-D", "rules", mail=SPAM)
    check("area", b"got hit" in r.stderr and b"timing:" not in r.stderr and b"config:" not in r.stderr, r.stderr)


def preferences(p):
    made = p.path("home/.spamassassin/user_prefs")
    p.call("-L", mail=HAM)
    check("-x", not os.path.exists(made))
    r = p.call("-L", mail=HAM, create=True)
    check("created", os.path.exists(made) and b"created user preferences file" in r.stderr, r.stderr)
    with open(made, "w") as f:
        f.write("score VIAGRA_OFFER 1\n")
    check("read", b" 1.0 VIAGRA_OFFER" in p.call("-L", "-t", mail=SPAM).stdout)
    other = p.write("prefs", "score VIAGRA_OFFER 2\n")
    check("-p", b" 2.0 VIAGRA_OFFER" in p.call("-L", "-t", "-p", other, mail=SPAM).stdout)


def command_line(p):
    r = p.call("--version")
    check("version", r.returncode == 0 and r.stdout.startswith(b"SpamAssassin version 4.0.1\n"), r)
    r = p.call("--nonsense")
    check("unknown option", r.returncode == 64 and r.stdout == b"" and b"Usage" in r.stderr, r)
    check("removed option", p.call("-F", "0").returncode == 2)
    empty = p.path("empty")
    os.mkdir(empty)
    r = subprocess.run([PROGRAM, "-x", "-L", "-C", empty, "--siteconfigpath", empty], input=HAM, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, env=p.environment, timeout=60)
    check("no rules", r.returncode != 0 and r.stdout == b"" and b"no rules were found" in r.stderr, r)
    full = os.open("/dev/full", os.O_WRONLY) if os.path.exists("/dev/full") else None
    if full is not None:
        r = subprocess.run([PROGRAM, "-x", "-L", "-C", p.path("rules"), "--siteconfigpath", p.path("site")], input=HAM,
                           stdout=full, stderr=subprocess.PIPE, env=p.environment, timeout=60)
        check("full disk", r.returncode != 0)
    words = p.call("--help").stdout.decode()
    with open(MANUAL) as f:
        manual = f.read().replace("\\-", "-")
    for letter, name in re.findall(r"(?m)^ (?:-(\w))?(?:, )?(?:--(?:\[no-\])?([\w-]+))?", words):
        if letter:
            check("manual -" + letter, re.search(r"(?:Fl |Fl 4 , )%s\b" % letter, manual))
        if name:
            check("manual --" + name, re.search(r"(?:Fl |, )-(?:\[no-\])?%s\b" % re.escape(name), manual))


with tempfile.TemporaryDirectory() as root:
    place = Place(root)
    for part in (filters, markup, targets, learning, lint, debugging, command_line, preferences):
        part(place)
print("%d wrong" % wrong)
sys.exit(1 if wrong else 0)
