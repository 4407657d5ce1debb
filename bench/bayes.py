#!/usr/bin/env python3
"""What Bayes costs, and whether learning gets into the way of scoring.

    bayes.py [options] LIST

LIST names messages, one a line, relative to --root; a folder `spam` in the name says that one is spam. The
first --train of them are learned before (unless --backup has a store), the next --learn while clients score,
and the others are scored. Everything runs in a scratch directory, with local tests only.

Printed are the latencies (ms) that `load` measures, the median of --rounds runs:
  cost   one client: Bayes switched off, with the trained store, and with one filled up to --tokens tokens
  idle   --clients clients, nobody learns
  busy   the same while one sa-learn learns --learn messages
and then whether each answer given meanwhile was the one that an idle store gives before or after.
"""
import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tests/support"))
import processes  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description="What Bayes costs, and whether learning gets into the way of scoring.")
    parser.add_argument("list")
    parser.add_argument("--build", default=os.path.join(HERE, "../build/release"))
    parser.add_argument("--root", default=".")
    parser.add_argument("--rules", help="rules instead of spamd's own choice")
    parser.add_argument("--backup", help="a store to start from, of sa-learn --backup")
    for name, value in (("train", 1000), ("learn", 2000), ("score", 400), ("tokens", 1000000), ("clients", 8), ("workers", 2),
                        ("rounds", 3)):
        parser.add_argument("--" + name, type=int, default=value)
    return parser.parse_args()


