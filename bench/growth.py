#!/usr/bin/env python3
"""How the cost of a message grows with what is in it, and with the rules and clients there are.

    growth.py [--spamd PROGRAM] [--series NAME ...] [--limit SECONDS] [-- options of spamd ...]

One series after the other: mails of 1 KB to 10 MB (plain text, text without a line break, HTML,
base64 attachment), URIs, MIME parts, nested HTML tags, Received headers and header fields in growing
numbers, extra body rules up to 6,000 in all, and 1 to 64 clients at once. Mails are made here. Each
is sent to one worker a few times; printed are the median of the worker's processor time, the size of
the mail, and both as multiples of the line before: what grows faster than its mail stands out in the
last column (time over size; 1 is linear). For rules and clients, messages per second are printed.
Linux only.
"""
import argparse
import base64
import os
import random
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time

WORDS = ("the of and your account to please money we have in for this from will you is are offer can "
         "information email that not click service be with all our more at order free time company or "
         "business price new bank as day transfer if by contact may world site only number").split()
HEAD = ("From: Some One <some.one@example.com>\nTo: joe@example.org\nSubject: About your order\n"
        "Message-Id: <%d.growth@example.com>\nDate: Tue, 24 Nov 2026 10:00:00 +0000\n")


def text(size, line=72):
    chosen = random.Random(5)
    out, column = [], 0
    while size > 0:
        word = chosen.choice(WORDS)
        column += len(word) + 1
        end = "\n" if line and column >= line else " "
        if end == "\n":
            column = 0
        if chosen.random() < 0.01:
            end = ".\n\n" if line else ". "
        out.append(word + end)
        size -= len(word) + len(end)
    return "".join(out)


