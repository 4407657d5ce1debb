#!/usr/bin/env python3
"""The token store under bad luck: killed in the middle of learning, a full disk, a lock that is held, a
damaged file, a file that may only be read, and scoring while somebody learns.

    robustness.py SA-LEARN SPAMD
"""
import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from support import OPINIONS, Room, Spamd, check, failures, message


def is_checked(answer):
    return answer.startswith("SPAMD/1.1 0 EX_OK")


def killed_while_learning(room):
    random.seed(7)
    target = room.mail("spam", 600)
    began = time.monotonic()
    done = room.learn("--spam", target)
    whole = time.monotonic() - began
    check("killed: the undisturbed run", done.returncode == 0 and " 600 message(s) (600" in done.stdout, done)
    check("killed: all of it is there", room.is_consistent("killed: undisturbed") == 600)
    room.learn("--clear")
    for turn in range(12):
        process = subprocess.Popen(room.learn_command("--spam", target), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        time.sleep(random.uniform(0, whole))
        process.send_signal(signal.SIGKILL)
        process.wait()
        learned = room.is_consistent("killed: turn %d" % turn)
        if learned == 600 or turn % 4 == 3:
            room.learn("--clear")
    done = room.learn("--spam", target)
    check("killed: the rest is learned afterwards", room.is_consistent("killed: at last") == 600, done)


def full_disk(room):
    target = room.mail("spam", 400)
    room.learn("--ham", room.mail("ham", 5))
    for limit in (40000, 150000, 400000):
        def small():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        done = room.learn("--spam", target, preexec_fn=small)
        check("full disk: the failure is told", done.returncode not in (0, 1) and room.database in done.stderr, done)
        room.is_consistent("full disk: %d" % limit)
    done = room.learn("--spam", target)
    check("full disk: with room again all is learned", room.is_consistent("full disk: at last") == 405, done)


def trained(room):
    room.learn("--spam", room.mail("spam", 20))
    room.learn("--ham", room.mail("ham", 20))


def open_to_nobody(room):
    if os.geteuid() == 0:
        import pwd
        nobody = pwd.getpwnam("nobody").pw_uid
        for name in [""] + os.listdir(room.path("db")):
            os.chown(os.path.join(room.path("db"), name), nobody, -1)


def locked(room):
    trained(room)
    open_to_nobody(room)
    spamd = Spamd(room)
    try:
        check("locked: before", "BAYES_99" in spamd.ask(message("spam", 9000)))
        # A writer locks nobody out.
        holder = sqlite3.connect(room.database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        check("locked: by a writer", all("BAYES_99" in spamd.ask(message("spam", n)) for n in range(9001, 9070)))
        holder.execute("ROLLBACK")
        holder.close()
    finally:
        spamd.stop()
    # Somebody who keeps everybody out: no opinion, in particular not that of ham.
    holder = sqlite3.connect(room.database, isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("UPDATE meta SET value = value")
    spamd = Spamd(room)
    try:
        for kind in ("spam", "ham"):
            answer = spamd.ask(message(kind, 9000))
            check("locked: is answered", is_checked(answer), answer)
            check("locked: no opinion", "BAYES" not in answer, answer)
        check("locked: the log says so", spamd.said().count("could not decide") == 2, spamd.said())
        holder.execute("COMMIT")
        holder.close()
        check("locked: and afterwards", "BAYES_99" in spamd.ask(message("spam", 9000)), spamd.said()[-500:])
    finally:
        spamd.stop()


def damaged(room):
    trained(room)
    with open(room.database, "r+b") as f:
        f.truncate(os.path.getsize(room.database) // 2)
    open_to_nobody(room)
    spamd = Spamd(room)
    try:
        answer = spamd.ask(message("ham", 9000))
        check("damaged: is answered", is_checked(answer), answer)
        check("damaged: no opinion", "BAYES" not in answer, answer)
    finally:
        spamd.stop()
    done = room.learn("--dump")
    check("damaged: sa-learn names the file", done.returncode != 0 and room.database in done.stderr, done)


def read_only(room):
    trained(room)
    os.chmod(room.database, 0o444)
    os.chmod(room.path("db"), 0o555)
    spamd = Spamd(room)
    try:
        check("read-only: scores", "BAYES_99" in spamd.ask(message("spam", 9000)), spamd.said())
        if os.geteuid() == 0:  # only root may learn on
            before = room.counts()[0]["nspam"]
            room.learn("--spam", room.mail("spam", 40))
            check("read-only: learned meanwhile", room.counts()[0]["nspam"] == before + 20)
            check("read-only: still scores", "BAYES_99" in spamd.ask(message("spam", 9000)), spamd.said())
        answer = spamd.ask(message("ham", 9000))
        check("read-only: ham", "BAYES_00" in answer, answer)
    finally:
        spamd.stop()
        os.chmod(room.path("db"), 0o755)


def debug_lines(room):
    trained(room)
    open_to_nobody(room)
    spamd = Spamd(room, "-D", "bayes")
    try:
        spamd.ask(message("spam", 9000))
        said = spamd.said()
        for line in (r"corpus size: nspam = 20, nham = 20", r"token 'casino' => 0\.99\d+", r"score = (0\.9\d+|1)"):
            check("debug lines: " + line, re.search(r"dbg: bayes: %s$" % line, said, re.M), said[-1500:])
    finally:
        spamd.stop()


def rule_of(answer):
    rules = re.findall(r"BAYES_\d+", answer) if is_checked(answer) else ["failed"]
    return rules[0] if len(rules) == 1 else str(rules)


def scoring_while_learning(room):
    """Eight clients, and one who learns: every answer has an opinion, and none that is turned round."""
    trained(room)
    open_to_nobody(room)
    spam, ham = room.mail("spam", 300), room.mail("ham", 300)
    # Also some that lean to neither side.
    asked = [message(kind, n) for kind in ("spam", "ham") for n in range(9000, 9010)]
    asked += [a.split("\n\n")[0] + "\n\n" + a.split("\n\n")[1] + b.split("\n\n")[1] for a, b in zip(asked[:10], asked[10:])]
    spamd = Spamd(room)
    answers, stop = [], threading.Event()

    def client(n):
        while not stop.is_set():
            n = (n + 1) % len(asked)
            answers.append((n, rule_of(spamd.ask(asked[n]))))

    try:
        before = [rule_of(spamd.ask(text)) for text in asked]
        clients = [threading.Thread(target=client, args=(4 * k,)) for k in range(8)]
        for c in clients:
            c.start()
        done = [room.learn("--spam", spam), room.learn("--ham", ham)]
        stop.set()
        for c in clients:
            c.join()
        after = [rule_of(spamd.ask(text)) for text in asked]
        check("meanwhile: learned", all(d.returncode == 0 and "280 message(s) (300" in d.stdout for d in done), done)
        check("meanwhile: rules", before[:20] == after[:20] == ["BAYES_99"] * 10 + ["BAYES_00"] * 10, (before, after))
        check("meanwhile: there were answers", len(answers) >= 8)
        # Between spam and ham the store knows much more of the one than of the other.
        turned = {n: "BAYES_00" if n < 10 else "BAYES_99" for n in range(20)}
        other = [(n, rule) for n, rule in answers if rule not in OPINIONS or rule == turned.get(n)]
        check("meanwhile: each with an opinion", not other, other[:3])
        check("meanwhile: nothing was left undecided", "could not decide" not in spamd.said(), spamd.said()[-500:])
    finally:
        stop.set()
        spamd.stop()
    room.is_consistent("meanwhile")


def main():
    sa_learn, spamd = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix="bayes") as top:
        os.chmod(top, 0o755)
        for case in (killed_while_learning, full_disk, locked, damaged, read_only, debug_lines, scoring_while_learning):
            began = time.monotonic()
            case(Room(sa_learn, spamd, top))
            print("%-24s %5.1f s" % (case.__name__, time.monotonic() - began))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
