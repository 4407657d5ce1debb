#!/usr/bin/env python3
"""Every option of spamd used once for real, and its signals.

    options.py SPAMD
"""
import grp
import json
import os
import pwd
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from support import (HAM, ME, RULES, SPAM, Daemon, check, exchange, failures, free_port, read, read_all, spam_line,  # noqa: E402
                     wait_for)

SPAMD = sys.argv[1]
ROOT = os.getuid() == 0
PONG = b"SPAMD/1.5 0 PONG\r\n"


def run(*arguments, **more):
    done = subprocess.run([SPAMD] + list(arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def command_line():
    code, out, _ = run("-V")
    check("-V", code == 0 and out.startswith("SpamAssassin Server version 4.0.1"), out)
    check("--version", run("--version")[0] == 0)
    code, out, _ = run("-h")
    check("-h", code == 0 and "--max-children" in out, out)
    for arguments, code in [(["-F1"], 2), (["--add-from"], 2), (["--no-such-option"], 64), (["word"], 64),
                            (["--socketmode=9"], 64), (["-A", "nonsense"], 64), (["-m", "many"], 64),
                            (["--virtual-config-dir=/x/%u"], 255), (["-q"], 255), (["--vpopmail"], 255),
                            (["--ssl-ca-file=/nonexistent/ca.pem"], 78)]:
        got = run(*arguments)
        check("refused: %s" % " ".join(arguments), got[0] == code and got[2], got)


def lint():
    with tempfile.TemporaryDirectory() as directory:
        os.mkdir(directory + "/site")
        rules = directory + "/rules.cf"

        def checked(text, *more):
            with open(rules, "w") as f:
                f.write(text)
            return run("--lint", "-L", "--configpath=" + rules, "--siteconfigpath=" + directory + "/site", *more)

        good, bad = "header GOOD Subject =~ /x/\n", "header GOOD Subject =~ /x/\nnonsense\n"
        check("--lint", checked(good) == (0, "", ""))
        code, out, err = checked(bad)
        check("--lint finds", code == 1 and out == "" and "nonsense" in err and rules in err, (code, out, err))
        check("--lint --json", checked(good, "--json") == (0, "[]\n", ""))
        code, out, err = checked(bad, "--json")
        check("--lint --json finds", code == 1 and err == "" and [(p["file"], p["line"], p["severity"]) for p in json.loads(out)] ==
              [(rules, 2, "error")], (code, out, err))
        code, out, err = checked("")
        check("--lint without rules", code == 255 and "no rules were found" in err, (code, out, err))


def configuration():
    with Daemon(SPAMD, "--pre=loadplugin No::Such", "--cf=required_score 0.5", "--cf=score WORLD 2", "--no-local", "-L") as d:
        check("--cf, --configpath, --siteconfigpath, -L", spam_line(d.ask()) == "True ; 2.0 / 0.5", d.ask())
        check("--pre", "No::Such" in d.log(), d.log())
        check("no TELL without -l", d.ask("TELL", headers="Message-class: ham\r\nSet: local\r\n").startswith(b"SPAMD/1.0 69"))
    with Daemon(SPAMD, "-l", "--cf=bayes_path DIR/bayes", "--cf=use_bayes 1", "--pre=loadplugin Mail::SpamAssassin::Plugin::Bayes",
                prepare=lambda d: os.chmod(d.dir, 0o777)) as d:
        got = d.ask("TELL", headers="Message-class: ham\r\nSet: local\r\n")
        check("-l", got.startswith(b"SPAMD/1.1 0 EX_OK") and b"DidSet: local" in got, got)
    with Daemon(SPAMD, "--max-size=1000") as d:
        got = d.ask(message=HAM + b"x" * 2000)
        check("--max-size", not got.startswith(b"SPAMD/1.1 0"), got)
        check("and the next one is served", spam_line(d.ask()) == "False ; 1.0 / 5.0")


def listening():
    port, second = free_port(), free_port()
    with Daemon(SPAMD, "-i", "127.0.0.1:%d" % port, "--listen=DIR/other", "-p", str(second), "--ip-address=127.0.0.1") as d:
        check("--listen host:port", d.ask("PING", port=port) == PONG)
        check("--port, --ip-address", d.ask("PING", port=second) == PONG)
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(d.dir + "/other")
            check("--listen path", exchange(s, "PING", b"") == PONG)
        check("start line", re.search(r"server started on .*IO::Socket::IP \[127\.0\.0\.1\]:%d" % port, d.log()), d.log())
    port = free_port()
    with Daemon(SPAMD, "-4", "--listen-ip=localhost:%d" % port) as d:
        check("-4", d.ask("PING", port=port) == PONG and "[::1]" not in d.log(), d.log())
    if socket.has_ipv6 and read("/proc/net/if_inet6"):
        port = free_port()
        with Daemon(SPAMD, "-6", "-i", "localhost:%d" % port) as d:
            with socket.create_connection(("::1", port)) as s:
                check("-6", exchange(s, "PING", b"") == PONG and "[127.0.0.1]" not in d.log(), d.log())
    port = free_port()
    with Daemon(SPAMD, "-i", "127.0.0.1:%d" % port, "-A", "192.0.2.0/24,198.51.100.", "-A", "2001:db8::/32") as d:
        try:
            got = d.ask("PING", port=port)
        except ConnectionError:
            got = b""
        check("-A: others get no byte", got == b"" and d.logged("unauthorized connection from"), d.log())
        check("-A does not concern Unix sockets", d.ask("PING") == PONG)
    options = ["--socketmode=0600"]
    if ROOT:
        options += ["--socketowner=nobody", "--socketgroup=" + grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name]
    with Daemon(SPAMD, *options) as d:
        found = os.stat(d.socket)
        check("--socketmode", stat.S_IMODE(found.st_mode) == 0o600, oct(found.st_mode))
        if ROOT:
            nobody = pwd.getpwnam("nobody")
            check("--socketowner, --socketgroup", (found.st_uid, found.st_gid) == (nobody.pw_uid, nobody.pw_gid), found)


def tls():
    if not shutil.which("openssl"):
        print("no openssl here")
        return

    def certificates(d):
        for name in ["server", "client"]:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-days", "2",
                            "-keyout", "%s/%s.key" % (d.dir, name), "-out", "%s/%s.pem" % (d.dir, name)],
                           check=True, stderr=subprocess.DEVNULL)
            os.chmod("%s/%s.key" % (d.dir, name), 0o644)

    def ask(port, authority, client=None):
        context = ssl.create_default_context(cafile=authority)
        context.check_hostname = False
        if client:
            context.load_cert_chain(client + ".pem", client + ".key")
        with socket.create_connection(("127.0.0.1", port), timeout=60) as plain, context.wrap_socket(plain) as s:
            s.sendall(b"CHECK SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(SPAM) + SPAM)
            return read_all(s)

    port = free_port()
    keys = ["--server-key=DIR/server.key", "--server-cert=DIR/server.pem"]
    with Daemon(SPAMD, "--ssl", "--ssl-port=%d" % port, "-i", "127.0.0.1", *keys, prepare=certificates) as d:
        got = ask(port, d.dir + "/server.pem")
        check("--ssl, --ssl-port, --server-key, --server-cert", spam_line(got) == "True ; 6.0 / 5.0", got)
        check("the log says the cipher", d.logged(r"connection from .*, TLSv1\.[23]"), d.log())
    port = free_port()
    with Daemon(SPAMD, "-i", "ssl:127.0.0.1:%d" % port, "--ssl-verify", "--ssl-ca-file=DIR/client.pem", *keys,
                prepare=certificates) as d:
        got = ask(port, d.dir + "/server.pem", d.dir + "/client")
        check("--ssl-verify with a certificate", spam_line(got) == "True ; 6.0 / 5.0", got)
        try:
            got = ask(port, d.dir + "/server.pem")
        except OSError:
            got = b""
        check("--ssl-verify without one", got == b"", got)
        check("and the worker goes on", spam_line(ask(port, d.dir + "/server.pem", d.dir + "/client")) == "True ; 6.0 / 5.0")


def vpopmail(account, options):
    """A stand-in of vpopmail's own program knows one user."""
    def make(d):
        os.makedirs(d.dir + "/vmail/joe/.spamassassin")
        d.write("vmail/joe/.spamassassin/user_prefs", "required_score 0.5\n")
        os.makedirs(account.pw_dir + "/bin", exist_ok=True)
        for name in ["vuserinfo", "valias"]:
            with open(account.pw_dir + "/bin/" + name, "w") as file:
                file.write("#!/bin/sh\ntest \"$*\" = '-d joe@example.org' && echo %s/vmail/joe\n" % d.dir)
            os.chmod(account.pw_dir + "/bin/" + name, 0o755)
        os.chmod(account.pw_dir, 0o755)
    with Daemon(SPAMD, "-v", "-u", account.pw_name, *options, usual=False, prepare=make) as d:
        got = [spam_line(d.ask(user=user)) for user in ["joe@example.org", "ann@example.org", "-d", "joe@example.org"]]
        check("--vpopmail", got == ["True ; 1.0 / 0.5", "False ; 1.0 / 5.0", "False ; 1.0 / 5.0", "True ; 1.0 / 0.5"], got)
        check("an unknown user is noted", d.logged("unable to find user: 'ann@example.org'"), d.log())
    with Daemon(SPAMD, "-v", "-P", "-u", account.pw_name, *options, usual=False, prepare=make) as d:
        check("-v -P: refused", d.ask(user="ann@example.org") == b"" and spam_line(d.ask(user="joe@example.org")) ==
              "True ; 1.0 / 0.5", d.log())


def sql_as_user(account, options):
    """-Q: preferences are root's to read, the scan is the user's."""
    def make(d):
        with sqlite3.connect(d.dir + "/prefs.db") as db:
            db.execute("create table userpref (username text, preference text, value text)")
            db.execute("insert into userpref values (?, 'required_score', '0.5')", (account.pw_name,))
        os.chmod(d.dir + "/prefs.db", 0o600)
    with Daemon(SPAMD, "-x", "-Q", "--cf=user_scores_dsn DBI:SQLite:dbname=DIR/prefs.db", *options, usual=False, prepare=make) as d:
        got = [spam_line(d.ask(user=user)) for user in [account.pw_name, "nobody", account.pw_name]]
        check("-Q: preferences count", got == ["True ; 1.0 / 0.5", "False ; 1.0 / 5.0", "True ; 1.0 / 0.5"], (got, d.log()))
        check("-Q: as the user", len(re.findall("message .*for %s:%d in|for %s:%d in" % (
            account.pw_name, account.pw_uid, account.pw_name, account.pw_uid), d.log())) >= 2, d.log())
        d.ask(user="root")
        check("-Q: never as root", not re.search(r"for \S+:0 in", d.log()), d.log())


def users():
    with Daemon(SPAMD, "--check-peer-user") as d:
        name = pwd.getpwuid(os.getuid()).pw_name
        check("--check-peer-user: oneself", spam_line(d.ask(user=name)) == "False ; 1.0 / 5.0")
        if not ROOT:
            check("--check-peer-user: someone else", d.ask(user="root").startswith(b"SPAMD/1.0 69"))
    if not ROOT:
        print("not root: -U, -P, -g, -c and -Q are left out")
        return
    # Without -u each request runs as its user and never as root.
    plain = ["-L", "-m", "2"]
    nobody = pwd.getpwnam("nobody")
    other = next(u for u in pwd.getpwall() if u.pw_uid not in (0, nobody.pw_uid))
    with Daemon(SPAMD, "-x", "-U", other.pw_name, *plain, usual=False) as d:
        d.ask(user=nobody.pw_name)
        check("runs as the user", d.logged("for nobody:%d in" % nobody.pw_uid), d.log())
        for who in ["root", "no-such-user", None]:
            before = len(d.log())
            d.ask(user=who)
            check("-U: %s becomes another" % who, wait_for(lambda: re.search(r"message .* for \S+:%d in|for \S+:%d in" % (
                other.pw_uid, other.pw_uid), d.log()[before:])), d.log()[before:])
        check("never as root", not re.search(r"for \S+:0 in", d.log()), d.log())
    with Daemon(SPAMD, "-x", "-P", *plain, usual=False) as d:
        check("-P: an unknown user is refused", d.ask(user="no-such-user") == b"", d.log())
        check("-P: a known one is not", spam_line(d.ask(user=nobody.pw_name)) == "False ; 1.0 / 5.0")
    group = next(g for g in grp.getgrall() if g.gr_gid not in (0, nobody.pw_gid))
    with Daemon(SPAMD, "-m", "1", "-g", group.gr_name) as d:
        d.ask()  # whoever answers has changed his user
        status = read("/proc/%d/status" % d.workers()[0]) if d.workers() else ""
        check("-u, -g", not d.workers() or re.search(r"Uid:(\s+%d){4}" % nobody.pw_uid, status) and
              re.search(r"Gid:(\s+%d){4}" % group.gr_gid, status), status)
    made = subprocess.run(["useradd", "-m", "-d", "/tmp/miharu-test-home-%d" % os.getpid(), "miharu-test"],
                          stderr=subprocess.DEVNULL) if shutil.which("useradd") and shutil.which("userdel") else None
    if made and made.returncode == 0:
        try:
            home = pwd.getpwnam("miharu-test")
            prefs = home.pw_dir + "/.spamassassin/user_prefs"
            with Daemon(SPAMD, "-c", "--user-config", "-H", *plain, usual=False) as d:
                d.ask(user="miharu-test")
                check("-c creates the file, as the user", os.path.exists(prefs) and os.stat(prefs).st_uid == home.pw_uid, d.log())
                with open(prefs, "a") as file:
                    file.write("required_score 0.5\n")
                check("--user-config", spam_line(d.ask(user="miharu-test")) == "True ; 1.0 / 0.5")
            vpopmail(home, plain)
            sql_as_user(home, plain)
        finally:
            subprocess.run(["userdel", "-r", "miharu-test"], stderr=subprocess.DEVNULL)
    else:
        print("no user can be added here: -c is left out")


def logs():
    with Daemon(SPAMD, "--timing", "-D", "--log-timestamp-fmt=%Y@%H") as d:
        d.ask()
        check("--timing", d.logged("timing: "), d.log())
        check("--debug", d.logged(r" dbg: "), d.log())
        check("--log-timestamp-fmt", re.search(r"(?m)^\d{4}@\d\d \[\d+\] info: ", d.log()), d.log())
        check("result line", d.logged(r"spamd: result: \.  1 - WORLD scantime=\d+\.\d,size=%d,user=\(unknown\),uid=\d+,required_score="
                                      r"5\.0,rhost=localhost,raddr=127\.0\.0\.1,rport=%s,mid=<ham@example\.com>,autolearn=" %
                                      (len(HAM), d.socket)), d.log())
    # Also with "null", as spamd 4.0.1 does.
    for name, extra in [("stderr", []), ("mail", ["--syslog-socket=none"]), ("null", [])]:
        with Daemon(SPAMD, start=False) as d:
            d.arguments[d.arguments.index(d.log_path)] = name
            with open(d.log_path, "w") as err:
                d.process = subprocess.Popen(d.arguments + extra, stdin=subprocess.DEVNULL, stderr=err)
            check("-s %s %s" % (name, " ".join(extra)), d.logged("server pid: %d" % d.process.pid), d.log())
    with Daemon(SPAMD, start=False) as d:
        d.arguments[d.arguments.index(d.log_path)] = "file"
        d.process = subprocess.Popen(d.arguments, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=d.dir)
        check("-s file", wait_for(lambda: "server pid" in read(d.dir + "/spamd.log")))
    with Daemon(SPAMD, start=False) as d:
        d.arguments[d.arguments.index(d.log_path)] = "null"
        os.chmod(d.dir, 0o777)
        done = subprocess.run(d.arguments + ["-d", "-r", d.dir + "/pid"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=d.dir, timeout=60)
        answer = d.ask()
        os.kill(int(read(d.dir + "/pid")), signal.SIGTERM)
        check("-s null -d", wait_for(lambda: not os.path.exists(d.dir + "/pid")) and spam_line(answer) == "False ; 1.0 / 5.0" and
              b"child" not in done.stdout and "spamd.log" not in os.listdir(d.dir), done.stdout)
    with Daemon(SPAMD, "-D", "config", rules=RULES + "nonsense\nheader BROKEN Subject =~ /(/\n") as d:
        lines = re.findall(r"(?m)\] (\S+: .*10\.cf \(line .*)$", d.log())
        first = RULES.count("\n") + 1
        check("problems of the configuration in SpamAssassin's words, each with file and line", lines == [
            "warn: config: failed to parse line in %s/rules/10.cf (line %d): nonsense" % (d.dir, first),
            "warn: config: invalid regexp for BROKEN '/(/': Unmatched ( in %s/rules/10.cf (line %d)" % (d.dir, first + 1)], lines)
        check("and no area twice", not re.search(r"(config: ){2}|\d: config:", d.log()), d.log())


def filtered(daemon, more):
    """A worker has so many filters more than we have; kernels before 5.9 do not tell."""
    def number(pid):
        return re.search(r"Seccomp_filters:\t(\d+)", read("/proc/%s/status" % pid))
    worker = daemon.workers()
    if worker and number("self"):
        there = "no system call filter" not in daemon.log()
        got = int(number(worker[0]).group(1)) - int(number("self").group(1))
        check("system call filters: %d" % more, got == (more if there else 0), got)


def turning_program(d):
    d.write("turn", "#!/bin/sh\ncat \"$1\" | (tr -d '\\r\\n'; echo) | sed 's/maps/spam/g'\n")
    os.chmod(d.dir + "/turn", 0o755)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return ") Z " not in read("/proc/%d/stat" % pid)  # dead, and nobody has buried it


def workers():
    with Daemon(SPAMD, "-r", "DIR/pid", "-d", "--stop-at-threshold", prepare=lambda d: os.chmod(d.dir, 0o777), start=False) as d:
        starter = subprocess.run(d.arguments, timeout=60)
        pid = int(read(d.dir + "/pid") or 0)
        check("-d, -r", starter.returncode == 0 and pid > 1 and d.ask("PING") == PONG, d.log())
        check("in a session of its own, at /", os.getsid(pid) == pid and
              (not os.path.exists("/proc/self/cwd") or os.readlink("/proc/%d/cwd" % pid) == "/"))
        os.kill(pid, signal.SIGHUP)
        check("HUP keeps the pid with -d", d.logged("configuration reloaded") and int(read(d.dir + "/pid")) == pid, d.log())
        os.kill(pid, signal.SIGTERM)
        check("TERM removes pid file and socket", wait_for(lambda: not os.path.exists(d.dir + "/pid") and not os.path.exists(d.socket)))

    with Daemon(SPAMD, "-m", "1", "--max-conn-per-child=3") as d:
        answers = [spam_line(d.ask()) for _ in range(10)]
        check("--max-conn-per-child: all are served", answers == ["False ; 1.0 / 5.0"] * 10, answers)
        check("by new workers", d.logged(r"(?s)(successfully spawned.*){4}"), d.log())

    with Daemon(SPAMD, "--round-robin", "-m", "3") as d:
        check("--round-robin starts them all", d.logged(r"(?s)(successfully spawned.*){3}"), d.log())
        d.ask()
        check("and leaves the number alone", "prefork: adjust" not in d.log(), d.log())

    with Daemon(SPAMD, "-m", "3", "--min-children=1", "--min-spare=1", "--max-spare=1") as d:
        held = []
        for n in range(3):  # each holds a worker
            held.append(d.connect())
            held[-1].sendall(b"CHECK SPAMC/1.5\r\n")
            d.logged(r"(?s)(got connection.*){%d}" % (n + 1))
        check("--min-spare, --max-children: grows", d.logged("Increasing spamd children") and d.logged("reached --max-children"), d.log())
        # All are busy: one more waits in the queue of the socket and is answered in the end.
        late = []
        waiting = [threading.Thread(target=lambda: late.append(d.ask("PING"))) for _ in range(3)]
        for thread in waiting:
            thread.start()
        os.kill(d.process.pid, signal.SIGUSR2)
        check("USR2 prints the scoreboard", d.logged(r"spamd: scoreboard: B{3}\s"), d.log())
        for s in held:
            s.sendall(b"Content-length: %d\r\n\r\n" % len(HAM) + HAM)
            check("a client that waited is served", spam_line(read_all(s)) == "False ; 1.0 / 5.0")
            s.close()
        for thread in waiting:
            thread.join(60)
        check("PING is answered although all were busy", late == [PONG] * 3, late)
        check("--max-spare, --min-children: shrinks", d.logged("Decreasing spamd children"), d.log())

    with Daemon(SPAMD, "--min-children=2") as d:
        def switches():
            found = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", read("/proc/%d/status" % d.process.pid), re.M)
            return int(found.group(1)) if found else 0
        d.ask()
        before = switches()
        for _ in range(300):
            d.ask("PING")
        check("messages do not wake the parent of a pool of fixed size", switches() - before < 150, switches() - before)

    with Daemon(SPAMD, "--min-children=2") as d:
        d.ask()
        left, stop = d.workers(), threading.Event()

        def keep_busy():
            while not stop.is_set():
                try:
                    d.ask("PING")
                except OSError:
                    return
        clients = [threading.Thread(target=keep_busy) for _ in range(4)]
        for client in clients:
            client.start()
        d.process.kill()
        d.process.wait()
        check("workers whose parent has died leave, busy or not", wait_for(lambda: not any(map(alive, left))), left)
        stop.set()
        for client in clients:
            client.join(60)

    with Daemon(SPAMD, "-T", "1", "-t", "2") as d:
        with d.connect() as s:
            got = read_all(s)
            check("--timeout-tcp", got.startswith(b"SPAMD/1.0 79 Timeout") and b"1 second socket timeout" in got, got)
        with d.connect() as s:
            s.sendall(b"CHECK SPAMC/1.5\r\nContent-length: 1000\r\n\r\nSubject: x\r\n")
            got = read_all(s)
            check("--timeout-child", b"79 Timeout" in got and b"(2 second timeout while trying to CHECK)" in got, got)
        check("and the next one is served", spam_line(d.ask()) == "False ; 1.0 / 5.0")

    with Daemon(SPAMD, "-m", "1", "--no-confine") as d:
        check("--no-confine", spam_line(d.ask()) == "False ; 1.0 / 5.0")
        if d.workers():
            status = read("/proc/%d/status" % d.workers()[0])
            check("lifts it", "NoNewPrivs:\t0" in status, status)
    with Daemon(SPAMD, "-m", "1") as d:
        check("confined by default", spam_line(d.ask()) == "False ; 1.0 / 5.0")
        if d.workers():
            status = read("/proc/%d/status" % d.workers()[0])
            check("has no-new-privs", "NoNewPrivs:\t1" in status, status)
            filtered(d, 1)
    # Programs that plugins start live under the filter, too: a shell, a pipe, two processes.
    attached = (HAM.replace(b"\r\n\r\nhello world", b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                            b"--b\r\n\r\nhello world\r\n--b\r\nContent-Type: application/x-test\r\nContent-Disposition: "
                            b"attachment; filename=a.test\r\n\r\nmapsmapsmaps\r\n--b--"))
    with Daemon(SPAMD, "-m", "1", "--pre=loadplugin Mail::SpamAssassin::Plugin::ExtractText",
                "--cf=extracttext_external turn DIR/turn {}", "--cf=extracttext_use turn .test application/x-test",
                prepare=turning_program) as d:
        got = spam_line(d.ask(message=attached))
        check("a plugin's program works under the filter", got == "True ; 7.0 / 5.0", (got, d.log()))
    for option in ["--no-seccomp", "--no-confine"]:
        with Daemon(SPAMD, "-m", "1", option) as d:
            check(option + " scans too", spam_line(d.ask()) == "False ; 1.0 / 5.0")
            filtered(d, 0)


def reloads():
    """Four clients send without pause through 20 reloads, one of them with a broken file."""
    with Daemon(SPAMD, "-m", "4", "--min-children=2", "--max-conn-per-child=20") as d:
        stop = threading.Event()
        bad, sent = [], [0] * 4

        def client(n):
            while not stop.is_set():
                try:
                    answer = spam_line(d.ask(message=SPAM))
                    if answer not in ("True ; 6.0 / 5.0", "True ; 7.0 / 5.0"):
                        bad.append(answer)
                except Exception as e:  # whatever it is, a request failed
                    bad.append(repr(e))
                sent[n] += 1

        threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        good = read(d.dir + "/rules/10.cf")
        for n in range(20):
            before = len(re.findall(r"configuration reloaded|reload failed", d.log()))
            wait_for(lambda base=list(sent): all(now > then for now, then in zip(sent, base)))
            if n == 10:
                d.write("rules/10.cf", good + "header BROKEN Subject =~ /(/\nnonsense\n")
            else:
                d.write("rules/10.cf", good.replace("SPAMMY 6", "SPAMMY 7") if n % 2 else good)
            d.reload()
            wait_for(lambda: len(re.findall(r"configuration reloaded|reload failed", d.log())) > before)
        stop.set()
        for thread in threads:
            thread.join(60)
        print("    %d requests" % sum(sent))
        check("no request failed", not bad and sum(sent) > 80, bad[:5])
        check("19 reloads", d.log().count("configuration reloaded") == 19, d.log())
        check("one was refused, with file and line", d.log().count("reload failed") == 1 and "10.cf (line " in d.log(), d.log())
        check("same process", d.process.poll() is None and set(re.findall(r"server pid: (\d+)", d.log())) == {str(d.process.pid)})
        check("the last file counts", wait_for(lambda: spam_line(d.ask(message=SPAM)) == "True ; 7.0 / 5.0"))


def start_line():
    """The line of a FreeBSD mail server, with directories of our own."""
    def mail(d):
        os.makedirs(d.dir + "/mail/example.org/joe/spamassassin/spamd")
        d.write("mail/example.org/joe/spamassassin/spamd/user_prefs", "required_score 0.5\n")
        os.mkdir(d.dir + "/run")
    with Daemon(SPAMD, "-c", "-u", ME, "-x", "--virtual-config-dir=DIR/mail/%d/%l/spamassassin/spamd", "-d", "-r", "DIR/run/spamd.pid",
                prepare=mail, usual=False, start=False) as d:
        starter = subprocess.run(d.arguments, timeout=60)
        pid = int(read(d.dir + "/run/spamd.pid") or 0)
        try:
            check("the start line of a mail server", starter.returncode == 0 and spam_line(d.ask(user="joe@example.org")) ==
                  "True ; 1.0 / 0.5", d.log())
        finally:
            if pid:
                os.kill(pid, signal.SIGTERM)


for part in [command_line, lint, configuration, listening, tls, users, logs, workers, reloads, start_line]:
    if len(sys.argv) < 3 or part.__name__ in sys.argv[2:]:
        part()
sys.exit(1 if failures else 0)
