#!/usr/bin/env python3
"""Our spamassassin and the original side by side: same rules, same messages, same bytes.

    original.py SPAMASSASSIN [ORIGINAL]

Skipped (77) where the original is not installed. Dates, host names, boundaries and the order of rules
in reports (there at random) are taken out before comparing.
"""
import os
import re
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
ORIGINAL = sys.argv[2] if len(sys.argv) > 2 else "/usr/bin/spamassassin"
if not os.path.exists(ORIGINAL) or not os.path.isdir("/usr/share/spamassassin"):
    print("the original is not installed")
    sys.exit(77)

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")
LOTTERY = ("Received: from mail.example.net (mail.example.net [192.0.2.9]) by mx.example.org with ESMTP id 1;\n"
           "\tMon, 5 Jan 2026 10:00:00 +0000\nFrom: \"Dr. Prize\" <prize@%s>\nTo: winner@example.org\n"
           "Subject: %s\nDate: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <%d@example.net>\n%s\n%s")
PLAIN = "Content-Type: text/plain; charset=utf-8\n"
HTML = "MIME-Version: 1.0\nContent-Type: text/html\n"
MIXED = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=b"\n'
BODIES = [
    (PLAIN, "Dear winner, you have won one million dollars (US$1,000,000.00).\n"),
    (HTML, "<html><body><h1>Click <a href=\"http://192.0.2.1/x\">http://bank.example/</a></h1></body></html>\n"),
    (MIXED, "--=b\nContent-Type: text/plain\n\nhello\n--=b\nContent-Type: text/html\n\n<b>hello</b>\n--=b--\n"),
    ("", "no type at all, \xe9\xe8 and a link www.example.com\n"),
    (PLAIN, "From the start\n\n\nof a line\n" * 5),
    (PLAIN, ""),
]
SUBJECTS = ["FREE MONEY!!!", "hello", "=?utf-8?B?R2V3aW5u?= for you", "", "Re: your account"]
BAD = ["body BAD /foo(/", "header NOPE X-Foo =~ foo", "foobar baz", "score GOOD abc", "required_score",
       "required_score xx", "meta M2 GOOD &&", "header E1 eval:nonexistent('a')", "body lower-bad /a/",
       "report_safe 7", "endif", "rewrite_header Foo bar", "add_header all", "priority GOOD abc", "body GOOD /foo/",
       "trusted_networks 300.1.1.1"]
wrong = 0


def messages(directory):
    paths = [os.path.join(SAMPLES, name) for name in ("ham.eml", "spam.eml")]
    number = 0
    for subject in SUBJECTS:
        for head, body in BODIES:
            for ends in ("\n", "\r\n"):
                number += 1
                domain = ("example.net", "gmail.com")[number % 2]
                text = LOTTERY % (domain, subject, number, head, body)
                paths.append(os.path.join(directory, "%03d.eml" % number))
                with open(paths[-1], "wb") as f:
                    f.write(text.replace("\n", ends).encode("latin-1"))
    return paths


def mask(text):
    text = re.sub(rb"(?m)^(X-Spam-Checker-Version: ).*", rb"\1", text)
    text = re.sub(rb"-{10}=_[0-9A-Fa-f.]+", b"BOUNDARY", text)
    text = re.sub(rb"(?m)^(Received: from localhost by ).*\r?\n\twith SpamAssassin .*;\r?\n\t.*", rb"\1", text)
    text = re.sub(rb"(?m)(?:^\t\*.*\r?\n)+", lambda m: ordered(m.group(0)), text)
    return re.sub(rb"(?m)^( pts rule name .*\n---- .*\n)((?:.+\n)*)", lambda m: m.group(1) + ordered(m.group(2)), text)


def ordered(lines):
    return b"".join(sorted(re.findall(rb"(?m)^(?:\t\* )?[ -]\d?\d\.\d .*\n(?:(?:\t\*)? {6,}.*\n)*", lines)))


def run(program, arguments, environment, mail=b""):
    return subprocess.run([program, "-x", "-L"] + arguments, input=mail, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, env=environment)


def compare(what, ours, theirs):
    global wrong
    if ours == theirs:
        return
    wrong += 1
    a, b = ours.splitlines(), theirs.splitlines()
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    print("WRONG %s, line %d:\n  ours     %r\n  original %r" % (what, at + 1, a[at:at + 4], b[at:at + 4]))


def both(what, arguments, environment, mail=b""):
    results = [run(program, arguments, environment, mail) for program in (PROGRAM, ORIGINAL)]
    compare(what, mask(results[0].stdout), mask(results[1].stdout))
    compare(what + " (exit)", b"%d" % results[0].returncode, b"%d" % results[1].returncode)
    return results[1].stdout, results[0].stderr, results[1].stderr


with tempfile.TemporaryDirectory() as directory:
    environment = dict(os.environ, HOME=directory, LC_ALL="C")
    paths = messages(directory)
    for safe in "012":
        both("report_safe %s" % safe, ["-t", "-e", "--cf=report_safe " + safe, "--cf=required_score 2"] +
             paths[::1 if safe == "1" else 6], environment)
        marked = []
        for path in paths[::20]:
            # Marked up by us: what the original takes off must be what we take off.
            with open(path, "rb") as f:
                text = run(PROGRAM, ["--cf=report_safe " + safe, "--cf=required_score 1"], environment, f.read()).stdout
            marked.append(os.path.join(directory, os.path.basename(path) + ".marked" + safe))
            with open(marked[-1], "wb") as f:
                f.write(text)
        both("-d %s" % safe, ["-d"] + marked, environment)
    both("no message", [os.path.join(directory, "nothing")], environment)

    def issues(text):
        lines = [re.sub(rb"^.*?\[\d+\] ", b"", line) for line in text.splitlines()]
        return sorted(re.sub(rb"( in \(post_config_text\) \(line \d+\)| \(from @INC\).*|| in regex; marked by .*)$", b"", line)
                      for line in lines)

    _, ours, theirs = both("lint", ["--lint"] + ["--cf=" + line for line in BAD], environment)
    compare("lint messages", b"\n".join(issues(ours)), b"\n".join(issues(theirs)))
print("%d wrong" % wrong)
sys.exit(1 if wrong else 0)
