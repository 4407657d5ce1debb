#!/usr/bin/env python3
"""Postfix, set up as doc/setup/postfix.md says: by LMTP to Dovecot, by a pipe transport through spamc, and by
spamass-milter.

    postfix.py SPAMD SPAMC

Postfix is the one that test.sh has unpacked in build/packages/postfix: Debian does not have it installed
beside Exim, and an installed one, whose postdrop is set-group-id, takes no configuration of our own.
"""
import os
import re
import shutil
import smtplib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
from servers import header, make_message, mailbox, parts  # noqa: E402

ROOT = os.path.join(servers.SOURCE, "build/packages/postfix")

MAIN = """
compatibility_level = 3.6
queue_directory = %(d)s/var/spool/postfix
command_directory = %(root)s/usr/sbin
daemon_directory = %(root)s/usr/lib/postfix/sbin
data_directory = %(d)s/var/lib/postfix
meta_directory = %(d)s/etc/postfix
shlib_directory = no
mail_owner = daemon
setgid_group = games
default_privs = nobody
import_environment = MAIL_CONFIG LD_LIBRARY_PATH PATH TZ LANG=C
export_environment = MAIL_CONFIG LD_LIBRARY_PATH PATH TZ LANG
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
virtual_mailbox_maps = static:all/
maillog_file = %(d)s/log/postfix
maillog_file_prefixes = %(d)s
"""

# Mail that Dovecot does not deliver is put down by Postfix itself.
VIRTUAL = """
virtual_mailbox_domains = example.net
virtual_transport = virtual
virtual_mailbox_base = %s
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
"""

