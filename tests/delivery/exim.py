#!/usr/bin/env python3
"""Exim's spam condition against our spamd, by Unix socket and TCP, set up as doc/setup/exim.md says.

    exim.py SPAMD SPAMC
"""
import os
import re
import smtplib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
from servers import header, make_message, parts  # noqa: E402

CONFIG = """
.include %(d)s/etc/exim4/%(main)s
primary_hostname = mx.example.net
log_file_path = %(d)s/log/exim-%%slog
spool_directory = %(d)s/spool
pid_file_path =
notifier_socket =
local_interfaces = 127.0.0.1
daemon_smtp_ports = %(port)d
deliver_drop_privilege
message_size_limit = 30M
keep_environment =
tls_advertise_hosts =
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
host_lookup =
rfc1413_query_timeout = 0s

begin acl
acl_rcpt:
  accept
acl_data:
.include %(d)s/etc/exim4/spamd-acl.conf
  accept

begin routers
all:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  maildir_format
  message_suffix =
  directory = %(d)s/mail/all
"""


class Exim(servers.Server):
    def __init__(self, place, spamd, main):
        self.place = place
        self.port = servers.free_port()
        place.install_page("exim.md")
        if main == "spamd-main-tcp.conf":
            path = place.path("etc/exim4", main)
            with open(path) as file:
                text = file.read()
            assert text == "spamd_address = 127.0.0.1 783\n"
            place.write("etc/exim4/" + main, text.replace("783", str(spamd.port)))
        for directory in ("spool", "mail"):
            place.make(directory)
            os.system("chown Debian-exim:Debian-exim '%s'" % place.path(directory))
        self.config = place.write("etc/exim4/exim.conf", CONFIG % {"d": place.directory, "port": self.port, "main": main})

    def start(self):
        with open(self.place.path("log/exim"), "ab") as log:
            self.process = subprocess.Popen(["exim4", "-C", self.config, "-bdf", "-odi"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        servers.wait_for("exim", lambda: servers.answers_tcp(self.port))

    def send(self, message):
        """Sends it by SMTP and gives what is then stored, or the refusal."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=120) as client:
            try:
                client.sendmail("sender@example.org", ["bob@example.net"], message.replace(b"\n", b"\r\n"))
            except smtplib.SMTPDataError as error:
                return error
        directory = self.place.path("mail/all/new")
        servers.wait_for("the message", lambda: os.path.isdir(directory) and os.listdir(directory))
        stored, = os.listdir(directory)
        with open(os.path.join(directory, stored), "rb") as file:
            message = file.read()
        os.unlink(os.path.join(directory, stored))
        return message


def main():
    servers.need("exim4")
    built, = re.findall(r"^Support for: .*", subprocess.run(
        ["exim4", "-C", "/dev/null", "-bV"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout, re.M)
    if "Content_Scanning" not in built:
        print("SKIPPED: this exim4 has no content scanning (exim4-daemon-heavy has)")
        return servers.SKIPPED
    place = servers.Place()
    spamd = servers.Spamd(place, sys.argv[1], "exim.md")

    def fills_the_variables(exim):
        ham = make_message("ham", b"See you at noon.\n")
        stored = exim.send(ham)
        assert header(stored, "X-Spam-Score") == ["0.0"], header(stored, "X-Spam-Score")
        assert header(stored, "X-Spam-Report") == ["Score 0.0 of 5.0 in the report: none"], header(stored, "X-Spam-Report")
        assert not header(stored, "X-Spam-Flag")
        assert parts(stored)[1] == b"See you at noon.\n"
        spam = make_message("spam", "Купите xdeliveryspamx сейчас.\n".encode(), "utf-8")
        stored = exim.send(b"X-Spam-Score: -99\n" + spam)
        assert header(stored, "X-Spam-Score") == ["12.0"], header(stored, "X-Spam-Score")
        assert header(stored, "X-Spam-Bar") == ["+" * 12]
        assert header(stored, "X-Spam-Report") == ["Score 12.0 of 5.0 in the report: DELIVERY_SPAM"]
        assert header(stored, "X-Spam-Flag") == ["YES"]
        assert parts(stored)[1] == parts(spam)[1]
        refused = exim.send(make_message("much", b"xdeliveryspamx xdeliveryhalfx\n"))
        assert isinstance(refused, smtplib.SMTPDataError), "accepted"
        assert refused.smtp_code == 550 and b"15.5" in refused.smtp_error, refused

    def by_unix_socket():
        exim = place.start(Exim(place, spamd, "spamd-main.conf"))
        fills_the_variables(exim)
        exim.stop()

    def by_tcp():
        exim = place.start(Exim(place, spamd, "spamd-main-tcp.conf"))
        fills_the_variables(exim)
        exim.stop()

    def mail_goes_on_without_the_daemon():
        exim = place.start(Exim(place, spamd, "spamd-main.conf"))
        spamd.stop()
        stored = exim.send(make_message("down", b"xdeliveryspamx\n"))
        assert not header(stored, "X-Spam-Score") and not header(stored, "X-Spam-Flag")
        assert parts(stored)[1] == b"xdeliveryspamx\n", parts(stored)[1]

    place.start(spamd)
    return servers.run_checks(place, [by_unix_socket, by_tcp, mail_goes_on_without_the_daemon])


if __name__ == "__main__":
    sys.exit(main())
