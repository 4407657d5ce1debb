#!/usr/bin/env python3
"""Delivery by LMTP through a real Dovecot and Pigeonhole, set up as doc/setup/dovecot.md says.

    dovecot.py SPAMD SPAMC
"""
import concurrent.futures
import os
import signal
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
import processes  # noqa: E402
from servers import header, lmtp, mailbox, parts  # noqa: E402
from servers import make_message as message  # noqa: E402

JAPANESE = "会議は明日の午後三時からです。資料を忘れずに持ってきてください。\n" * 20
RUSSIAN = "Здравствуйте! Встреча завтра в три часа дня, не забудьте документы.\n" * 20
LONG_LINE = b"x" * 70 + b"\n"

# name, message, folder
MESSAGES = [
    ("ham", message("ham", b"Dear Bob,\n\nsee you at noon.\n"), "INBOX"),
    ("spam", message("spam", b"Buy xdeliveryspamx now.\n"), "Junk"),
    ("eight", message("eight", b"Gr\xfc\xdfe aus K\xf6ln\n" + bytes(range(128, 256)) + b"\n", "iso-8859-1"), "INBOX"),
    ("undeclared", message("undeclared", b"\xff\xfe\x80 bytes of no charset\n"), "INBOX"),
    ("crlf", message("crlf", b"Lines\n\nthat end in two bytes xdeliveryspamx\n").replace(b"\n", b"\r\n"), "Junk"),
    ("japanese", message("japanese", JAPANESE.encode("iso-2022-jp"), "iso-2022-jp", "7bit",
                         "=?iso-2022-jp?B?GyRCMnE1RBsoQg==?="), "INBOX"),
    ("japanese-utf8", message("japanese-utf8", (JAPANESE + "xdeliveryspamx\n").encode(), "utf-8"), "Junk"),
    ("russian", message("russian", RUSSIAN.encode("koi8-r"), "koi8-r"), "INBOX"),
    ("russian-utf8", message("russian-utf8", (RUSSIAN + "xdeliveryspamx\n").encode(), "utf-8"), "Junk"),
    ("dots", message("dots", b".\n..\n.x\nend\n\n\n"), "INBOX"),
    ("empty", message("empty", b""), "INBOX"),
    ("big", message("big", b"xdeliveryspamx\n" + LONG_LINE * (8 * 1024 * 1024 // len(LONG_LINE))), "Junk"),
    ("beyond", message("beyond", b"xdeliveryspamx\n" + LONG_LINE * (11 * 1024 * 1024 // len(LONG_LINE))), "INBOX"),
]
MARKS = ("X-Spam-Checker-Version", "X-Spam-Level", "X-Spam-Status", "X-Spam-Flag")


def only(place, user, folder):
    """The one message that the user has, which must be in this folder."""
    other = "Junk" if folder == "INBOX" else "INBOX"
    assert not mailbox(place, user, other), "%s: in %s" % (user, other)
    found = mailbox(place, user, folder)
    assert len(found) == 1, "%s: %d messages in %s" % (user, len(found), folder)
    return found[0]


def as_sent(stored, sent):
    """Body unchanged, and the sender's fields as they were, in their order."""
    head, body = parts(stored)
    sent_head, sent_body = parts(sent)
    assert body == sent_body, "body changed: %r became %r" % (sent_body[-60:], body[-60:])
    assert (b"\n" + head + b"\n").count(b"\n" + sent_head + b"\n") == 1, "fields changed: %r" % head


def unmarked(stored):
    for mark in MARKS:
        assert not header(stored, mark), mark


def main():
    servers.need("dovecot", "sievec")
    spamd_program, spamc = sys.argv[1:3]
    place = servers.Place()
    spamd = servers.Spamd(place, spamd_program, "dovecot.md")

    def deliver(user, text):
        answer, = lmtp(dovecot.lmtp, [user], text)
        assert answer.startswith("250"), answer

    def messages_are_marked_and_filed():
        for name, text, folder in MESSAGES:
            user = name + "@marked.example"
            deliver(user, text)
            stored = only(place, user, folder)
            as_sent(stored, text)
            if name == "beyond":
                unmarked(stored)
                continue
            for mark in MARKS:
                count = 0 if mark == "X-Spam-Flag" and folder == "INBOX" else 1
                assert len(header(stored, mark)) == count, "%s: %d of %s" % (name, len(header(stored, mark)), mark)

    def forged_marks_are_replaced():
        text = b"X-Spam-Status: No, score=-90\nX-Spam-Flag: NO\n" + message("forged", b"xdeliveryspamx\n")
        deliver("forged@marked.example", text)
        stored = only(place, "forged@marked.example", "Junk")
        assert len(header(stored, "X-Spam-Status")) == 1 and len(header(stored, "X-Spam-Flag")) == 1

    def users_have_thresholds_of_their_own():
        half = message("half", b"xdeliveryhalfx\n")
        deliver("lax@own.example", half)
        only(place, "lax@own.example", "INBOX")
        for user, script in (("stars", "threshold.sieve"), ("tested", "spamtest.sieve")):
            home = place.path("var/vmail/own.example", user)
            place.write(home[len(place.directory):] + "/.dovecot.sieve", open(os.path.join(servers.SIEVE, script)).read())
            os.system("chown -R nobody:nogroup '%s'" % home)
            deliver(user + "@own.example", half)
            only(place, user + "@own.example", "Junk")
            ham = message("ham", b"see you\n")
            deliver(user + "@own.example", ham)
            assert len(mailbox(place, user + "@own.example", "INBOX")) == 1, user
        # by the virtual user's preferences
        place.write("var/vmail/own.example/strict/spamassassin/user_prefs", "required_score 3\n")
        os.system("chown -R nobody:nogroup '%s'" % place.path("var/vmail/own.example/strict"))
        deliver("strict@own.example", half)
        assert "required=3.0" in header(only(place, "strict@own.example", "Junk"), "X-Spam-Status")[0]

    def many_at_once_none_lost_none_doubled():
        def one(number):
            body = b"number %d %s\n" % (number, b"xdeliveryspamx" if number % 2 else b"hello")
            return lmtp(dovecot.lmtp, ["many%d@many.example" % (number % 10)], message("n%d" % number, body))

        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            answers = [a for answer in pool.map(one, range(200)) for a in answer]
        assert all(a.startswith("250") for a in answers)
        seen = {"INBOX": [], "Junk": []}
        for user in range(10):
            for folder in seen:
                for stored in mailbox(place, "many%d@many.example" % user, folder):
                    assert len(header(stored, "X-Spam-Status")) == 1
                    seen[folder].append(int(parts(stored)[1].split()[1]))
        assert sorted(seen["INBOX"]) == list(range(0, 200, 2)), sorted(seen["INBOX"])
        assert sorted(seen["Junk"]) == list(range(1, 200, 2)), sorted(seen["Junk"])

    def a_user_without_a_token_store_is_no_trouble():
        with open(place.path("log/spamd")) as file:
            warnings = [line for line in file if " warn: " in line and "closed before headers" not in line]
        assert not warnings, warnings[:3]

    def daemon_stopped():
        spamd.stop()
        for name, text, _ in MESSAGES:
            if name in ("spam", "crlf", "eight", "big"):
                user = name + "@stopped.example"
                deliver(user, text)
                stored = only(place, user, "INBOX")
                as_sent(stored, text)
                unmarked(stored)

    def with_a_daemon_that(user, behaviour):
        """A fake daemon on the socket, which reads the request and then does as told."""
        if os.path.exists(spamd.socket):
            os.unlink(spamd.socket)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(spamd.socket)
        os.chmod(spamd.socket, 0o666)
        listener.listen()

        def serve():
            connection, _ = listener.accept()
            behaviour(connection, processes.read_all(connection))
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        text = message(user, b"Some text that must arrive, xdeliveryspamx.\n" * 100)
        try:
            deliver(user + "@trouble.example", text)
        finally:
            listener.close()
            thread.join(60)
        assert not thread.is_alive()
        os.unlink(spamd.socket)
        stored = only(place, user + "@trouble.example", "INBOX")
        as_sent(stored, text)
        unmarked(stored)

    def answer_cut_short():
        with_a_daemon_that("cut", lambda c, r: c.sendall(
            b"SPAMD/1.1 0 EX_OK\r\nContent-length: 4000\r\nSpam: True ; 12.0 / 5.0\r\n\r\nX-Spam-Flag: YES\r\n"))

    def no_answer_at_all():
        with_a_daemon_that("silent", lambda c, r: None)

    def answer_after_the_time_out():
        with open(place.path("etc/spamassassin/spamc.conf")) as file:
            options = file.read()
        assert "\n-t 20\n" in options
        place.write("etc/spamassassin/spamc.conf", options.replace("-t 20", "-t 2"))

        def late(connection, request):
            time.sleep(4)
            try:
                connection.sendall(b"SPAMD/1.1 0 EX_OK\r\nContent-length: 4\r\nSpam: True ; 12.0 / 5.0\r\n\r\nX: y")
            except OSError:
                pass  # nobody listens any more

        with_a_daemon_that("late", late)
        place.write("etc/spamassassin/spamc.conf", options)

    def answer_that_never_ends():
        program = "usr/local/libexec/miharu/sieve/spam-filter"
        with open(place.path(program)) as file:
            text = file.read()
        assert text.count("timeout 25 ") == 1
        place.write(program, text.replace("timeout 25 ", "timeout 3 "), 0o755)

        def drip(connection, request):
            try:
                connection.sendall(b"SPAMD/1.1 0 EX_OK\r\nContent-length: 400000\r\nSpam: True ; 12.0 / 5.0\r\n\r\n")
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.2)
            except OSError:
                pass  # nobody listens any more

        with_a_daemon_that("dripping", drip)
        place.write(program, text, 0o755)

    def daemon_killed_in_mid_scan():
        # Rules that take their time: the scan is going on when the worker and the master die.
        slow = servers.Spamd(place, spamd_program, "dovecot.md", "--max-children=1", "--min-children=1",
                             *["--cf=body SLOW%d /(?:a+a+)+[%cz]/" % (n, 98 + n) for n in range(20)])
        place.start(slow)
        text = message("killed", b"a" * 60 + b"\n" + (b"a" * 60 + b" \n") * 4000)
        workers = []

        def scanning():
            workers[:] = children(slow.process.pid)
            return any(busy(w) for w in workers)

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            delivery = pool.submit(deliver, "killed@trouble.example", text)
            servers.wait_for("a scan", scanning)
            assert not delivery.done()
            slow.process.kill()
            for worker in workers:
                try:
                    os.kill(worker, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            slow.process.wait()
            delivery.result(120)
        stored = only(place, "killed@trouble.example", "INBOX")
        as_sent(stored, text)
        unmarked(stored)

    place.install_programs(spamc)
    dovecot = servers.Dovecot(place)
    place.start(spamd)
    place.start(dovecot)
    return servers.run_checks(place, [
        messages_are_marked_and_filed, forged_marks_are_replaced, users_have_thresholds_of_their_own,
        many_at_once_none_lost_none_doubled, a_user_without_a_token_store_is_no_trouble,
        daemon_stopped, daemon_killed_in_mid_scan, answer_cut_short,
        no_answer_at_all, answer_after_the_time_out, answer_that_never_ends])


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def busy(pid):
    """Whether a process has used a fifth of a second of processor."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return False
    return int(fields[11]) + int(fields[12]) >= 20


if __name__ == "__main__":
    sys.exit(main())
