#!/usr/bin/env python3
"""What goes wrong around a daemon, and what clients see of it.

    faults.py SPAMD SPAMC
"""
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from support import HAM, RULES, SPAM, Daemon, check, failures, read_all, spam_line, wait_for  # noqa: E402

SPAMD, SPAMC = sys.argv[1:3]
GOOD = "False ; 1.0 / 5.0"
# Looks at every pair of places in a long line: minutes, were it not for the limits.
RUNAWAY = RULES + "body RUNAWAY /(?:a+)+(?:a+)+(?:a+)+b\\z/\nscore RUNAWAY 1\n"


def spamc(daemon, message=HAM, *options):
    done = subprocess.run([SPAMC, "-U", daemon.socket] + list(options), input=message, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=90)
    return done.returncode, done.stdout


def killed_worker():
    with Daemon(SPAMD, "-m", "1") as d:
        if not d.workers():
            print("no list of children here")
            return
        spam_line(d.ask())
        victim = d.workers()[0]
        answers = []
        # A client whose worker has read half of its message.
        s = d.connect()
        s.sendall(b"PROCESS SPAMC/1.5\r\nContent-length: %d\r\n\r\nFrom: x\r\n" % len(HAM))
        d.logged(r"(?s)(got connection.*){2}")
        # And the real client, waiting behind it.
        thread = threading.Thread(target=lambda: answers.append(spamc(d)))
        thread.start()
        os.kill(victim, signal.SIGKILL)
        check("a worker is killed: its client sees the end", read_all(s) == b"")
        s.close()
        thread.join(90)
        check("the one that waited is served by the next worker", answers and b"X-Spam-Status: No" in answers[0][1], answers)
        check("the master says so", d.logged(r"child pid \[%d\] due to SIGCHLD: DIED, signal 9" % victim), d.log())

        # The client's own safety net: no answer at all means the message as it came. Workers are
        # stopped, so that it is killed while it holds the message.
        os.kill(d.workers()[0], signal.SIGSTOP)
        stopped = d.workers()[0]
        answers = []
        thread = threading.Thread(target=lambda: answers.append(spamc(d, HAM, "-t", "60")))
        thread.start()
        wait_for(lambda: False, 0.3)
        os.kill(stopped, signal.SIGKILL)
        thread.join(90)
        check("spamc: the message comes out whole", answers and answers[0][0] == 0 and b"hello world" in answers[0][1], answers)


def killed_master():
    with Daemon(SPAMD, "-r", "DIR/pid", prepare=lambda d: os.chmod(d.dir, 0o777)) as d:
        workers = d.workers()
        d.process.kill()
        d.process.wait()
        check("the master is killed: socket and pid file stay behind", os.path.exists(d.socket) and os.path.exists(d.dir + "/pid"))
        gone = wait_for(lambda: not any(os.path.exists("/proc/%d/exe" % w) for w in workers))
        check("the workers go too", gone, workers)
        code, out = spamc(d)
        check("spamc hands the message on meanwhile", code == 0 and out == HAM, out)
        d.start()
        check("the next start takes the socket over", spam_line(d.ask()) == GOOD, d.log())
        second = subprocess.run(d.arguments, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=90)
        check("a second one is refused and leaves it alone", second.returncode != 0 and b"already running" in second.stderr and
              spam_line(d.ask()) == GOOD, second.stderr)


def broken_store():
    def with_bayes(d):
        os.chmod(d.dir, 0o777)
        d.write("bayes.sqlite", "this is no database, whatever its name says\n" * 200)
        os.chmod(d.dir + "/bayes.sqlite", 0o666)
    with Daemon(SPAMD, "-m", "1", "-l", "--pre=loadplugin Mail::SpamAssassin::Plugin::Bayes", "--cf=bayes_path DIR/bayes",
                "--cf=use_bayes 1", "--cf=body BAYES_99 eval:check_bayes('0.99', '1.00')", prepare=with_bayes) as d:
        answers = [spam_line(d.ask(message=m)) for m in [HAM, SPAM, HAM]]
        check("the token store is corrupted: scanning goes on without it", answers == [GOOD, "True ; 6.0 / 5.0", GOOD], answers)
        check("the log says so", "bayes" in d.log(), d.log())
        got = d.ask("TELL", headers="Message-class: spam\r\nSet: local\r\n")
        check("learning answers that nothing was done", b"DidSet" not in got and got.startswith(b"SPAMD/1.1 0"), got)
        check("and the next one is served", spam_line(d.ask()) == GOOD)


BAYES = ["-l", "--pre=loadplugin Mail::SpamAssassin::Plugin::Bayes", "--cf=bayes_path DIR/store/bayes", "--cf=use_bayes 1",
         "--cf=bayes_auto_learn 0", "--cf=body BAYES_99 eval:check_bayes('0.99', '1.00')", "--cf=bayes_file_mode 0777",
         "--cf=bayes_min_spam_num 1", "--cf=bayes_min_ham_num 1", "--cf=score BAYES_99 0.1"]
