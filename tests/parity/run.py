#!/usr/bin/env python3
"""Scores the same messages with the original spamd and with ours, and compares what they answer.

    run.py --spamd PROGRAM                   every configuration over the messages of messages.py
    run.py --spamd PROGRAM stock0 tags       these configurations only
    run.py --spamd PROGRAM --list FILE --root DIR     messages from files instead
    run.py ... --match TEXT                  only messages whose name contains TEXT
    run.py ... --show N                      print N differences of each configuration (default 5)
    run.py ... --save DIR                    keep both answers of what differs, one pair of files each

A configuration is a file configs/NAME.cf. Its comments "#! key value" say how to run it:
    #! rules stock        with the installed rules (else the file's own rules only)
    #! pre NAME           one more plugin to load: Mail::SpamAssassin::Plugin::NAME
    #! verbs A,B          the verbs to ask with (PROCESS)
    #! every N            takes each N-th message only
    #! args X Y           more arguments for both daemons
    #! only TEXT          messages whose name contains TEXT only
    #! bare               without the fields of INSIDE
    #! messages MODULE    messages of another module than messages.py
    #! needs A::B C::D    skip this one where the original lacks these Perl modules

Masked: version, host, date and boundary of the markup, and the order of rules in reports (which the
original draws anew in each run). Where tests differ the bytes are not compared.
Exit code: 0 all the same, 1 differences, 77 the original is not there.
"""
import argparse
import collections
import concurrent.futures
import difflib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import processes  # noqa: E402
import attachments  # noqa: E402
import documents  # noqa: E402
import messages  # noqa: E402

MODULES = {"attachments": attachments, "documents": documents, "messages": messages}

HERE = os.path.dirname(os.path.abspath(__file__))

# What every configuration adds, to see inside: these fields are compared as sets, one by one.
INSIDE = (("tests", "_TESTSSCORES(,)_"), ("subtests", "_SUBTESTSCOLLAPSED(,)_"),
          ("trusted", "_RELAYSTRUSTED_"), ("untrusted", "_RELAYSUNTRUSTED_"),
          ("internal", "_RELAYSINTERNAL_"), ("external", "_RELAYSEXTERNAL_"))


class Configuration:
    def __init__(self, path):
        self.name = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="latin-1") as file:
            self.text = file.read()
        self.path = path
        self.rules, self.pre, self.verbs, self.every = "own", [], ["PROCESS"], 1
        self.arguments, self.only, self.inside = [], "", True
        self.messages, self.needs = "messages", []
        for key, value in re.findall(r"^#! (\S+) ?(.*)$", self.text, re.M):
            if key == "rules":
                self.rules = value
            elif key == "pre":
                self.pre.append(value)
            elif key == "verbs":
                self.verbs = value.split(",")
            elif key == "every":
                self.every = int(value)
            elif key == "args":
                self.arguments += value.split()
            elif key == "only":
                self.only = value
            elif key == "bare":
                self.inside = False
            elif key == "messages":
                self.messages = value
            elif key == "needs":
                self.needs += value.split()
            else:
                sys.exit("%s: unknown key %s" % (path, key))


