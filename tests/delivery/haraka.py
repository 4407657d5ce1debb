#!/usr/bin/env python3
"""Haraka's SpamAssassin plugin against our spamd, by Unix socket and TCP, set up as doc/setup/haraka.md says.
Haraka is what test.sh has npm put under build/packages/haraka.

    haraka.py SPAMD SPAMC
"""
import os
import shutil
import signal
import smtplib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
from servers import header, make_message, parts  # noqa: E402

PROGRAM = os.path.join(servers.SOURCE, "build/packages/haraka/node_modules/Haraka/bin/haraka")


class Haraka(servers.Server):
    """A Haraka that takes mail for example.net, has it scanned, and stores it in mail/."""

    def __init__(self, place, spamd):
        self.place = place
        self.port = servers.free_port()
        place.install_page("haraka.md")
        settings = place.path("etc/haraka/config/spamassassin.ini")
        if spamd.port:
            with open(settings) as file:
                lines = file.read().splitlines()
            assert lines[0].startswith("spamd_socket=/"), lines[0]
            lines[0] = "spamd_socket=127.0.0.1:%d" % spamd.port
            place.write("etc/haraka/config/spamassassin.ini", "\n".join(lines) + "\n")
        for name, text in (("smtp.ini", "listen=127.0.0.1:%d\nnodes=0\n" % self.port), ("loglevel", "info\n"),
                           ("me", "mx.example.net\n"), ("host_list", "example.net\n"),
                           ("plugins", "rcpt_to.in_host_list\nspamassassin\nqueue/test\n")):
            place.write("etc/haraka/config/" + name, text)
        place.make("mail")
        shutil.copy(os.path.join(os.path.dirname(PROGRAM), "../config/connection.ini"), place.path("etc/haraka/config"))

    def start(self):
        with open(self.place.path("log/haraka"), "ab") as log:
            self.process = subprocess.Popen(
                ["node", PROGRAM, "-c", self.place.path("etc/haraka")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "TMPDIR": self.place.path("mail"), "HOME": self.place.directory})
        servers.wait_for("haraka", lambda: servers.answers_tcp(self.port))

    def begin(self, message, recipients=("bob@example.net",)):
        """Sends it by SMTP as far as the dot; the reply is still to come."""
        client = smtplib.SMTP("127.0.0.1", self.port, timeout=120)
        client.ehlo()
        client.mail("sender@example.org")
        for recipient in recipients:
            code, text = client.rcpt(recipient)
            assert code == 250, text
        client.putcmd("DATA")
        assert client.getreply()[0] == 354
        client.send(message.replace(b"\n", b"\r\n") + b".\r\n")
        return client

    def end(self, client):
        """What is then stored, or the refusal."""
        code, text = client.getreply()
        client.quit()
        directory = self.place.path("mail")
        if code != 250:
            assert not os.listdir(directory)
            return code, text
        stored, = os.listdir(directory)
        with open(os.path.join(directory, stored), "rb") as file:
            message = file.read()
        os.unlink(os.path.join(directory, stored))
        return message

    def send(self, message, recipients=("bob@example.net",)):
        return self.end(self.begin(message, recipients))


def main():
    servers.need("node")
    if not os.path.exists(PROGRAM):
        print("SKIPPED: no Haraka in build/packages (test.sh installs it where there are npm and Node.js 20)")
        return servers.SKIPPED
    place = servers.Place()
    place.write("var/vmail/example.net/strict/spamassassin/user_prefs", "required_score 2\n")
    spamd = servers.Spamd(place, sys.argv[1], "haraka.md")
    half = make_message("half", b"xdeliveryhalfx\n")

    def scores_and_refuses(haraka):
        ham = make_message("ham", "До завтра, ваш Иван.\n\n..\nend\n".encode(), "utf-8")
        stored = haraka.send(ham.replace(b"\n..\n", b"\n...\n"))
        status, = header(stored, "X-Spam-Status")
        assert status.startswith("No, score=0.0 required=5.0 tests="), status
        assert not header(stored, "X-Spam-Flag") and not header(stored, "Precedence")
        assert parts(stored)[1] == parts(ham)[1], parts(stored)[1]

        spam = make_message("spam", "Купите xdeliveryspamx сейчас.\n".encode(), "utf-8")
        stored = haraka.send(b"X-Spam-Status: No, score=-99\nX-Spam-Level:\n" + spam)
        status, = header(stored, "X-Spam-Status")
        assert status.startswith("Yes, score=12.0 required=5.0 tests=DELIVERY_SPAM"), status
        assert header(stored, "X-Spam-Flag") == ["YES"] and header(stored, "X-Spam-Level") == ["*" * 12]
        assert header(stored, "Precedence") == ["junk"]
        assert parts(stored)[1] == parts(spam)[1], parts(stored)[1]

        code, text = haraka.send(make_message("much", b"xdeliveryspamx xdeliveryhalfx\n"))
        assert code == 550 and text == b"spam score exceeded threshold", (code, text)

    def by_unix_socket():
        scores_and_refuses(haraka)

    def large_mail_is_scored_and_unchanged():
        body = b"".join(b"%060d\n" % number for number in range(100000)) + b"xdeliveryspamx\n"
        stored = haraka.send(make_message("large", body))
        assert len(header(stored, "X-Spam-Status")) == 1, header(stored, "X-Spam-Status")
        assert parts(stored)[1] == body

    def preferences_are_the_first_recipients():
        for recipients, verdict in ((["strict@example.net", "bob@example.net"], "Yes, score=3.5 required=2.0"),
                                    (["bob@example.net", "strict@example.net"], "No, score=3.5 required=5.0")):
            status, = header(haraka.send(half, recipients), "X-Spam-Status")
            assert status.startswith(verdict), (recipients, status)

    def killed_while_the_plugin_waits():
        """The whole daemon stops before the message comes, and dies with it unanswered."""
        os.kill(spamd.process.pid, signal.SIGSTOP)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(spamd.process.pid)], stdout=subprocess.PIPE,
                                  text=True).stdout.split()
        assert children
        for child in children:
            os.kill(int(child), signal.SIGSTOP)
        client = haraka.begin(half)
        for process in children + [spamd.process.pid]:
            os.kill(int(process), signal.SIGKILL)
        spamd.stop()
        stored = haraka.end(client)
        assert not header(stored, "X-Spam-Status")
        assert parts(stored)[1] == b"xdeliveryhalfx\n"

    def mail_goes_on_without_the_daemon():
        stored = haraka.send(half)
        assert not header(stored, "X-Spam-Status")
        assert parts(stored)[1] == b"xdeliveryhalfx\n"

    def by_tcp():
        other = servers.Spamd(place, sys.argv[1], "exim.md")
        place.start(other)
        front = place.start(Haraka(place, other))
        scores_and_refuses(front)

    place.start(spamd)
    haraka = place.start(Haraka(place, spamd))
    return servers.run_checks(place, [by_unix_socket, large_mail_is_scored_and_unchanged,
                                      preferences_are_the_first_recipients, killed_while_the_plugin_waits,
                                      mail_goes_on_without_the_daemon, by_tcp])


if __name__ == "__main__":
    sys.exit(main())
