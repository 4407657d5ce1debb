#!/usr/bin/env python3
"""OpenSMTPD, set up as doc/setup/opensmtpd.md says, which hands mail to Dovecot by LMTP.

    opensmtpd.py SPAMD SPAMC

OpenSMTPD is the one that test.sh has unpacked in build/packages/opensmtpd: Debian does not have it installed beside
Exim. It runs from its own paths, in a name space where its files lie over those of the machine.
"""
import os
import smtplib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
from servers import header, mailbox, make_message, parts  # noqa: E402

ROOT = os.path.join(servers.SOURCE, "build/packages/opensmtpd")
# The users that OpenSMTPD wants are known in there only.
ENTER = """
set -e
mount --make-rprivate /
mount -t overlay none -o "lowerdir=$ROOT/usr:/usr" /usr
for name in spool lib; do mount -t tmpfs none /var/$name; done
mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty
chmod 711 /var/spool/smtpd
for name in passwd group; do
    mount --bind "$PLACE/$name" /etc/$name
done
exec smtpd -d -f "$PLACE/etc/smtpd.conf"
"""


class OpenSmtpd(servers.Server):
    def __init__(self, place):
        self.place = place
        self.port = servers.free_port()
        place.install_page("opensmtpd.md", "/etc/smtpd.conf")
        with open(place.path("etc/smtpd.conf")) as file:
            text = file.read()
        assert text.startswith("listen on lo\n")
        place.write("etc/smtpd.conf", text.replace("listen on lo\n", "listen on 127.0.0.1 port %d\n" % self.port), 0o600)
        for name in ("passwd", "group"):
            with open("/etc/" + name) as file:
                lines = [line for line in file if not line.startswith("opensmtp")]
            more = "opensmtpd:x:1:1::/nonexistent:/usr/sbin/nologin\nopensmtpq:x:2:2::/nonexistent:/usr/sbin/nologin\n"
            place.write(name, "".join(lines) + (more if name == "passwd" else "opensmtpd:x:1:\nopensmtpq:x:2:\n"))

    def start(self):
        with open(self.place.path("log/opensmtpd"), "ab") as log:
            self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", ENTER], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=dict(os.environ, ROOT=ROOT, PLACE=self.place.directory))
        servers.wait_for("opensmtpd", lambda: self.process.poll() is not None or servers.answers_tcp(self.port))

    def send(self, recipient, message):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=120) as client:
            client.sendmail("sender@example.org", [recipient], message.replace(b"\n", b"\r\n"), ["BODY=8BITMIME"])


def main():
    if not os.access(os.path.join(ROOT, "usr/sbin/smtpd"), os.X_OK):
        print("SKIPPED: there is no OpenSMTPD in build/packages (test.sh unpacks one)")
        return servers.SKIPPED
    servers.need("dovecot", "sievec", "unshare")
    if subprocess.run(["unshare", "-m", "mount", "-t", "overlay", "none", "-o", "lowerdir=/usr/sbin:/usr/bin", "/mnt"],
                      stderr=subprocess.DEVNULL).returncode != 0:
        print("SKIPPED: no name spaces with overlays can be made here")
        return servers.SKIPPED
    spamd_program, spamc = sys.argv[1:3]
    place = servers.Place()
    place.install_programs(spamc)
    extra = place.moved(servers.fences("opensmtpd.md")["/etc/dovecot/conf.d/99-opensmtpd.conf"])
    dovecot = servers.Dovecot(place, extra)
    spamd = servers.Spamd(place, spamd_program, "dovecot.md")
    smtpd = OpenSmtpd(place)

    def delivered(user, sent, folder, verdict):
        smtpd.send(user, sent)
        servers.wait_for("the message", lambda: mailbox(place, user, folder))
        stored, = mailbox(place, user, folder)
        assert parts(stored)[1] == parts(sent)[1], parts(stored)[1]
        assert [s.split(",")[0] for s in header(stored, "X-Spam-Status")] == verdict, header(stored, "X-Spam-Status")

    def scanned_on_the_way():
        place.start(spamd)
        place.start(dovecot)
        place.start(smtpd)
        assert smtpd.process.poll() is None
        delivered("ann@example.net", make_message("ham", "До завтра, ваш Иван.\n\n..\n".encode(), "utf-8"), "INBOX", ["No"])
        delivered("bob@example.net", make_message("spam", "Купите xdeliveryspamx сейчас.\n".encode(), "utf-8"), "Junk", ["Yes"])

    def preferences_are_the_recipients():
        place.write("var/vmail/example.net/strict/spamassassin/user_prefs", "required_score 2\n")
        subprocess.run(["chown", "-R", "nobody:nogroup", place.path("var/vmail/example.net/strict")], check=True)
        half = make_message("half", b"xdeliveryhalfx\n")
        delivered("strict@example.net", half, "Junk", ["Yes"])
        delivered("mild@example.net", half, "INBOX", ["No"])

    def delivered_without_the_daemon():
        spamd.stop()
        delivered("eve@example.net", make_message("down", b"xdeliveryspamx\n"), "INBOX", [])

    return servers.run_checks(place, [scanned_on_the_way, preferences_are_the_recipients, delivered_without_the_daemon])


if __name__ == "__main__":
    sys.exit(main())