class Daemon:
    def __init__(self, program, configuration, children):
        self.directory = tempfile.mkdtemp(prefix="parity")
        os.chmod(self.directory, 0o777)
        self.socket = os.path.join(self.directory, "socket")
        self.log = os.path.join(self.directory, "log")
        site = os.path.join(self.directory, "site")
        stock_site = "/etc/spamassassin"
        os.mkdir(site)
        for name in os.listdir(stock_site):
            if name.endswith(".pre") and name != "sa-compile.pre":
                shutil.copy(os.path.join(stock_site, name), site)
        with open(os.path.join(site, "parity.pre"), "w") as file:
            for plugin in configuration.pre:
                file.write("loadplugin Mail::SpamAssassin::Plugin::%s\n" % plugin)
        shutil.copy(configuration.path, os.path.join(site, "parity.cf"))
        with open(os.path.join(site, "zz_inside.cf"), "w") as file:
            file.write("use_bayes 0\nbayes_auto_learn 0\n")
            for name, tag in INSIDE if configuration.inside else ():
                file.write("add_header all Parity-%s %s\n" % (name, tag))
        command = [program, "-L", "-x", "--socketpath=" + self.socket, "-H", self.directory,
                   "--max-children=%d" % children, "--siteconfigpath=" + site, "-s", self.log]
        if os.geteuid() == 0:
            command += ["-u", "nobody"]
        if configuration.rules != "stock":
            empty = os.path.join(self.directory, "rules")
            os.mkdir(empty)
            shutil.copy("/usr/share/spamassassin/10_default_prefs.cf", empty)
            command += ["-C", empty]
        self.process = subprocess.Popen(command + configuration.arguments, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C", TZ="UTC"))

    def wait(self):
        if not processes.comes_up(self.process, self.connect, 120):
            with open(self.log) as log:
                print(log.read()[-2000:])
            self.stop()
            sys.exit("%s does not come up" % self.process.args[0])

    def connect(self):
        return processes.connect_unix(self.socket, 300)

    def ask(self, verb, message):
        with self.connect() as connection:
            connection.sendall(b"%s SPAMC/1.5\r\nContent-length: %d\r\n\r\n" %
                               (verb.encode(), len(message)) + message)
            connection.shutdown(socket.SHUT_WR)
            return processes.read_all(connection)

    def stop(self):
        processes.stop(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)


BOUNDARY = re.compile(rb"----------=_[0-9A-F]{8}\.[0-9A-F]{8}(?:/[0-9A-F]{8})*")
REPORT_DATE = re.compile(rb"^(Received: from localhost by )\S+(\r?\n\twith SpamAssassin \(version [^)]*\);\r?\n\t)"
                         rb"[A-Z][a-z]{2}, [^\r\n]*", re.M)
CHECKER = re.compile(rb"(X-Spam-[Cc]hecker-[Vv]ersion: )[^\r\n]*(\r?\n[ \t][^\r\n]*)*")
LENGTH = re.compile(rb"^Content-length: \d+\r\n", re.M)


def sorted_blocks(text):
    """The rules of a report, sorted: a rule is its line and the lines that continue it."""
    lines = text.split(b"\n")
    out, blocks, current = [], [], None
    start = re.compile(rb"^(?:\t?\* )?\s{0,3}-?\d+(?:\.\d+)? [A-Za-z_0-9]+(?:\s|$)")
    more = re.compile(rb"^(?:\t?\*      |\s{20,}|\t\[)")

    def flush():
        out.extend(line for block in sorted(blocks) for line in block)
        blocks.clear()

    for line in lines:
        if start.match(line):
            current = [line]
            blocks.append(current)
        elif current is not None and more.match(line):
            current.append(line)
        else:
            flush()
            current = None
            out.append(line)
    flush()
    return b"\n".join(out)


def sorted_details(match):
    """The "[...]" lines below a rule; the original draws their order as well."""
    lines = match.group(0).split(b"\n")
    marks = [line[:line.index(b"[")] for line in lines[:-1]]
    return b"".join(mark + text + b"\n" for mark, text in zip(marks, sorted(line[line.index(b"["):] for line in lines[:-1])))


def sorted_line_report(match):
    return match.group(1) + b" * ".join(sorted(re.split(rb" \* (?= ?-?\d+(?:\.\d)? )", match.group(2))))


def sorted_list(match):
    return match.group(1) + b",".join(sorted(match.group(2).split(b",")))


def masked(answer):
    answer = BOUNDARY.sub(b"BOUNDARY", answer)
    answer = REPORT_DATE.sub(rb"\1HOST\2DATE", answer)
    answer = CHECKER.sub(rb"\1CHECKER", answer)
    answer = LENGTH.sub(b"", answer, count=1)
    answer = re.sub(rb"\[[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d{4} [0-9:]{8} [-+]\d{4}\]", b"[DATE]", answer)
    answer = re.sub(rb"(?m)^(X-Spam-Parity-(?:sub)?tests: )([^\r\n]*)", sorted_list, answer)
    answer = re.sub(rb"(?m)^(X-Spam-Report: \s*\* )([^\n]*)", sorted_line_report, answer)
    answer = re.sub(rb"(?m)(?:^(?:\t|\t\*      |\s{20,})\[[^\n]*\]\n){2,}", sorted_details, answer)
    return sorted_blocks(answer)


def inside(answer):
    """The fields of INSIDE, and the verdict line of the answer."""
    found = {}
    for name, _ in INSIDE:
        match = re.search(rb"^X-Spam-Parity-%s: ?([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)" % name.encode(), answer, re.M)
        value = re.sub(rb"\r?\n[ \t]", b" ", match.group(1)) if match else b""
        found[name] = value.strip()
        if name in ("tests", "subtests"):
            found[name] = sorted(v.strip() for v in found[name].split(b",") if v.strip())
    found["verdict"] = b"|".join(re.findall(rb"^(?:SPAMD/|Spam:)[^\r\n]*", answer, re.M)[:2])
    return found


def compare(theirs, ours):
    """What differs, as {area: text}."""
    a, b = inside(theirs), inside(ours)
    differences = {}
    for area in a:
        if a[area] == b[area]:
            continue
        if isinstance(a[area], list):
            missed = [v.decode("latin-1") for v in a[area] if v not in b[area]]
            added = [v.decode("latin-1") for v in b[area] if v not in a[area]]
            differences[area] = " ".join(["-" + v for v in missed] + ["+" + v for v in added])
        else:
            differences[area] = "%s\n          %s" % (a[area].decode("latin-1"), b[area].decode("latin-1"))
    if differences:
        return differences
    left, right = masked(theirs), masked(ours)
    if left != right:
        differences["bytes"] = "\n".join(
            "          " + repr(line) for line in list(difflib.diff_bytes(
                difflib.unified_diff, left.split(b"\n"), right.split(b"\n"), n=0, lineterm=b""))[2:14])
    return differences


def has_perl_modules(names):
    return subprocess.run(["perl"] + ["-M" + name for name in names] + ["-e", "1"], stderr=subprocess.DEVNULL).returncode == 0


def run(configuration, pairs, options):
    if not has_perl_modules(configuration.needs):
        print("%s: skipped, the original has not all of %s" % (configuration.name, " ".join(configuration.needs)))
        return True
    if pairs is None:
        pairs = MODULES[configuration.messages].all_messages()
    pairs = [p for p in pairs if options.match in p[0]]
    pairs = [p for p in pairs if configuration.only in p[0]][::configuration.every]
    daemons = [Daemon(program, configuration, options.jobs) for program in (options.original, options.spamd)]
    counts, shown, total = collections.Counter(), 0, 0
    by_entry, first = collections.Counter(), {}
    try:
        for daemon in daemons:
            daemon.wait()

        def one(job):
            name, message, verb = job
            return name, message, verb, [daemon.ask(verb, message) for daemon in daemons]

        jobs = [(name, message, verb) for name, message in pairs for verb in configuration.verbs]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for name, message, verb, (theirs, ours) in pool.map(one, jobs):
                total += 1
                differences = compare(theirs, ours)
                for area, text in differences.items():
                    counts[area] += 1
                    if area in ("tests", "subtests"):
                        for entry in text.split(" "):
                            by_entry[entry] += 1
                            first.setdefault(entry, name)
                if differences and shown < options.show:
                    shown += 1
                    print("  %s %s" % (verb, name))
                    for area, text in differences.items():
                        print("     %s: %s" % (area, text))
                if differences and options.save:
                    base = os.path.join(options.save, "%s.%s.%s" % (configuration.name, verb, name.replace("/", "_")))
                    for suffix, data in ((".theirs", theirs), (".ours", ours), (".eml", message)):
                        with open(base + suffix, "wb") as file:
                            file.write(data)
    finally:
        for daemon in daemons:
            daemon.stop()
    for entry, count in by_entry.most_common(options.top):
        print("  %5d %-50s e.g. %s" % (count, entry, first[entry]))
    print("%s: %d answers, %s" % (configuration.name, total, ", ".join(
        "%s differ on %d" % item for item in counts.items()) or "all the same"), flush=True)
    return not counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--spamd", required=True)
    parser.add_argument("--original", default="/usr/sbin/spamd")
    parser.add_argument("--list")
    parser.add_argument("--root", default=".")
    parser.add_argument("--match", default="")
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--top", type=int, default=20)
    parser.add_argument("--save")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("configurations", nargs="*")
    options = parser.parse_args()
    if not os.access(options.original, os.X_OK):
        print("SKIPPED: there is no %s" % options.original)
        return 77
    if not has_perl_modules(["Encode::Detect"]):
        print("SKIPPED: the original has no Encode::Detect and reads charsets in another way")
        return 77
    pairs = None
    if options.list:
        with open(options.list) as file:
            names = [line.strip() for line in file if line.strip()]
        pairs = []
        for name in names:
            with open(os.path.join(options.root, name), "rb") as file:
                pairs.append((name, file.read()))
    if options.save:
        os.makedirs(options.save, exist_ok=True)
    folder = os.path.join(HERE, "configs")
    names = options.configurations or sorted(n[:-3] for n in os.listdir(folder) if n.endswith(".cf"))
    started = time.time()
    results = [run(Configuration(os.path.join(folder, name + ".cf")), pairs, options) for name in names]
    print("%d of %d configurations agree, %.0f s" % (sum(results), len(results), time.time() - started))
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
