#!/usr/bin/env python3
"""Plays SPAMC transcripts against a running spamd and compares what it answers, byte for byte.

    run.py --socket PATH [case ...]        a spamd started with rules/ and --allow-tell
    run.py --port N [case ...]             the same over TCP on the loopback
    run.py --spamd PROGRAM [case ...]      starts PROGRAM itself, and also without --allow-tell
    run.py --spamd PROGRAM --record        writes the answers instead of comparing them

A case is <folder>/<name>: <name>.in is sent, the client's side is closed, and <name>.out must come
back. <name>.open.in leaves the client's side open: the answer must come all the same.
Folders: one for each protocol version; errors; no-tell (needs a spamd without --allow-tell); and
departures, where the answer is not SpamAssassin's: there <name>.spamassassin, if any, is what
SpamAssassin says (nothing at all, when it would wait), and --original compares with that.
Cases run in the order of their names: the learning ones of a folder build on each other.
Exit code: 0 all the same, 1 differences, 77 the program is not there.
"""
import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import processes  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
OPEN_WAIT = 1.5  # seconds SpamAssassin is given to show that it would wait


def cases(wanted):
    found = []
    for folder in sorted(os.listdir(HERE)):
        path = os.path.join(HERE, folder)
        if not os.path.isdir(path) or folder == "rules":
            continue
        for name in sorted(os.listdir(path)):
            if name.endswith(".in"):
                case = folder + "/" + name[:-3]
                if not wanted or any(case.startswith(w) for w in wanted):
                    found.append(case)
    return found


def exchange(connect, request, leave_open, wait):
    """The answer, or None when none came in time."""
    connection = connect()
    connection.settimeout(wait)
    answer = b""
    try:
        try:
            connection.sendall(request)
            if not leave_open:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the answer may have come before the request was whole
        while True:
            data = connection.recv(65536)
            if not data:
                return answer
            answer += data
    except socket.timeout:
        return None
    except ConnectionResetError:
        return answer
    finally:
        connection.close()


def read(case, suffix):
    try:
        with open(os.path.join(HERE, case + suffix), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


VERSION_HEADER = re.compile(rb"^X-Spam-Checker-Version: [^\n]*\n(?:[ \t][^\n]*\n)*", re.M)


def without_version(answer):
    """Who answers may differ: the version header is taken out and its length with it."""
    found = VERSION_HEADER.search(answer)
    if not found:
        return answer
    answer = answer.replace(found.group(), b"", 1)
    return re.sub(rb"^Content-length: (\d+)", lambda length: b"Content-length: %d" %
                  (int(length.group(1)) - len(found.group())), answer, count=1, flags=re.M)


def run(case, connect, options):
    departs = case.startswith("departures/")
    leave_open = case.endswith(".open")
    wait = OPEN_WAIT if options.original and leave_open else 60
    answer = exchange(connect, read(case, ".in"), leave_open, wait)
    suffix = ".spamassassin" if departs and options.original else ".out"
    if options.record:
        if answer is None or (departs and not options.original):
            return True
        with open(os.path.join(HERE, case + suffix), "wb") as file:
            file.write(answer)
        return True
    expected = read(case, suffix)
    if answer == expected:
        return True
    if answer and expected and without_version(answer) == without_version(expected):
        return True
    print("DIFFERS %s" % case)
    print("  expected %r" % (expected,))
    print("  answered %r" % (answer,))
    return False


class Daemon:
    def __init__(self, program, allow_tell, extra=(), port=None):
        self.directory = tempfile.mkdtemp(prefix="wire")
        os.chmod(self.directory, 0o777)
        bayes = os.path.join(self.directory, "bayes")
        os.mkdir(bayes)
        os.chmod(bayes, 0o777)
        self.socket = os.path.join(self.directory, "socket")
        # A copy, because the daemon's user may not be able to read where the sources are.
        shutil.copytree(os.path.join(HERE, "rules"), os.path.join(self.directory, "rules"))
        where = "--listen=127.0.0.1:%d" % port if port else "--socketpath=" + self.socket
        command = [program, "-L", "-x", where, "--max-children=1",
                   "-C", os.path.join(self.directory, "rules/default"),
                   "--siteconfigpath=" + os.path.join(self.directory, "rules/site"),
                   "--cf=bayes_path " + bayes + "/bayes", "-s", os.path.join(self.directory, "log"),
                   "-H", self.directory]
        if os.geteuid() == 0:
            command += ["-u", "nobody"]
        if allow_tell:
            command.append("--allow-tell")
        command += extra
        self.port = port
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        if not processes.comes_up(self.process, self.connect):
            self.stop()
            sys.exit("%s does not come up" % program)

    def connect(self):
        if self.port:
            return socket.create_connection(("127.0.0.1", self.port))
        return processes.connect_unix(self.socket)

    def stop(self):
        processes.stop(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket")
    parser.add_argument("--port", type=int)
    parser.add_argument("--spamd")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--without-learning", action="store_true",
                        help="the spamd has no token store: leave out what needs one")
    parser.add_argument("--original", action="store_true", help="the spamd is SpamAssassin's")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    chosen = cases(options.cases)
    if options.without_learning:
        chosen = [c for c in chosen if not re.search(r"/tell-\d", c)]
    good = 0

    def play(names, connect):
        return sum(run(name, connect, options) for name in names)

    with_tell = [c for c in chosen if not c.startswith("no-tell/")]
    without_tell = [c for c in chosen if c.startswith("no-tell/")]
    if options.spamd:
        program = shutil.which(options.spamd)
        if not program:
            print("SKIPPED: there is no %s" % options.spamd)
            return 77
        for names, allow_tell in ((with_tell, True), (without_tell, False)):
            if names:
                daemon = Daemon(program, allow_tell)
                try:
                    good += play(names, daemon.connect)
                finally:
                    daemon.stop()
    else:
        def connect():
            if options.socket:
                return processes.connect_unix(options.socket)
            return socket.create_connection(("127.0.0.1", options.port))
        chosen = with_tell
        good = play(with_tell, connect)
    print("%d of %d transcripts are the same" % (good, len(chosen)))
    return 0 if good == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
