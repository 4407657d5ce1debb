"""Real servers in a temporary directory, each with the configuration that doc/setup shows.

A fence that begins ```conf /etc/some/file in a page is that file. Paths of the pages (/etc, /run, /var,
/usr/local) are moved under the directory, the user vmail becomes nobody, and ports become free ones; what
else a test needs (passwords, logs) it adds. Everything is stopped by process id.
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import processes  # noqa: E402
from processes import free_port  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
PAGES = os.path.join(SOURCE, "doc/setup")
SIEVE = os.path.join(SOURCE, "client/sieve")
SKIPPED = 77
# tests/sanitized.sh: such programs take terabytes of addresses, and tell what they find in the servers' logs.
SANITIZED = "ASAN_OPTIONS" in os.environ

RULES = """
loadplugin Mail::SpamAssassin::Plugin::Check
loadplugin Mail::SpamAssassin::Plugin::Bayes
required_score 5
report_safe 0
bayes_auto_learn 0
bayes_min_spam_num 1
bayes_min_ham_num 1
body DELIVERY_SPAM /xdeliveryspamx/
score DELIVERY_SPAM 12
body DELIVERY_HALF /xdeliveryhalfx/
score DELIVERY_HALF 3.5
body BAYES_LOW eval:check_bayes('0.00', '0.20')
score BAYES_LOW -1
body BAYES_HIGH eval:check_bayes('0.80', '1.00')
score BAYES_HIGH 7
add_header all Status "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_ autolearn=_AUTOLEARN_ version=_VERSION_"
add_header spam Flag _YESNOCAPS_
add_header all Level _STARS(*)_
clear_report_template
report Score _SCORE_ of _REQD_ in the report: _TESTS_
"""


def need(*programs):
    """Ends the test as skipped when a program is not there, or we may not be the several users of a mail server."""
    for program in programs:
        if not shutil.which(program):
            print("SKIPPED: there is no %s (test.sh installs the packages)" % program)
            sys.exit(SKIPPED)
    if os.geteuid() != 0:
        print("SKIPPED: mail servers change users, which needs root")
        sys.exit(SKIPPED)


def wait_for(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.05)


def answers_unix(path):
    try:
        processes.connect_unix(path).close()
        return True
    except OSError:
        return False


def answers_tcp(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


def fences(page):
    """The files that a page shows: path to text, in order."""
    with open(os.path.join(PAGES, page)) as file:
        text = file.read()
    found = {}
    for path, body in re.findall(r"^```conf (/\S+)\n(.*?)^```$", text, re.M | re.S):
        assert path not in found, path
        found[path] = body
    assert found, "%s shows no file" % page
    return found


class Place:
    """The directory all servers of one test live in."""

    def __init__(self):
        # Short, as paths of sockets have a limit; open to the users that the servers become.
        self.directory = tempfile.mkdtemp(prefix="md", dir="/tmp")
        os.chmod(self.directory, 0o755)
        self.servers = []
        self.make("etc/spamassassin", "etc/dovecot", "run", "usr/local/bin", "log", "rules", "site")
        for path in ("var/vmail", "run/spamd"):
            self.make(path)
            shutil.chown(self.path(path), "nobody", "nogroup")
        os.chmod(self.path("log"), 0o777)
        self.write("rules/delivery.cf", RULES)
        self.write("site/init.pre", "# every plugin is in the rules\n")

    def path(self, *parts):
        return os.path.join(self.directory, *(p.lstrip("/") for p in parts))

    def make(self, *paths):
        for path in paths:
            os.makedirs(self.path(path), exist_ok=True)

    def moved(self, text):
        """What a page shows, with its paths under this directory."""
        text = re.sub(r"(?<![\w.}~])/(etc|run|var|usr/local)/", lambda m: self.directory + "/" + m.group(1) + "/", text)
        text = re.sub(r"\bgid=vmail\b", "gid=nogroup", text)
        return re.sub(r"(?<!/)\bvmail\b", "nobody", text)

    def write(self, path, text, mode=0o644):
        full = self.path(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as file:
            file.write(text)
        os.chmod(full, mode)
        return full

    def install_page(self, page, *wanted):
        for path, text in fences(page).items():
            if not wanted or path in wanted:
                self.write(path, self.moved(text))

    def install_programs(self, spamc):
        """What cmake --install and the commands of dovecot.md do."""
        shutil.copy(spamc, self.path("usr/local/bin/spamc"))
        for name in os.listdir(SIEVE):
            with open(os.path.join(SIEVE, name)) as file:
                text = self.moved(file.read())
            if name.endswith(".sieve"):
                self.write("etc/dovecot/sieve/" + name, text)
            elif text.startswith("#!"):
                self.write("usr/local/libexec/miharu/sieve/" + name, text, 0o755)

    def start(self, server):
        self.servers.append(server)
        server.start()
        return server

    def logs(self, last=60):
        for name in sorted(os.listdir(self.path("log"))):
            with open(self.path("log", name), errors="replace") as file:
                lines = file.readlines()
            yield "--- %s\n%s" % (name, "".join(lines[-last:] if last else lines))

    def close(self, failed):
        for server in reversed(self.servers):
            server.stop()
        if failed:
            print("\n".join(self.logs()))
        shutil.rmtree(self.directory, ignore_errors=True)


class Server:
    process = None

    def stop(self):
        if self.process is None:
            return
        processes.stop(self.process)
        self.process = None


class Spamd(Server):
    """spamd with the options of a page's /etc/default/spamd, and rules of our own."""

    def __init__(self, place, program, page, *extra):
        self.place = place
        self.socket = place.path("run/spamd/spamd.sock")
        options = re.search(r'^OPTIONS="(.*)"$', place.moved(fences(page)["/etc/default/spamd"]), re.M).group(1).split()
        self.port = None
        for number, option in enumerate(options):
            if option.startswith("--listen="):  # a port that is surely free
                self.port = free_port()
                options[number] = re.sub(r":\d+$", ":%d" % self.port, option)
        assert self.port or "--socketpath=" + self.socket in options, options
        self.command = [program, *options, "-C", place.path("rules"), "--siteconfigpath=" + place.path("site"),
                        "-s", place.path("log/spamd"), "-H", place.path("run"), *extra]

    def start(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("spamd", lambda: answers_tcp(self.port) if self.port else answers_unix(self.socket))


class Dovecot(Server):
    """dovecot.md's 2.3 files, with a password for everyone, a loopback port for IMAP and a log."""

    def __init__(self, place, extra=""):
        self.place = place
        self.imap_port = free_port()
        self.lmtp = place.path("var/spool/postfix/private/dovecot-lmtp")
        place.install_page("dovecot.md")
        place.make("run/dovecot", "var/lib/dovecot", "var/spool/postfix/private")
        local = place.path("etc/dovecot/local.conf")
        with open(local) as file:
            text = file.read()
        text, count = re.subn(r"= postfix$", "= daemon", text, flags=re.M)
        assert count == 2
        self.config = place.write("etc/dovecot/dovecot.conf", text + """
base_dir = %(d)s/run/dovecot
state_dir = %(d)s/var/lib/dovecot
log_path = %(d)s/log/dovecot
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_fsync = never
passdb {
  driver = static
  args = password=secret
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = %(port)d
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
%(extra)s
""" % {"extra": extra + ("default_vsz_limit = 0\n" if SANITIZED else ""), "d": place.directory, "port": self.imap_port})
        for script in ("before", "after", "learn-spam", "learn-ham"):
            subprocess.run(["sievec", "-c", self.config, place.path("etc/dovecot/sieve/%s.sieve" % script)], check=True)

    def start(self):
        self.process = subprocess.Popen(["dovecot", "-F", "-c", self.config], stdin=subprocess.DEVNULL)
        wait_for("dovecot", lambda: answers_unix(self.lmtp) and answers_tcp(self.imap_port))


def lmtp(path, recipients, message, sender="sender@example.org"):
    """One LMTP transaction; the message's line ends become CRLF and nothing else is touched. The replies."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(120)
        connection.connect(path)
        stream = connection.makefile("rb")

        def reply():
            while True:
                line = stream.readline()
                assert line, "LMTP connection lost"
                if line[3:4] != b"-":
                    return line.decode(errors="replace").strip()

        def say(line):
            connection.sendall(line.encode() + b"\r\n")
            return reply()

        reply()
        say("LHLO test.example.org")
        assert say("MAIL FROM:<%s> BODY=8BITMIME" % sender).startswith("250")
        for recipient in recipients:
            answer = say("RCPT TO:<%s>" % recipient)
            assert answer.startswith("250"), answer
        assert say("DATA").startswith("354")
        lines = message.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        stuffed = b"".join((b"." + line if line.startswith(b".") else line).rstrip(b"\r") + b"\r\n" for line in lines)
        connection.sendall(stuffed + b".\r\n")
        answers = [reply() for _ in recipients]
        say("QUIT")
        return answers


def make_message(name, body, charset=None, encoding="8bit", subject=None):
    head = "From: Ann <ann@example.org>\nTo: Bob <bob@example.net>\nSubject: %s\nMessage-ID: <%s@example.org>\n" \
           "Date: Tue, 03 Mar 2026 10:00:00 +0000\n" % (subject or name, name)
    if charset:
        head += "MIME-Version: 1.0\nContent-Type: text/plain; charset=%s\nContent-Transfer-Encoding: %s\n" % \
                (charset, encoding)
    return head.encode() + b"\n" + body


def mailbox(place, user, folder="INBOX"):
    """The messages in a user's Maildir, as bytes."""
    name, _, domain = user.partition("@")
    root = place.path("var/vmail", domain, name, "Maildir", "" if folder == "INBOX" else "." + folder)
    found = []
    for part in ("new", "cur"):
        directory = os.path.join(root, part)
        if os.path.isdir(directory):
            for entry in sorted(os.listdir(directory)):
                with open(os.path.join(directory, entry), "rb") as file:
                    found.append(file.read())
    return found


def parts(message):
    """Header section and body, line ends as LF: what LMTP makes of both is its own business."""
    head, _, body = message.replace(b"\r\n", b"\n").partition(b"\n\n")
    return head, body


def header(message, name):
    """Values of all fields of a name, unfolded."""
    head = re.sub(rb"\n[ \t]+", b" ", parts(message)[0])
    return [line.partition(b":")[2].strip().decode(errors="replace") for line in head.split(b"\n")
            if line.lower().startswith(name.lower().encode() + b":")]


def run_checks(place, checks):
    """Calls each check; all servers are stopped whatever happens. The exit code."""
    failed = False
    wanted = os.environ.get("DELIVERY_CHECKS", "").split()  # for those who work on one of them
    try:
        for check in [c for c in checks if not wanted or c.__name__ in wanted]:
            began = time.monotonic()
            try:
                check()
                print("ok %s (%.1f s)" % (check.__name__, time.monotonic() - began), flush=True)
            except AssertionError as error:
                failed = True
                print("FAILED %s: %s" % (check.__name__, error), flush=True)
                import traceback
                traceback.print_exc(file=sys.stdout)
        for log in place.logs(None):
            if re.search(r"Sanitizer|runtime error:", log):
                failed = True
                print("FAILED: a program was found wrong in " + log)
        return 1 if failed else 0
    except BaseException:
        failed = True
        raise
    finally:
        place.close(failed)
