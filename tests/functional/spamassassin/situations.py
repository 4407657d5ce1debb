#!/usr/bin/env python3
"""One situation after another, each with rules and mails of its own: our spamassassin and the original say the same.

    situations.py SPAMASSASSIN [ORIGINAL] [--only TEXT] [--show]

Skipped (77) where the original is not installed. A situation (cases.py) is a name, configuration lines, mails
and arguments; compared are standard output, the exit code and, where asked for, the warnings. The original
runs in children of two processes that have loaded its modules (resident.pl), which costs a fifth.
"""
import concurrent.futures
import difflib
import os
import queue
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import cases  # noqa: E402


def option(name, words):
    if name not in sys.argv:
        return None
    at = sys.argv.index(name)
    taken = sys.argv[at:at + words]
    del sys.argv[at:at + words]
    return taken[-1]


ONLY, SHOW = option("--only", 2) or "", option("--show", 1)
PROGRAM = sys.argv[1]
ORIGINAL = sys.argv[2] if len(sys.argv) > 2 else "/usr/bin/spamassassin"
RESIDENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "resident.pl")
STOCK_SITE, STOCK_RULES = "/etc/spamassassin", "/usr/share/spamassassin"
if not os.path.exists(ORIGINAL) or not os.path.isdir(STOCK_RULES):
    print("the original is not installed")
    sys.exit(77)

# A line of a summary: points and the name of a rule; its description may go on below.
POINTS = rb"(?:\t\* ?)?(?=[ -]*\d)[ \-\d.]{4,} [A-Za-z_]\w*(?: .*)?\r?\n"
HIT = rb"^%s(?:(?!%s)(?:\t\*  +| {20,}|(?:\t\*)? *\[).*\n)*" % (POINTS, POINTS)


def mask(text):
    """Takes out what changes from run to run: names, dates, boundaries and the order of hits."""
    text = re.sub(rb"(?m)^(X-Spam-Checker-Version: ).*(\r?\n\t.*)*", rb"\1", text)
    text = re.sub(rb"-{10}=_[0-9A-Fa-f.]+", b"BOUNDARY", text)
    text = re.sub(rb"(?m)^(Received: from localhost by ).*\r?\n\twith SpamAssassin .*;\r?\n\t.*", rb"\1", text)
    text = re.sub(rb"(?s)(tests=)(.*?)(\s*\bautolearn=|$)",
                  lambda m: m.group(1) + b",".join(sorted(re.split(rb"[,\s]+", m.group(2)))) + m.group(3), text)
    return re.sub(rb"(?m)(?:%s)+" % HIT, lambda m: b"".join(sorted(re.findall(rb"(?m)" + HIT, m.group(0)))), text)


def warnings(text):
    """What is said of the configuration, without the time, what Perl says, and what only we say: file and line."""
    lines = [re.sub(rb"^.*?\[\d+\] ", b"", line) for line in text.splitlines()]
    lines = [re.sub(rb"( in \S+ \(line \d+\)| in DIR\S*| \(from @INC\).*| in regex; marked by .*)", b"", line) for line in lines]
    lines = [re.sub(rb"(error parsing conditional: ).*", rb"\1", line) for line in lines]
    return b"".join(b"%s\n" % line for line in sorted(set(lines))
                    if re.match(rb"(warn|error): (?!\)|Number found where|\\t\(Missing operator)", line))


class Ours:
    def run(self, directory):
        with open(os.path.join(directory, "arguments")) as arguments, open(os.path.join(directory, "in"), "rb") as mail, \
                open(os.path.join(directory, "out"), "wb") as out, open(os.path.join(directory, "err"), "wb") as err, \
                open(os.path.join(directory, "environment")) as environment:
            return subprocess.run([PROGRAM] + arguments.read().splitlines(), stdin=mail, stdout=out, stderr=err, timeout=60,
                                  env=dict(line.split("=", 1) for line in environment.read().splitlines())).returncode


