#!/usr/bin/env python3
"""A spamc against a real spamd (SpamAssassin's, with the rules of the wire tests), side by side with
SpamAssassin's spamc: exit code and standard output must be the same in every mode.

    spamd.py SPAMC [--spamd /usr/sbin/spamd] [--spamc /usr/bin/spamc]
"""
import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../wire")]
sys.dont_write_bytecode = True
import cases  # noqa: E402
import run as wire  # noqa: E402

HEAD = b"From: Ann <ann@example.com>\nTo: Bob <bob@example.org>\nSubject: %s\nMessage-ID: <%s@example.com>\n" \
       b"Date: Tue, 03 Mar 2026 10:00:00 +0000\n\n%s"
SPAM = HEAD % (b"offer", b"spam", b"Buy xwirespamx now, xwirealsox too.\n")
MESSAGES = {
    "spam": SPAM,
    "ham": HEAD % (b"ham for you", b"ham", b"Dear Bob,\n\nsee you at noon.\n"),
    "nearly": HEAD % (b"close", b"near", b"This is xwirenearlyx.\n"),
    "crlf": SPAM.replace(b"\n", b"\r\n"),
    "no last line end": SPAM[:-1],
    "blank lines at the end": SPAM + b"\n\n\n",
    "dots": HEAD % (b"dots", b"dots", b".\n..\n.x\n"),
    "eight bits and nul": HEAD % (b"bytes", b"bytes", bytes(range(256)) + b"\n"),
    "header only": SPAM.split(b"\n\n")[0] + b"\n",
    "body only": b"\nxwirespamx\n",
    "big": HEAD % (b"big", b"big", b"A line of words that mean nothing at all.\n" * 5000),
    "medium": HEAD % (b"medium", b"medium", b"A line of words that mean nothing at all.\n" * 1000),
    "one byte": b"x",
}
MODES = [[], ["-x"], ["-E"], ["-c"], ["-c", "-x"], ["-r"], ["-r", "-E"], ["-R"], ["-R", "-E"], ["-y"], ["-y", "-E"],
         ["--headers"], ["--headers", "-E"], ["-K"], ["-B"], ["-e", "/bin/cat"], ["-s", "100"], ["-u", "nobody"],
         ["-u", ""], ["-u", "a\tb"], ["-u", "a\tb", "-x"], ["-u", "a\tb", "-c", "-x"]]


class Comparison:
    def __init__(self, ours, original):
        self.programs = [ours, original]
        self.count = 0
        self.wrong = 0

    def call(self, program, arguments, stdin):
        done = subprocess.run([program, "-l"] + arguments, input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        self.stderr = done.stderr
        return done.returncode, done.stdout

    def note(self, name, expected, got):
        self.count += 1
        if expected != got:
            self.wrong += 1
            print("DIFFERS %s\n  expected %r\n  got      %r\n  said %r" % (name, str(expected)[-400:], str(got)[-400:], self.stderr[:200]))

    def compare(self, name, arguments, stdin, between=lambda: None):
        got = self.call(self.programs[0], arguments, stdin)
        between()
        self.note(name, self.call(self.programs[1], arguments, stdin), got)


def learning(comparison, spamd):
    """Learning changes the database: each program plays the whole story, then all is undone."""
    story = [["-L", "spam"], ["-L", "spam"], ["-L", "forget"], ["-L", "forget"], ["-L", "ham", "-x"], ["-L", "spam"],
             ["-C", "report"], ["-C", "revoke"], ["-C", "report", "-x"], ["-L", "forget"]]
    answers = [[comparison.call(program, ["-U", spamd.socket] + step, SPAM) for step in story]
               for program in comparison.programs]
    for step, got, expected in zip(story, *answers):
        comparison.note("story: " + " ".join(step), expected, got)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--spamd", default="/usr/sbin/spamd")
    parser.add_argument("--spamc", default="/usr/bin/spamc")
    options = parser.parse_args()
    for program in (options.program, options.spamd, options.spamc):
        if not shutil.which(program):
            print("SKIPPED: there is no %s" % program)
            return 77
    comparison = Comparison(options.program, options.spamc)

    answers = {}
    spamd = wire.Daemon(options.spamd, True)
    try:
        for message, stdin in MESSAGES.items():
            for mode in MODES:
                # SpamAssassin's takes the first NUL for the end of the body it puts back.
                if message == "eight bits and nul" and "--headers" in mode:
                    code, answer = comparison.call(options.program, ["-U", spamd.socket] + mode, stdin)
                    comparison.note(message + ": --headers", (0, True),
                                    (code, answer.endswith(b"\n\n" + bytes(range(256)) + b"\n")))
                    continue
                if "-B" in mode:
                    stuffed = b"".join(b"." + l if l.startswith(b".") else l for l in stdin.splitlines(True))
                    given = b"MAIL FROM:<a>\nRCPT TO:<b>\nDATA\n" + stuffed + b"\n.\nQUIT\n"
                else:
                    given = stdin
                comparison.compare("%s: %s" % (message, cases.mode_name(mode)), ["-U", spamd.socket] + mode, given)
            # SpamAssassin's pair is unsteady under TLS: there our own plain answer is the measure.
            if message in ("spam", "ham", "crlf", "medium"):
                for mode in ((), ("-c",), ("-R", "-E"), ("-y", "-x"), ("-L", "forget"), ("-K",)):
                    answers[message, mode] = comparison.call(options.program, ["-U", spamd.socket] + list(mode), stdin)
            # Packed, the answer is that to the message as it is.
            plain = comparison.call(options.program, ["-U", spamd.socket, "-y"], stdin)
            comparison.note(message + ": -z", plain, comparison.call(options.program, ["-U", spamd.socket, "-y", "-z"], stdin))
        learning(comparison, spamd)
    finally:
        spamd.stop()

    spamd = wire.Daemon(options.spamd, False)
    try:
        for mode in (["-L", "spam"], ["-L", "ham", "-x"], ["-C", "report"], ["-C", "revoke", "-x"]):
            comparison.compare("not allowed: " + " ".join(mode), ["-U", spamd.socket] + mode, SPAM)
    finally:
        spamd.stop()

    directory = tempfile.mkdtemp(prefix="spamc")
    os.chmod(directory, 0o755)
    try:
        if cases.make_files(directory):
            os.chmod(os.path.join(directory, "server.key"), 0o644)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            spamd = wire.Daemon(options.spamd, True, port=port, extra=[
                "--ssl", "--server-key=" + directory + "/server.key", "--server-cert=" + directory + "/server.pem"])
            try:
                by_tls = ["-S", "-d", "127.0.0.1", "-p", str(port)]
                for (message, mode), expected in answers.items():
                    for authority in ([], ["--ssl-ca-file", directory + "/ca.pem"]):
                        got = comparison.call(options.program, by_tls + authority + list(mode), MESSAGES[message])
                        comparison.note("tls: %s: %s %s" % (message, cases.mode_name(mode), authority), expected, got)
                refused = by_tls + ["--ssl-ca-file", directory + "/other.pem"]
                comparison.note("tls: other authority", (0, SPAM), comparison.call(options.program, refused, SPAM))
                comparison.note("tls: other authority, -x", (69, b""),
                                comparison.call(options.program, refused + ["-x"], SPAM))
            finally:
                spamd.stop()
        else:
            print("openssl(1) is missing: TLS is not tested")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("%d of %d comparisons are the same" % (comparison.count - comparison.wrong, comparison.count))
    return 1 if comparison.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