LEARNED = b"DidSet: local"


def make_store(d):
    os.chmod(d.dir, 0o777)
    os.mkdir(d.dir + "/store")
    os.chmod(d.dir + "/store", 0o777)


def lesson(n, words=400):
    return HAM.replace(b"ham@", b"lesson%d@" % n) + b"".join(b"word%dx%d\r\n" % (n, w) for w in range(words))


def teach(d, n, kind="spam", words=400):
    return d.ask("TELL", message=lesson(n, words), headers="Message-class: %s\r\nSet: local\r\n" % kind)


def full_disk_by_limit():
    """No file may grow beyond 300,000 bytes, neither the token store nor the log."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Daemon(SPAMD, "-m", "1", *BAYES, prepare=make_store, start=False) as d:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300000, hard))
        try:
            d.start()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        workers = d.workers()
        answers = []
        while len(answers) < 60 and (not answers or LEARNED in answers[-1]):
            answers.append(teach(d, len(answers)))
        check("the store is full: some was learned", len(answers) > 1 and LEARNED in answers[0], answers[0])
        check("then the answer is that nothing was done", LEARNED not in answers[-1] and answers[-1].startswith(b"SPAMD/1.1 0"),
              answers[-1])
        check("and the log says so", d.logged("learning failed"), d.log())
        got = spam_line(d.ask())
        check("scanning goes on", got == GOOD, got)
        # The log fills up, too.
        noisy = HAM.replace(b"<ham@", b"<" + b"x" * 900 + b"@")
        got = {spam_line(d.ask(message=noisy)) for _ in range(150)}
        check("the log is full: scanning goes on", got == {GOOD} and os.path.getsize(d.log_path) <= 300000, got)
        check("by the same worker", d.workers() == workers, (workers, d.workers()))
        d.stop()
        os.unlink(d.log_path)
        d.start()
        got = teach(d, 1000)
        check("there is room again: learning works", LEARNED in got, got)


def full_disk():
    """A small file system that is full; needs the right to mount one."""
    with Daemon(SPAMD, "-m", "1", *BAYES, prepare=make_store, start=False) as d:
        if not shutil.which("mount") or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "none", d.dir + "/store"],
                                                       stderr=subprocess.DEVNULL).returncode != 0:
            print("nothing can be mounted here: full_disk is left out")
            return
        try:
            d.start()
            check("there is room", LEARNED in teach(d, 0, "ham") and LEARNED in teach(d, 1), d.log())
            with open(d.dir + "/store/filler", "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 4096)
                except OSError:
                    pass
            answers = []
            while len(answers) < 60 and (not answers or LEARNED in answers[-1]):
                answers.append(teach(d, 2 + len(answers)))
            check("the disk is full: the answer is that nothing was done",
                  LEARNED not in answers[-1] and answers[-1].startswith(b"SPAMD/1.1 0"), answers[-1])
            got = [spam_line(d.ask()) for _ in range(3)]
            check("scanning goes on", got == [GOOD] * 3, got)
            os.unlink(d.dir + "/store/filler")
            got = teach(d, 1000)
            check("there is room again: learning works", LEARNED in got, d.log())
            answer = d.ask("SYMBOLS", message=lesson(1000))
            check("and what was learned before is still there", b"BAYES_99" in d.ask("SYMBOLS", message=lesson(1)), answer)
        finally:
            d.stop()
            subprocess.run(["umount", d.dir + "/store"])


def locked_store():
    """Somebody holds the store for longer than anybody waits. A request has ten seconds; whatever waits for the lock, it is
    answered in them."""
    def in_time(d):
        took = [float(t) for t in re.findall(r"(?:Tell:.*|clean message .*|spam \(.*) in ([\d.]+) seconds", d.log())]
        check("every request was answered before its time was over", took and max(took) < 10, took)
        check("and nobody was cut off", "timeout" not in d.log() and "DIED" not in d.log(), d.log())

    usual = [*BAYES, "--timeout-child=10", "--pre=loadplugin Mail::SpamAssassin::Plugin::AutoLearnThreshold",
             "--cf=bayes_auto_learn_threshold_nonspam 2", "--cf=add_header all Learn _AUTOLEARN_"]
    automatic = ["--cf=bayes_auto_learn 1"]
    with Daemon(SPAMD, "-m", "3", "--min-children=3", *usual, prepare=make_store) as d:
        check("learned", LEARNED in teach(d, 0, "ham") and LEARNED in teach(d, 1), d.log())
        check("the store counts", b"BAYES_99" in d.ask("SYMBOLS", message=lesson(1)))
        store = next(d.dir + "/store/" + name for name in os.listdir(d.dir + "/store") if name.endswith(".sqlite"))
        holder = sqlite3.connect(store, isolation_level=None)
        holder.execute("begin immediate")
        lessons = []
        thread = threading.Thread(target=lambda: lessons.append(teach(d, 2)))
        thread.start()
        got = [b"BAYES_99" in d.ask("SYMBOLS", message=lesson(1)) for _ in range(3)]
        check("another one writes: scans read on", got == [True] * 3, got)
        thread.join(60)
        check("a lesson waits, then the answer is that nothing was done",
              lessons and LEARNED not in lessons[0] and lessons[0].startswith(b"SPAMD/1.1 0"), lessons)
        in_time(d)
        holder.execute("rollback")
        check("the lock is gone: learning works", LEARNED in teach(d, 2), d.log())
        holder.close()
    # Nobody else has it open now: a lock that keeps readers out.
    with Daemon(SPAMD, "-m", "1", *usual, *automatic, prepare=make_store, start=False) as d:
        d.start()
        check("learned", LEARNED in teach(d, 0, "ham") and LEARNED in teach(d, 1), d.log())
        got = d.ask("PROCESS", message=lesson(5))
        check("the daemon learns on its own", b"X-Spam-Learn: ham" in got, got)
        d.stop()
        store = next(d.dir + "/store/" + name for name in os.listdir(d.dir + "/store") if name.endswith(".sqlite"))
        holder = sqlite3.connect(store, isolation_level=None)
        for line in ["pragma journal_mode=delete", "begin exclusive"]:
            holder.execute(line).fetchall()
        d.start()
        got = d.ask("PROCESS", message=lesson(1))
        check("a store that nobody may read: scored without Bayes", got.startswith(b"SPAMD/1.1 0") and b"WORLD" in got and
              b"BAYES" not in got, got)
        check("and nothing learned from it", re.search(rb"X-Spam-Learn: (no|unavailable)", got), got)
        check("and the log says so", d.logged("bayes: could not decide"), d.log())
        got = teach(d, 3)
        check("nor by a lesson", LEARNED not in got and got.startswith(b"SPAMD/1.1 0"), got)
        in_time(d)
        holder.execute("rollback")
        holder.close()
        check("the lock is gone: Bayes is back", b"BAYES_99" in d.ask("SYMBOLS", message=lesson(1)), d.log())
        check("and learning, too", LEARNED in teach(d, 3), d.log())


def vanished_rules():
    with Daemon(SPAMD) as d:
        shutil.rmtree(d.dir + "/rules")
        check("the rules vanish: the ones in memory serve", spam_line(d.ask()) == GOOD)
        d.reload()
        check("a reload is refused", d.logged("reload failed"), d.log())
        check("and the old ones go on", spam_line(d.ask()) == GOOD)
        os.mkdir(d.dir + "/rules")
        d.write("rules/10.cf", RULES.replace("WORLD 1", "WORLD 2"))
        d.reload()
        # A worker that is about to go may take one more message.
        check("they are back", d.logged("configuration reloaded") and
              wait_for(lambda: spam_line(d.ask()) == "False ; 2.0 / 5.0"), d.log())


def few_descriptors():
    """As few as a daemon can start with; clients that wait for one are served in the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Daemon(SPAMD, "-m", "1", start=False) as d:
        resource.setrlimit(resource.RLIMIT_NOFILE, (24, hard))
        try:
            d.start()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(spam_line(d.ask()))) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
        check("24 descriptors, 40 clients: all are served", answers == [GOOD] * 40, answers)