class Theirs:
    def __init__(self):
        self.process = subprocess.Popen(["perl", "-T", RESIDENT, ORIGINAL], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=dict(os.environ, PERL_HASH_SEED="0", LC_ALL="C", TZ="UTC"))

    def run(self, directory):
        self.process.stdin.write(directory.encode() + b"\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode("latin-1"))


def prepare(directory, case):
    for folder in ("site", "rules"):
        os.mkdir(os.path.join(directory, folder))
    for name in os.listdir(STOCK_SITE):
        if name.endswith(".pre") and name != "sa-compile.pre":
            os.symlink(os.path.join(STOCK_SITE, name), os.path.join(directory, "site", name))
    for name in os.listdir(STOCK_RULES) if case.get("stock") else ["10_default_prefs.cf", "user_prefs.template"]:
        if os.path.exists(os.path.join(STOCK_RULES, name)):
            os.symlink(os.path.join(STOCK_RULES, name), os.path.join(directory, "rules", name))
    if not case.get("stock"):
        write(os.path.join(directory, "rules", "20_tlds.cf"), "util_rb_tld com org net example test\n")
    # Before the rest, as files of that kind are.
    write(os.path.join(directory, "site", "more.pre"),
          "".join("loadplugin Mail::SpamAssassin::Plugin::%s\n" % p for p in case.get("plugins", ())))
    files = {"site/case.cf": case["cf"] + "\nuse_bayes 0\n", "prefs": case.get("prefs", "")}
    files.update(case.get("files", {}))
    for name, text in files.items():
        write(os.path.join(directory, name), text)


def runs_of(case, directory):
    """Arguments and standard input of each run: one for every mail, or one for all."""
    own = [] if case.get("bare") else ["-L", "-C", "DIR/rules", "--siteconfigpath", "DIR/site", "-p", "DIR/prefs"]
    mails = [m if isinstance(m, bytes) else m.encode("latin-1") for m in case.get("mails", [cases.MAIL])]
    for arguments in case["commands"] if "commands" in case else [case.get("arguments", ["-t"])]:
        arguments = [a.replace("DIR", directory) for a in own + arguments]
        if len(mails) == 1 or case.get("each"):
            for mail in mails:
                yield arguments, mail
            continue
        paths = [os.path.join(directory, "mails", "%02d" % i) for i in range(len(mails))]
        for path, mail in zip(paths, mails):
            write(path, mail)
        yield arguments + paths, b""


def run(runner, case):
    with tempfile.TemporaryDirectory() as directory:
        prepare(directory, case)
        write(os.path.join(directory, "environment"), "PATH=/usr/bin:/bin\nHOME=%s\nLC_ALL=C\nTZ=UTC\n" % directory)
        result = b""
        for arguments, mail in runs_of(case, directory):
            write(os.path.join(directory, "arguments"), "".join(a + "\n" for a in arguments))
            write(os.path.join(directory, "in"), mail)
            code = runner.run(directory)
            with open(os.path.join(directory, "out"), "rb") as out, open(os.path.join(directory, "err"), "rb") as err:
                out, err = (f.read().replace(directory.encode(), b"DIR") for f in (out, err))
            if case.get("unordered"):
                out = b"".join(sorted(re.split(rb"(?m)(?=^From )", out)))
            result += mask(out) + (warnings(err) if case.get("errors") else b"") + b"exit %d\n" % code
        for name in case.get("made", ()):
            path = os.path.join(directory, name)
            result += b"%s: " % name.encode()
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    result += mask(f.read().replace(directory.encode(), b"DIR"))
            result += b"there\n" if os.path.exists(path) else b"not there\n"
        return result


def main():
    chosen = [c for c in cases.all_cases() if ONLY in c["name"]]
    names = [c["name"] for c in chosen]
    assert len(names) == len(set(names)), [n for n in names if names.count(n) > 1]
    residents = queue.Queue()
    for _ in range(2):
        residents.put(Theirs())

    def both(case):
        ours = run(Ours(), case)
        theirs = residents.get()
        try:
            return case, ours, run(theirs, case)
        finally:
            residents.put(theirs)

    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, ours, theirs in pool.map(both, chosen):
            if SHOW:
                print(theirs.decode("latin-1"))
            # What the case is about: that it says so keeps a case from comparing nothing with nothing.
            missing = [w for w in case.get("expect", ()) if w.encode("latin-1") not in theirs]
            if missing:
                print("WRONG %s: the original does not say %r:\n%s" % (case["name"], missing, theirs.decode("latin-1")))
            if ours != theirs:
                print("WRONG %s" % case["name"])
                for line in list(difflib.diff_bytes(difflib.unified_diff, theirs.split(b"\n"), ours.split(b"\n"),
                                                    b"original", b"ours", n=0, lineterm=b""))[2:22]:
                    print("   ", repr(line)[1:])
            wrong += bool(missing) or ours != theirs
    while not residents.empty():
        residents.get().close()
    print("%d situations, %d wrong" % (len(chosen), wrong))
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
