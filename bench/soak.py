#!/usr/bin/env python3
"""Many messages through the workers of one spamd: do they stay as small as they are at first?

    soak.py [--spamd PROGRAM] [--messages 200000] [--workers 2] [--every 5] [--root DIR] LIST
            [-- options of spamd ...]

LIST names messages, one a line, relative to --root, which are sent over and over, as PROCESS and as
SYMBOLS in turn, by twice as many clients as there are workers. Workers are not replaced
(--max-conn-per-child is out of reach). Every --every seconds resident memory (VmRSS), proportional
memory (Pss) and the open descriptors of each worker and of the master are noted.

Flat means: behind the first 5 % of the messages no worker grows by more than --growth percent
(2) of what it has there, and 2 MiB, from the median of the first quarter of the samples to that of
the last, and no process ends with more descriptors than it had. Says which, and exits 1 when a
process is not flat, a request failed or a worker died. Linux only. Keep the list short enough for
memory: the clients hold all of it.
"""
import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time


def fields(pid):
    """VmRSS and Pss in KiB, and the number of descriptors."""
    with open("/proc/%d/status" % pid) as file:
        rss = int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
    try:
        with open("/proc/%d/smaps_rollup" % pid) as file:
            pss = int(re.search(r"(?m)^Pss:\s+(\d+)", file.read()).group(1))
    except (OSError, AttributeError):
        pss = 0
    return rss, pss, len(os.listdir("/proc/%d/fd" % pid))


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(p) for p in file.read().split()]


class Clients:
    """Sends the messages in turn until so many are answered."""

    def __init__(self, path, messages, total, count):
        self.path, self.messages, self.total = path, messages, total
        self.lock = threading.Lock()
        self.sent = self.answered = self.failed = 0
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while True:
            with self.lock:
                if self.sent == self.total:
                    return
                number = self.sent
                self.sent += 1
            message = self.messages[number % len(self.messages)]
            # The verb changes with each pass, so that every message meets both.
            verb = [b"PROCESS", b"SYMBOLS"][(number + number // len(self.messages)) % 2]
            try:
                good = self.ask(verb, message)
            except OSError as e:
                good = False
                print("request %d: %s" % (number, e), file=sys.stderr)
            with self.lock:
                self.answered += 1
                self.failed += not good

    def ask(self, verb, message):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(600)
            s.connect(self.path)
            s.sendall(b"%s SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % (verb, len(message)) + message)
            first = s.recv(65536)
            while s.recv(65536):
                pass
            return first.startswith(b"SPAMD/1.1 0 EX_OK")

    def alive(self):
        return any(thread.is_alive() for thread in self.threads)


def main():
    own, spamd_options = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, spamd_options = own[:at], own[at + 1:]
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument("list")
    parser.add_argument("--spamd", default=here + "/../build/release/bin/spamd")
    parser.add_argument("--root", default=".")
    parser.add_argument("--messages", type=int, default=200000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=float, default=5)
    parser.add_argument("--growth", type=float, default=2)
    parser.add_argument("--log", default="null", help="spamd's -s")
    o = parser.parse_args(own)

    messages = []
    with open(o.list) as file:
        for name in file.read().split("\n"):
            if name:
                with open(os.path.join(o.root, name), "rb") as message:
                    messages.append(message.read())
    work = tempfile.mkdtemp(prefix="soak.")
    os.chmod(work, 0o755)
    path = work + "/s"
    command = [o.spamd, "-L", "-x", "--socketpath=" + path, "-s", o.log, "-m", str(o.workers),
               "--min-children=%d" % o.workers, "--max-conn-per-child=1000000000"]
    if os.getuid() == 0:
        command += ["-u", "nobody"]
    spamd = subprocess.Popen(command + spamd_options, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return watch(o, spamd, path, messages)
    finally:
        spamd.terminate()
        spamd.wait()
        shutil.rmtree(work)


def watch(o, spamd, path, messages):
    def up():
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(path)
                s.sendall(b"PING SPAMC/1.5\r\n\r\n")
                return s.recv(100).startswith(b"SPAMD/") and len(children(spamd.pid)) == o.workers
        except OSError:
            return False
    end = time.monotonic() + 300
    while not up():
        if spamd.poll() is not None or time.monotonic() > end:
            sys.exit("spamd does not start")
        time.sleep(0.1)
    workers = children(spamd.pid)
    clients = Clients(path, messages, o.messages, 2 * o.workers)
    start = time.monotonic()
    samples = {pid: [] for pid in workers + [spamd.pid]}  # (answered, rss, pss, descriptors)
    gone = False
    print("seconds\tanswered\tfailed\t" + "\t".join("worker %d: RSS, Pss KiB, descriptors" % pid for pid in workers))
    while clients.alive() and not gone:
        time.sleep(o.every)
        try:
            for pid in samples:
                samples[pid].append((clients.answered,) + fields(pid))
        except OSError:
            gone = True
            continue
        print("%.0f\t%d\t%d\t%s" % (time.monotonic() - start, clients.answered, clients.failed, "\t".join(
            "%d %d %d" % samples[pid][-1][1:] for pid in workers)), flush=True)
    seconds = time.monotonic() - start
    print("%d messages in %.0f seconds, %.0f a second, %d failed" % (
        clients.answered, seconds, clients.answered / seconds, clients.failed))
    bad = clients.failed > 0
    if gone or children(spamd.pid) != workers:
        print("not flat: a worker died")
        return 1
    for pid, all_of_it in samples.items():
        who = "master" if pid == spamd.pid else "worker %d" % pid
        later = [s for s in all_of_it if s[0] >= o.messages * 0.05]
        if len(later) < 4:
            print("%s: too few samples behind the first 5 %%" % who)
            bad = True
            continue
        quarter = max(1, len(later) // 4)
        first, last = (statistics.median(s[1] for s in part) for part in (later[:quarter], later[-quarter:]))
        descriptors = [s[3] for s in later]
        # Between requests and in the middle of one the numbers differ by the connection.
        few, many = max(descriptors[:quarter]), max(descriptors[-quarter:])
        flat = last <= first * (1 + o.growth / 100) + 2048 and many <= few + 1
        bad |= not flat
        print("%s: %s: RSS %.1f MiB after 5 %%, %.1f MiB at the end; Pss %.1f, %.1f MiB; descriptors %d, %d" % (
            who, "flat" if flat else "not flat", first / 1024, last / 1024, later[0][2] / 1024, later[-1][2] / 1024, few, many))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