def html(size):
    paragraph = "<p style=\"color:#333\">%s <a href=\"http://www.example.com/a\">here</a></p>\n" % text(300)
    return "<html><body>" + paragraph * max(1, size // len(paragraph)) + "</body></html>\n"


def multipart(parts):
    return ("Mime-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n" +
            "".join("--B\n" + part + "\n" for part in parts) + "--B--\n")


def attachment(size):
    data = base64.encodebytes(random.Random(6).randbytes(size * 3 // 4)).decode()
    return multipart(["Content-Type: text/plain\n\nSee the file.\n",
                      "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" + data])


def received(n):
    return "".join("Received: from mx%d.example.net (mx%d.example.net [192.0.2.%d])\n"
                   "\tby mail.example.org (Postfix) with ESMTP id %06X; Tue, 24 Nov 2026 09:00:00 +0000\n"
                   % (i, i, i % 250, i) for i in range(n))


KB = 1024
SIZES = [1 * KB, 10 * KB, 100 * KB, 1000 * KB, 10000 * KB]
PLAIN = "\n"
MARKUP = "Mime-Version: 1.0\nContent-Type: text/html\n\n"
SERIES = {
    "text": (SIZES, lambda n: PLAIN + text(n)),
    "one line": (SIZES, lambda n: PLAIN + text(n, line=0)),
    "html": (SIZES, lambda n: MARKUP + html(n)),
    "attachment": (SIZES, attachment),
    "URIs": ([10, 100, 1000, 10000],
             lambda n: PLAIN + "".join("http://www%d.example.com/path/%d?q=%d\n" % (i, i, i) for i in range(n))),
    "parts": ([10, 100, 1000, 10000],
              lambda n: multipart(["Content-Type: text/plain; name=n%d.txt\n\nPart %d\n" % (i, i) for i in range(n)])),
    "nested parts": ([1, 10, 100, 1000],
                     lambda n: "".join("Content-Type: multipart/mixed; boundary=B%d\n\n--B%d\n" % (i, i)
                                       for i in range(n)) + "Content-Type: text/plain\n\nDeep.\n"),
    "nested tags": ([100, 1000, 10000, 100000],
                    lambda n: MARKUP + "<div><b>" * (n // 2) + "deep" + "</b></div>" * (n // 2) + "\n"),
    "unclosed tags": ([100, 1000, 10000, 100000], lambda n: MARKUP + "<font color=red>x " * n + "\n"),
    "Received": ([10, 100, 1000, 10000, 100000], lambda n: received(n) + PLAIN + "Hello.\n"),
    "headers": ([10, 100, 1000, 10000, 100000],
                lambda n: "".join("X-Field-%d: value %d\n" % (i, i) for i in range(n)) + PLAIN + "Hello.\n"),
}


class Daemon:
    def __init__(self, spamd, options, workers=1):
        self.dir = tempfile.mkdtemp(prefix="growth.")
        os.chmod(self.dir, 0o755)
        self.socket = os.path.join(self.dir, "s")
        self.process = subprocess.Popen(
            [spamd, "-L", "-x", "-s", "null", "-m", str(workers), "--min-children", str(workers),
             "--max-conn-per-child", "1000000", "--cf=use_bayes 0", "--socketpath=" + self.socket] + options,
            stderr=subprocess.DEVNULL)
        while not os.path.exists(self.socket):
            if self.process.poll() is not None:
                raise SystemExit("spamd ended with %d" % self.process.returncode)
            time.sleep(0.02)
        self.ask(b"Subject: warm\n\nUp\n")

    def ask(self, mail):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.socket)
            s.sendall(b"SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(mail))
            s.sendall(mail)
            s.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := s.recv(65536):
                answer += chunk
        if not answer.startswith(b"SPAMD/1.1 0 "):
            raise SystemExit("no answer: %r" % answer[:100])

    def cpu(self):
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as file:
            total = 0
            for child in file.read().split():
                with open("/proc/%s/schedstat" % child) as stat:
                    total += int(stat.read().split()[0])
        return total / 1e6

    def cost(self, mail, limit):
        """Median processor time in ms, of as many as the limit allows, but at least one."""
        times, begin = [], time.monotonic()
        while len(times) < 9 and (not times or time.monotonic() - begin < limit):
            before = self.cpu()
            self.ask(mail)
            times.append(self.cpu() - before)
        return statistics.median(times)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir)


def per_second(daemon, clients, seconds):
    mail = (HEAD % 1 + PLAIN + text(4 * KB)).encode()
    end = time.monotonic() + seconds
    counts = [0] * clients

    def run(i):
        while time.monotonic() < end:
            daemon.ask(mail)
            counts[i] += 1

    threads = [threading.Thread(target=run, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--spamd", default=os.path.join(here, "../build/release/bin/spamd"))
    parser.add_argument("--series", nargs="*", default=list(SERIES) + ["rules", "clients"])
    parser.add_argument("--limit", type=float, default=2)
    parser.add_argument("options", nargs="*")
    args = parser.parse_args()

    print("%-14s %9s %10s %10s %8s %8s %10s" % ("series", "n", "KB", "ms", "size x", "time x", "time/size"))
    daemon = Daemon(args.spamd, args.options)
    for name in [s for s in args.series if s in SERIES]:
        numbers, make = SERIES[name]
        last = None
        for n in numbers:
            mail = (HEAD % n + make(n)).encode()
            cost = daemon.cost(mail, args.limit)
            growth = ""
            if last:
                size, time_ = len(mail) / last[0], cost / last[1]
                growth = "%8.1f %8.1f %10.2f" % (size, time_, time_ / size)
            print("%-14s %9d %10.1f %10.2f %s" % (name, n, len(mail) / KB, cost, growth), flush=True)
            last = len(mail), cost
    daemon.stop()

    if "rules" in args.series:
        chosen = random.Random(8)
        mail = (HEAD % 1 + PLAIN + text(10 * KB)).encode()
        for extra in (0, 1000, 2000, 3000, 4500):
            directory = tempfile.mkdtemp(prefix="growth.")
            with open(os.path.join(directory, "more.cf"), "w") as file:
                for i in range(extra):
                    word = "".join(chosen.choices("abcdefghijklmnopqrstuvwxyz", k=chosen.randint(4, 9)))
                    file.write("body __GROWTH_%d /\\b%s\\s{1,3}(?:%s|%s)/i\n" %
                               (i, word, chosen.choice(WORDS), chosen.choice(WORDS)))
                    if i % 3 == 0:
                        file.write("meta GROWTH_%d __GROWTH_%d && !__GROWTH_%d\n" % (i, i, i // 2))
            daemon = Daemon(args.spamd, args.options + ["--siteconfigpath", directory])
            print("%-14s %9d %10.1f %10.2f" % ("rules", extra, len(mail) / KB, daemon.cost(mail, args.limit)), flush=True)
            daemon.stop()
            shutil.rmtree(directory)
    if "clients" in args.series:
        daemon = Daemon(args.spamd, args.options, workers=2)
        for clients in (1, 2, 4, 8, 16, 32, 64):
            print("%-14s %9d %10.1f messages/s" % ("clients", clients, per_second(daemon, clients, args.limit)), flush=True)
        daemon.stop()


main()