def slow_and_rude_clients():
    with Daemon(SPAMD, "-m", "2", "-t", "20") as d:
        with d.connect() as s:  # byte by byte
            for byte in b"CHECK SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(HAM) + HAM:
                s.sendall(bytes([byte]))
            check("byte by byte", spam_line(read_all(s)) == GOOD)
        for part in [b"", b"CHE", b"CHECK SPAMC/1.5\r\nContent-le", b"PROCESS SPAMC/1.5\r\nContent-length: 500\r\n\r\nFrom:"]:
            with d.connect() as s:
                s.sendall(part)
        check("clients that leave half-way", spam_line(d.ask()) == GOOD, d.log())
        big = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" * 2000000
        with d.connect() as s:  # asks for much and never reads
            s.sendall(b"PROCESS SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(big) + big)
            check("a client that never reads holds one worker only", spam_line(d.ask()) == GOOD)
        many = b"".join(b"X-%d: y\r\n" % n for n in range(100000)) + b"\r\nhello world\r\n"
        check("100,000 headers", spam_line(d.ask(message=many)).endswith("/ 5.0"))
        deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))
        check("2,000 nested parts", spam_line(d.ask(message=deep)).endswith("/ 5.0"))


def runaway_rule():
    with Daemon(SPAMD, rules=RUNAWAY) as d:
        got = spam_line(d.ask(message=HAM + b"a" * 5000 + b"\r\n"))
        check("a rule that runs away costs itself only", got == GOOD, got)


for part in [killed_worker, killed_master, broken_store, full_disk_by_limit, full_disk, locked_store, vanished_rules, few_descriptors, slow_and_rude_clients, runaway_rule]:
    if len(sys.argv) < 4 or part.__name__ in sys.argv[3:]:
        part()
sys.exit(1 if failures else 0)