MASTER = """
pickup    unix  n       -       n       1       1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
proxymap  unix  -       -       n       -       -       proxymap
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
virtual   unix  -       n       n       -       -       virtual
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""


def postfix_root():
    if not os.access(os.path.join(ROOT, "usr/lib/postfix/sbin/master"), os.X_OK):
        print("SKIPPED: there is no Postfix in build/packages (test.sh unpacks one)")
        sys.exit(servers.SKIPPED)
    return ROOT


class Postfix(servers.Server):
    def __init__(self, place, root, main="", master=None):
        self.place, self.root = place, root
        self.port = servers.free_port()
        if master is None:
            master = "smtp      inet  n       -       n       -       -       smtpd\n"
        master, count = re.subn(r"^smtp ( *inet)", r"127.0.0.1:%d \1" % self.port, master, flags=re.M)
        assert count == 1
        self.environment = {"MAIL_CONFIG": place.path("etc/postfix"), "PATH": root + "/usr/sbin:/usr/sbin:/usr/bin:/bin",
                            "LD_LIBRARY_PATH": root + "/usr/lib/postfix"}
        place.write("etc/postfix/main.cf", MAIN % {"d": place.directory, "root": root} + main)
        place.write("etc/postfix/master.cf", MASTER + master)
        spool = place.path("var/spool/postfix")
        for name in ("incoming", "active", "deferred", "bounce", "defer", "corrupt", "hold", "flush", "saved", "trace",
                     "private", "public", "maildrop"):
            place.make("var/spool/postfix/" + name)
            shutil.chown(os.path.join(spool, name), "daemon")
        # postdrop would be set-group-id to get in here.
        os.chmod(os.path.join(spool, "maildrop"), 0o1777)
        os.chmod(os.path.join(spool, "public"), 0o755)
        place.make("var/spool/postfix/pid", "var/lib/postfix")
        shutil.chown(place.path("var/lib/postfix"), "daemon")

    def start(self):
        with open(self.place.path("log/postfix-stderr"), "ab") as log:
            self.process = subprocess.Popen(
                [self.root + "/usr/lib/postfix/sbin/master", "-c", self.place.path("etc/postfix"), "-d"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        servers.wait_for("postfix", lambda: servers.answers_tcp(self.port))

    def send(self, recipients, message):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=120) as client:
            try:
                client.sendmail("sender@example.org", recipients, message.replace(b"\n", b"\r\n"),
                                ["BODY=8BITMIME"])
            except smtplib.SMTPDataError as error:
                return error
        return None


class Milter(servers.Server):
    def __init__(self, place, options):
        self.socket = place.path("var/spool/postfix/spamass/spamass.sock")
        place.make("var/spool/postfix/spamass")
        shutil.chown(place.path("var/spool/postfix/spamass"), "daemon")
        self.command = ["spamass-milter", "-p", self.socket, *options]

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, user="daemon", group="daemon", extra_groups=[])
        servers.wait_for("spamass-milter", lambda: servers.answers_unix(self.socket))


HAM = make_message("ham", "До завтра, ваш Иван.\n\n.\n..\n".encode(), "utf-8")
SPAM = make_message("spam", "Купите xdeliveryspamx сейчас.\n".encode(), "utf-8")


def main():
    root = postfix_root()
    servers.need("dovecot", "sievec")
    spamd_program, spamc = sys.argv[1:3]
    place = servers.Place()
    page = {path: place.moved(text) for path, text in servers.fences("postfix.md").items()}
    place.install_programs(spamc)
    place.make("mail")
    shutil.chown(place.path("mail"), "nobody")

    def stored(expected=1):
        """What Postfix itself has put down, which is taken away."""
        new = place.path("mail/all/new")
        servers.wait_for("%d messages" % expected, lambda: os.path.isdir(new) and len(os.listdir(new)) >= expected)
        found = []
        for name in os.listdir(new):
            with open(os.path.join(new, name), "rb") as file:
                found.append(file.read())
            os.unlink(os.path.join(new, name))
        assert len(found) == expected, len(found)
        return found

    def marked(message, sent, is_spam):
        assert parts(message)[1] == parts(sent)[1], parts(message)[1]
        assert [s.split(",")[0] for s in header(message, "X-Spam-Status")] == ["Yes" if is_spam else "No"]
        assert header(message, "X-Spam-Flag") == (["YES"] if is_spam else [])
        assert len(header(message, "X-Spam-Checker-Version")) == 1

    def by_lmtp_to_dovecot():
        dovecot = servers.Dovecot(place)
        spamd = place.start(servers.Spamd(place, spamd_program, "dovecot.md"))
        place.start(dovecot)
        postfix = place.start(Postfix(place, root, page["/etc/postfix/main.cf#lmtp"]))
        assert postfix.send(["joe@example.net", "ann@example.net"], SPAM) is None
        assert postfix.send(["joe@example.net"], HAM) is None
        servers.wait_for("delivery", lambda: all(mailbox(place, user + "@example.net", folder) for user, folder in
                                                 (("joe", "INBOX"), ("joe", "Junk"), ("ann", "Junk"))))
        for user, folder, sent, is_spam in (("joe", "INBOX", HAM, False), ("joe", "Junk", SPAM, True),
                                            ("ann", "Junk", SPAM, True)):
            message, = mailbox(place, user + "@example.net", folder)
            marked(message, sent, is_spam)
        for server in (postfix, dovecot, spamd):
            server.stop()

    def by_a_pipe_transport():
        place.write("etc/spamassassin/spamc.conf", page["/etc/spamassassin/spamc.conf"])
        spamd = place.start(servers.Spamd(place, spamd_program, "postfix.md"))
        master = page["/etc/postfix/master.cf#pipe"]
        sendmail = root + "/usr/sbin/sendmail"
        assert " /usr/sbin/sendmail " in master
        postfix = place.start(Postfix(place, root, page["/etc/postfix/main.cf#pipe"] + VIRTUAL % place.path("mail"),
                                      master.replace("/usr/sbin/sendmail", sendmail)))
        assert postfix.send(["joe@example.net"], SPAM) is None
        marked(stored()[0], SPAM, True)
        assert postfix.send(["joe@example.net", "ann@example.net"], HAM) is None
        for message in stored(2):
            marked(message, HAM, False)
        spamd.stop()
        assert postfix.send(["joe@example.net"], SPAM) is None
        message, = stored()
        assert parts(message)[1] == parts(SPAM)[1] and not header(message, "X-Spam-Status")
        postfix.stop()

    def by_spamass_milter():
        if not (shutil.which("spamass-milter") and os.access("/usr/bin/spamc", os.X_OK)):
            print("spamass-milter is missing: it is not tested")
            return
        spamd = place.start(servers.Spamd(place, spamd_program, "postfix.md"))
        options = re.search(r'^OPTIONS="(.*)"$', page["/etc/default/spamass-milter"], re.M).group(1).split()
        milter = place.start(Milter(place, options))
        postfix = place.start(Postfix(place, root, page["/etc/postfix/main.cf#milter"] + VIRTUAL % place.path("mail")))
        for sent, is_spam in ((SPAM, True), (HAM, False)):
            assert postfix.send(["joe@example.net"], sent) is None
            marked(stored()[0], sent, is_spam)
        refused = postfix.send(["joe@example.net"], make_message("much", b"xdeliveryspamx xdeliveryhalfx\n"))
        assert refused is not None and refused.smtp_code == 550, refused
        spamd.stop()
        assert postfix.send(["joe@example.net"], SPAM) is None
        assert parts(stored()[0])[1] == parts(SPAM)[1]
        for server in (postfix, milter):
            server.stop()

    return servers.run_checks(place, [by_lmtp_to_dovecot, by_a_pipe_transport, by_spamass_milter])


if __name__ == "__main__":
    sys.exit(main())
