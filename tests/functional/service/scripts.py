#!/usr/bin/env python3
"""The service scripts: shellcheck and systemd-analyze where they are installed, and rc.d/sa-spamd run
for real against a small rc.subr.

    scripts.py SPAMD RC.D-FOLDER CONFIGURED-FOLDER RULES
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SPAMD, SOURCE, CONFIGURED, RULES = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
failures = []


def check(what, good, detail=""):
    print("%s: %s" % ("ok" if good else "FAILED", what))
    if not good:
        failures.append(what)
        print(detail)


def ping(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(path)
        s.sendall(b"PING SPAMC/1.5\r\n\r\n")
        return s.recv(200)


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def shellcheck():
    if not shutil.which("shellcheck"):
        print("no shellcheck here")
        return
    for script in [CONFIGURED + "/sa-spamd", CONFIGURED + "/spamd.openrc"]:
        done = subprocess.run(["shellcheck", "-s", "sh", "-e", "SC1091", script], stdout=subprocess.PIPE)
        check("shellcheck " + os.path.basename(script), done.returncode == 0, done.stdout.decode())


def systemd(work):
    if not shutil.which("systemd-analyze"):
        print("no systemd-analyze here")
        return
    service = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=" + SPAMD, read(CONFIGURED + "/spamd.service"))
    with open(work + "/spamd.service", "w") as file:
        file.write(service)
    shutil.copy(SOURCE + "/spamd.socket", work)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", work + "/spamd.socket", work + "/spamd.service"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    about = [line for line in done.stdout.decode().splitlines() if "spamd" in line]
    check("systemd-analyze verify", done.returncode == 0 and not about, done.stdout.decode())


def rc_script(work):
    script, run = work + "/sa-spamd", work + "/run/spamd"
    pidfile, log, sock = run + "/spamd.pid", work + "/log", work + "/s"
    text = read(CONFIGURED + "/sa-spamd").replace("/etc/rc.subr", HERE + "/rc.subr")
    text = re.sub(r"(?m)^command=.*", "command=" + SPAMD, text)
    text = re.sub(r"(?m)^required_dirs=.*", "required_dirs=" + work + "/rules", text)
    with open(script, "w") as file:
        file.write(text)
    user = "-u nobody " if os.getuid() == 0 else ""
    os.makedirs(work + "/site")

    def configure(enable):
        with open(work + "/rc.conf", "w") as file:
            file.write("spamd_enable=%s\nspamd_pidfile=%s\nspamd_flags='%s-L -x -m 2 -s %s -C %s/rules "
                       "--siteconfigpath=%s/site --socketpath=%s'\n"
                       % (enable, pidfile, user, log, work, work, sock))

    def call(word):
        done = subprocess.run(["sh", script, word], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=dict(os.environ, RC_CONF=work + "/rc.conf"), timeout=60)
        return done.returncode, done.stdout.decode()

    configure("NO")
    code, said = call("start")
    check("not enabled: does not start", code == 1 and not os.path.exists(sock), said)
    configure("YES")
    code, said = call("start")
    check("no rules directory: does not start", code == 1 and "not a directory" in said, said)
    shutil.copytree(RULES, work + "/rules")
    pid = 0
    try:
        code, said = call("start")
        check("starts and makes its run directory", code == 0 and os.path.isdir(run), said + read(log))
        pid = int(read(pidfile) or 0)
        check("the rule pack has no mistakes", "config:" not in read(log), read(log))
        check("answers", ping(sock) == b"SPAMD/1.5 0 PONG\r\n")
        code, said = call("status")
        check("status says the pid", code == 0 and "pid %d." % pid in said, said)
        check("a second start is refused", call("start")[0] == 1)
        code, said = call("reload")
        check("reload", code == 0 and wait_for(lambda: "configuration reloaded" in read(log)), said + read(log))
        check("the same pid after it", int(read(pidfile) or 0) == pid and ping(sock).startswith(b"SPAMD/"))
        code, said = call("restart")
        fresh = int(read(pidfile) or 0)
        check("restart gives a new pid", code == 0 and fresh not in (0, pid), said + read(log))
        pid = fresh
        check("answers again", ping(sock).startswith(b"SPAMD/"))
        code, said = call("stop")
        check("stops, and removes socket and pid file",
              code == 0 and not os.path.exists(pidfile) and not os.path.exists(sock), said)
        pid = 0
        check("status says it is down", call("status")[0] == 1)
        check("an unknown word is refused", call("dance")[0] == 1)
    finally:
        if pid:
            os.kill(pid, signal.SIGTERM)


def socket_activation(work):
    """What systemd does: hands over bound sockets from descriptor 3 on."""
    path, log = work + "/activated", work + "/log2"
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(path)
    unix.listen(8)
    os.chmod(path, 0o666)
    inet = socket.socket(socket.AF_INET)
    inet.bind(("127.0.0.1", 0))
    inet.listen(8)
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    pid = os.fork()
    if pid == 0:
        first, second = os.dup(unix.fileno()), os.dup(inet.fileno())
        first, second = os.dup2(first, 30), os.dup2(second, 31)
        os.dup2(first, 3)
        os.dup2(second, 4)
        os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()))
        os.execv(SPAMD, [SPAMD, "-L", "-x", "-m", "1", "-s", log, "-C", work + "/rules",
                         "--siteconfigpath=" + work + "/site"] + user)
    try:
        check("answers on a Unix socket it was given", ping(path).startswith(b"SPAMD/"), read(log))
        with socket.create_connection(inet.getsockname(), timeout=20) as s:
            s.sendall(b"PING SPAMC/1.5\r\n\r\n")
            check("answers on a TCP socket it was given", s.recv(200).startswith(b"SPAMD/"), read(log))
        check("and binds nothing else", read(log).count(path) >= 1 and ":783" not in read(log), read(log))
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
    check("the socket file stays with its owner", os.path.exists(path))


with tempfile.TemporaryDirectory() as directory:
    os.chmod(directory, 0o755)
    shellcheck()
    systemd(directory)
    rc_script(directory)
    socket_activation(directory)
sys.exit(1 if failures else 0)