class Bench:
    def __init__(self, o, work):
        self.o, self.work = o, work
        names = [line for line in open(o.list).read().split("\n") if line]
        random.Random(1).shuffle(names)
        trained = 0 if o.backup else o.train
        self.trained, self.learned = names[:trained], names[trained:trained + o.learn]
        self.scored = names[trained + o.learn:][:o.score]
        if not self.scored:
            sys.exit("bayes.py: %d messages are too few" % len(names))
        self.write("scored", "".join(name + "\n" for name in self.scored))
        self.learn_list("trained", self.trained)
        self.learn_list("learned", self.learned)
        self.store = self.path("bayes")
        self.spamd_process = None

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def learn_list(self, file, names):
        root = os.path.abspath(self.o.root)
        self.write(file, "".join("%s:file:%s/%s\n" % ("spam" if "spam" in n.split("/")[:-1] else "ham", root, n) for n in names))

    def program(self, name):
        return os.path.join(self.o.build, "bin", name)

    def rules(self):
        return ["-C", self.o.rules] if self.o.rules else []

    def learn_command(self, *arguments):
        return [self.program("sa-learn"), "-L", "-p", "/dev/null", "--dbpath", self.store] + self.rules() + list(arguments)

    def learn(self, *arguments):
        done = subprocess.run(self.learn_command(*arguments), stdout=subprocess.PIPE, universal_newlines=True)
        if done.returncode != 0:
            sys.exit("bayes.py: sa-learn %s failed" % " ".join(arguments))
        return done.stdout

    def fill(self):
        """Tokens that nobody has seen: so many that the store has --tokens of them."""
        lines = self.learn("--backup").split("\n")
        chance = random.Random(2)
        for _ in range(max(0, self.o.tokens - sum(line.startswith("t") for line in lines))):
            lines.insert(-1, "t\t%d\t%d\t%d\t%010x" % (chance.randrange(1, 4), chance.randrange(3), int(time.time()) - 86400,
                                                       chance.getrandbits(40)))
        self.learn("--restore", self.write("big", "\n".join(lines)))

    def start(self, *lines):
        self.socket = self.path("socket")
        log = self.path("log")
        command = [self.program("spamd"), "-L", "-x", "-s", log, "--socketpath=" + self.socket, "-m", str(self.o.workers),
                   "--min-children", str(self.o.workers), "--max-conn-per-child", "1000000",
                   "--cf=bayes_path " + self.store, "--cf=bayes_auto_learn 0", "--cf=bayes_auto_expire 0"]
        if os.geteuid() == 0:
            command += ["-u", "nobody"]
        self.spamd_process = subprocess.Popen(command + self.rules() + ["--cf=" + line for line in lines],
                                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not processes.comes_up(self.spamd_process, lambda: processes.connect_unix(self.socket)):
            sys.exit("bayes.py: spamd did not start; see its log\n" + open(log).read()[-2000:])

    def stop(self):
        if self.spamd_process:
            processes.stop(self.spamd_process)
            self.spamd_process = None

    def load(self, clients, *more):
        done = subprocess.run([self.program("load"), "--clients", str(clients), "--root", self.o.root] + list(more) +
                              [self.socket, self.path("scored")], stdout=subprocess.PIPE, universal_newlines=True)
        return {k: float(v) for k, v in (field.split("=") for field in done.stdout.split())}

    def ask(self, name):
        with open(os.path.join(self.o.root, name), "rb") as file:
            message = file.read()
        try:
            with processes.connect_unix(self.socket, 120) as connection:
                connection.sendall(b"SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(message) + message)
                answer = processes.read_all(connection).decode(errors="replace")
        except OSError as e:
            return "failed: %s" % e
        rule = re.search(r"\bBAYES_\d+", answer)
        return rule.group() if rule else ("none" if answer.startswith("SPAMD/1.1 0 ") else "failed: " + answer[:60])


def show(title, runs):
    median = {k: statistics.median(run[k] for run in runs) for k in runs[0]}
    print("%-22s %6d answers, %d failed, %7.1f/s, p50 %6.2f  p95 %6.2f  p99 %6.2f  max %7.2f" %
          (title, sum(r["messages"] for r in runs), sum(r["failed"] for r in runs), median["per_second"], median["p50"],
           median["p95"], median["p99"], median["max"]), flush=True)
    return 1000 / median["per_second"]


def main():
    o = options()
    with tempfile.TemporaryDirectory(prefix="bayesbench") as work:
        if os.geteuid() == 0:
            import pwd
            os.chown(work, pwd.getpwnam("nobody").pw_uid, -1)
        bench = Bench(o, work)
        try:
            run(o, bench)
        finally:
            bench.stop()


def run(o, bench):
    if os.geteuid() == 0:
        import pwd
        with open(bench.store + ".sqlite", "w"):
            os.chown(bench.store + ".sqlite", pwd.getpwnam("nobody").pw_uid, -1)
    if o.backup:
        bench.learn("--restore", o.backup)
    else:
        bench.learn("--folders", bench.path("trained"))
    magic = bench.learn("--dump", "magic")
    print("store: " + ", ".join("%s %s" % (name, re.search(r"(\d+) +\d+  non-token data: %s$" % name, magic, re.M).group(1))
                                for name in ("nspam", "nham", "ntokens")))
    print("%d messages scored by %d workers, %d processors" % (len(bench.scored), o.workers, os.cpu_count()), flush=True)
    cost = {}
    for title, lines in (("Bayes off", ["use_bayes 0"]), ("trained store", []), ("%d tokens" % o.tokens, [])):
        if title.endswith("tokens"):
            bench.fill()
        bench.start(*lines)
        bench.load(1)
        cost[title] = show("cost: " + title, [bench.load(1) for _ in range(o.rounds)])
        bench.stop()
    off = cost.pop("Bayes off")
    for title, value in cost.items():
        print("Bayes a message, %s: %.3f ms" % (title, value - off))

    backup = bench.write("state", bench.learn("--backup"))
    bench.start()
    bench.load(o.clients)
    show("idle", [bench.load(o.clients) for _ in range(o.rounds)])
    busy = []
    for _ in range(o.rounds):
        bench.learn("--restore", backup)
        began = time.monotonic()
        learner = subprocess.Popen(bench.learn_command("--folders", bench.path("learned")), stdout=subprocess.PIPE,
                                   universal_newlines=True)
        while learner.poll() is None:
            busy.append(bench.load(o.clients))
        print("learner: %s, %.1f s" % (learner.communicate()[0].strip(), time.monotonic() - began), flush=True)
    show("busy", busy)

    bench.learn("--restore", backup)
    before = {name: bench.ask(name) for name in bench.scored}
    learner = subprocess.Popen(bench.learn_command("--folders", bench.path("learned")), stdout=subprocess.DEVNULL)
    answers, lock, turn = [], threading.Lock(), [0]

    def client():
        while learner.poll() is None:
            with lock:
                name = bench.scored[turn[0] % len(bench.scored)]
                turn[0] += 1
            answers.append((name, bench.ask(name)))

    clients = [threading.Thread(target=client) for _ in range(o.clients)]
    for c in clients:
        c.start()
    for c in clients:
        c.join()
    learner.wait()
    after = {name: bench.ask(name) for name in bench.scored}
    failed = [a for a in answers if a[1].startswith("failed")]
    lost = [a for a in answers if a[1] == "none" and "none" not in (before[a[0]], after[a[0]])]
    between = [a for a in answers if a[1].startswith("BAYES") and "none" not in (before[a[0]], after[a[0]]) and
               not min(before[a[0]], after[a[0]]) <= a[1] <= max(before[a[0]], after[a[0]])]
    print("%d answers while learning: %d failed, %d without a rule that is there before and after, %d with one that lies "
          "outside of what comes before and after; %d of %d messages have another rule afterwards" %
          (len(answers), len(failed), len(lost), len(between), sum(before[n] != after[n] for n in before), len(before)))
    undecided = open(bench.path("log")).read().count("could not decide") if os.path.exists(bench.path("log")) else 0
    print("could not decide: %d" % undecided)
    sys.exit(1 if failed or lost or undecided else 0)


if __name__ == "__main__":
    main()
