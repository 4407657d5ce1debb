"""A spamd of its own for each case: temporary directory, small rules, Unix socket, log in a file."""
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support"))
import processes  # noqa: E402
from processes import free_port, read_all  # noqa: E402, F401

RULES = """clear_headers
add_header all Status "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_"
report_safe 0
required_score 5
body SPAMMY /spamspamspam/
score SPAMMY 6
body WORLD /hello world/
score WORLD 1
"""
HAM = b"From: ann@example.com\r\nTo: joe@example.org\r\nSubject: hi\r\nMessage-ID: <ham@example.com>\r\n\r\nhello world\r\n"
SPAM = HAM.replace(b"hello world", b"spamspamspam")
ME = pwd.getpwuid(os.getuid()).pw_name if os.getuid() else "nobody"
failures = []


def check(what, good, detail=""):
    print("%s: %s" % ("ok" if good else "FAILED", what), flush=True)
    if not good:
        failures.append(what)
        print("   ", str(detail)[-3000:], flush=True)
    return good


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    return condition()


def read(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""


class Daemon:
    """options after the usual ones; usual=False leaves only socket, rules and log."""

    def __init__(self, program, *options, rules=RULES, usual=True, sockets=True, prepare=None, start=True, wait=True):
        self.program = program
        self.dir = tempfile.mkdtemp(prefix="spamd.")
        os.chmod(self.dir, 0o755)
        self.socket, self.log_path = self.dir + "/s", self.dir + "/log"
        for folder in ["rules", "site"]:
            os.mkdir(self.dir + "/" + folder)
        self.write("rules/10.cf", rules)
        self.write("site/init.pre", "")
        if prepare:
            prepare(self)
        self.arguments = [program, "-C", self.dir + "/rules", "--siteconfigpath", self.dir + "/site", "-s", self.log_path]
        if sockets:
            self.arguments.append("--socketpath=" + self.socket)
        if usual:
            self.arguments += ["-L", "-x", "-m", "2", "-u", ME]
        self.arguments += [o.replace("DIR", self.dir) for o in options]
        self.process = None
        if start:
            self.start(wait)

    def start(self, wait=True):
        offset = len(self.log())
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE if not wait else subprocess.DEVNULL, cwd=self.dir)
        if wait and not wait_for(lambda: "successfully spawned" in self.log()[offset:] or self.process.poll() is not None):
            raise RuntimeError("spamd does not start: " + self.log())

    def write(self, name, text):
        with open(self.dir + "/" + name, "w") as file:
            file.write(text)

    def log(self):
        return read(self.log_path)

    def logged(self, pattern, seconds=20):
        return wait_for(lambda: re.search(pattern, self.log()), seconds)

    def workers(self):
        """Pids of the workers that are there now."""
        try:
            return [int(p) for p in read("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)).split()]
        except OSError:
            return []

    def connect(self, port=None):
        if port:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        return processes.connect_unix(self.socket, 60)

    def ask(self, verb="CHECK", message=HAM, user=None, port=None, headers=""):
        with self.connect(port) as s:
            return exchange(s, verb, message, user, headers)

    def reload(self):
        before = self.log().count("SIGHUP")
        os.kill(self.process.pid, signal.SIGHUP)
        wait_for(lambda: self.log().count("SIGHUP") > before)

    def stop(self):
        if self.process:
            processes.stop(self.process, 30)
        return self.process.returncode if self.process else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        if self.process and self.process.stderr:
            self.process.stderr.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def exchange(s, verb, message, user=None, headers=""):
    head = "%s SPAMC/1.5\r\n%s" % (verb, headers)
    if user is not None:
        head += "User: %s\r\n" % user
    if verb not in ("PING", "SKIP"):
        head += "Content-length: %d\r\n" % len(message)
    s.sendall(head.encode() + b"\r\n" + (b"" if verb in ("PING", "SKIP") else message))
    return read_all(s)


def spam_line(answer):
    found = re.search(rb"Spam: (\S+ ; \S+ / \S+)", answer)
    return found.group(1).decode() if found else repr(answer[:200])
