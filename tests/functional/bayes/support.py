"""Rules, mail, a token store and a spamd of its own for each case."""
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support"))
import processes  # noqa: E402

RULES = """loadplugin Mail::SpamAssassin::Plugin::Bayes
body BAYES_00 eval:check_bayes('0.00', '0.01')
body BAYES_50 eval:check_bayes('0.01', '0.60')
body BAYES_99 eval:check_bayes('0.60', '1.00')
tflags BAYES_00 nice learn
tflags BAYES_50 learn
tflags BAYES_99 learn
score BAYES_00 -2
score BAYES_50 0.1
score BAYES_99 4
bayes_min_ham_num 1
bayes_min_spam_num 1
bayes_auto_learn 0
"""
OPINIONS = ("BAYES_00", "BAYES_50", "BAYES_99")
WORDS = {"spam": "casino lottery winner mortgage pills refinance jackpot bargain".split(),
         "ham": "compiler kernel meeting agenda review branch release patches".split()}
failures = []


def check(name, truth, detail=""):
    if not truth:
        failures.append(name)
        print("FAILED", name, detail)


def message(kind, n):
    chance = random.Random(n)
    words = " ".join(WORDS[kind] + ["%s%d" % (chance.choice("abcdefgh") * 3, chance.randrange(4000)) for _ in range(40)])
    return ("From: a%d@example.com\nTo: b@example.org\nSubject: note %d\nMessage-Id: <%s%d@example.com>\n"
            "Date: Tue, 2 Jan 2024 03:04:05 +0000\n\n%s\n" % (n, n, kind, n, words))


class Room:
    """A directory with rules, mail and a database."""

    def __init__(self, learn_program, spamd_program, top):
        self.learn_program, self.spamd_program = learn_program, spamd_program
        self.top = tempfile.mkdtemp(dir=top)
        os.chmod(self.top, 0o755)
        for name in ("rules", "site", "db", "spam", "ham"):
            os.mkdir(os.path.join(self.top, name))
        with open(self.path("rules", "1.cf"), "w") as f:
            f.write(RULES)
        self.database = self.path("db", "bayes.sqlite")

    def path(self, *names):
        return os.path.join(self.top, *names)

    def mail(self, kind, count):
        for n in range(count):
            with open(self.path(kind, "%05d" % n), "w") as f:
                f.write(message(kind, n))
        return self.path(kind)

    def learn_command(self, *arguments):
        return [self.learn_program, "-C", self.path("rules"), "--siteconfigpath", self.path("site"), "-L", "--dbpath",
                self.path("db")] + list(arguments)

    def learn(self, *arguments, **more):
        return subprocess.run(self.learn_command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, timeout=120, universal_newlines=True, **more)

    def counts(self):
        """What the store says of itself, and what is really in it: they must be one."""
        database = sqlite3.connect(self.database)
        try:
            meta = dict(database.execute("SELECT name, value FROM meta"))
            tokens, = database.execute("SELECT count(*) FROM token").fetchone()
            seen = dict(database.execute("SELECT class, count(*) FROM seen GROUP BY class"))
            common = {k: database.execute("SELECT max(%s) FROM token" % k).fetchone()[0] or 0 for k in ("spam", "ham")}
            sound, = database.execute("PRAGMA integrity_check").fetchone()
        finally:
            database.close()
        return meta, tokens, seen, common, sound

    def is_consistent(self, name, classes=("spam", "ham")):
        meta, tokens, seen, common, sound = self.counts()
        check(name + ": sound", sound == "ok", sound)
        check(name + ": ntokens", meta.get("ntokens", 0) == tokens, (meta, tokens))
        for k in classes:
            # Every message was learned once: as many ids, and every message has its class's words.
            n = meta.get("n" + k, 0)
            check(name + ": n" + k, n == seen.get(k[0], 0), (meta, seen))
            check(name + ": words of " + k, common[k] == n, (common, n))
        return meta.get("nspam", 0) + meta.get("nham", 0)


class Spamd:
    """A spamd that scores with the room's database, as nobody if we are root."""

    def __init__(self, room, *more):
        self.socket = room.path("s")
        self.log = open(room.path("log"), "w+")
        command = [room.spamd_program, "-C", room.path("rules"), "--siteconfigpath", room.path("site"), "-L", "-x", "-m", "4",
                   "--min-children=4", "--max-spare=4", "--socketpath", self.socket, "-s", "stderr",
                   "--cf=bayes_path " + room.path("db", "bayes")] + list(more)
        if os.geteuid() == 0:
            command += ["-u", "nobody"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        check("spamd answers", processes.comes_up(self.process, lambda: processes.connect_unix(self.socket)), self.said())

    def ask(self, text):
        body = text.encode()
        with processes.connect_unix(self.socket, 60) as s:
            s.sendall(b"SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(body) + body)
            s.shutdown(socket.SHUT_WR)
            return processes.read_all(s).decode()

    def said(self):
        self.log.flush()
        with open(self.log.name) as f:
            return f.read()

    def stop(self):
        processes.stop(self.process)
        self.log.close()
