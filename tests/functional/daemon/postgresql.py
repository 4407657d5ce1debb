#!/usr/bin/env python3
"""Preferences from a real PostgreSQL, which runs in a temporary directory and listens on a Unix socket there.

    postgresql.py SPAMD
"""
import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from support import HAM, Daemon, check, failures, processes, spam_line, wait_for  # noqa: E402

SPAMD = sys.argv[1]
SKIPPED = 77
TABLE = """create table userpref (username text, preference text, value text);
insert into userpref values ('joe@example.org', 'required_score', '0.5'), ('@GLOBAL', 'required_score', '9'),
 ('@GLOBAL', 'report_safe', null), ('o''hara', 'required_score', '4'), ('example.org', 'required_score', '3'),
 ('ann', 'score', 'WORLD 2'), ('жанна', 'required_score', '6');
create role reader login password 'geheim-17'; grant select on userpref to reader;
"""


class Server:
    """initdb refuses to run as root: everything is nobody's then."""
    process = None

    def __init__(self, programs):
        self.programs = programs
        self.dir = tempfile.mkdtemp(prefix="pg.")
        self.user = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            shutil.chown(self.dir, "nobody")
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def make(self):
        os.chmod(self.dir, 0o755)
        self.run("initdb", "-D", self.dir + "/data", "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        with open(self.dir + "/data/pg_hba.conf", "w") as file:
            file.write("local all owner trust\nlocal all all password\n")
        self.start()
        self.run("psql", "-q", "-h", self.dir, "-U", "owner", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", TABLE)

    def run(self, program, *arguments):
        done = subprocess.run([os.path.join(self.programs, program), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=self.dir, timeout=120, **self.user)
        if done.returncode:
            raise RuntimeError(program + ": " + done.stdout.decode(errors="replace"))
        return done.stdout.decode()

    def start(self):
        self.process = subprocess.Popen(
            [os.path.join(self.programs, "postgres"), "-D", self.dir + "/data", "-k", self.dir, "-c", "listen_addresses=",
             "-c", "fsync=off", "-c", "shared_buffers=4MB"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=self.dir, **self.user)
        if not processes.comes_up(self.process, lambda: processes.connect_unix(self.dir + "/.s.PGSQL.5432")):
            raise RuntimeError("PostgreSQL does not start")
        wait_for(lambda: subprocess.run([os.path.join(self.programs, "pg_isready"), "-q", "-h", self.dir]).returncode == 0)

    def stop(self):
        if self.process:
            processes.stop(self.process)


def main():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [p for p in [shutil.which("initdb")] if p]
    if not found:
        print("SKIPPED: there is no PostgreSQL server (test.sh installs one)")
        return SKIPPED
    server = Server(os.path.dirname(os.path.realpath(found[-1])))
    access = ["-q", "--cf=user_scores_dsn DBI:Pg:dbname=postgres;host=" + server.dir, "--cf=user_scores_sql_username reader"]
    password = ["--cf=user_scores_sql_password geheim-17"]
    try:
        server.make()
        with Daemon(SPAMD, *access, *password) as d:
            def answers(*users):
                return [spam_line(d.ask(user=user)) for user in users]
            check("everybody's rows, and then the user's own", answers("joe@example.org", "nobody", "o'hara", "ann", "жанна") == [
                "True ; 1.0 / 0.5", "False ; 1.0 / 9.0", "False ; 1.0 / 4.0", "False ; 2.0 / 9.0", "False ; 1.0 / 6.0"], d.log())
            check("a name cannot leave its quotes", answers("' or 1=1 --", "\\' or username = 'joe@example.org") ==
                  ["False ; 1.0 / 9.0"] * 2, d.log())
            server.stop()
            got = d.ask(user="joe@example.org")
            check("no server: the request is refused", got.startswith(b"SPAMD/1.0 69 ") or b" 69 EX_UNAVAILABLE" in got, got)
            check("the log says which database", d.logged(r"failed to load user \(joe@example.org\) scores from SQL database: "
                                                          r"SQL error: postgres: "), d.log())
            server.start()
            check("it is back: so are the preferences", answers("joe@example.org") == ["True ; 1.0 / 0.5"], d.log())
            check("no password in the log", "geheim" not in d.log(), d.log())
        with Daemon(SPAMD, *access, *password, "--cf=user_scores_sql_custom_query select preference, value from _TABLE_ where "
                    "username = _DOMAIN_ or username = _MAILBOX_ order by length(username) desc") as d:
            check("a query of the site's own", [spam_line(d.ask(user=user)) for user in
                                                ("joe@example.org", "ann@example.com", "_DOMAIN_@' or true or '", "ann")] ==
                  ["False ; 1.0 / 3.0", "False ; 2.0 / 5.0", "False ; 1.0 / 5.0", "False ; 2.0 / 5.0"], d.log())
        with Daemon(SPAMD, *access, "--cf=user_scores_sql_password wrong-17", "--cf=user_scores_fallback_to_global 1") as d:
            got = spam_line(d.ask(user="joe@example.org", message=HAM))
            check("refused by the server: the site's preferences", got == "False ; 1.0 / 5.0" and d.logged("using the site's"),
                  d.log())
            check("and no password in the log", "wrong-17" not in d.log(), d.log())
        with Daemon(SPAMD, *access, *password, "--cf=user_scores_fallback_to_global 1",
                    "--cf=user_scores_sql_custom_query select 'a', 'b' from pg_sleep(600)") as d:
            got = spam_line(d.ask(user="joe@example.org"))
            check("a query that takes for ever is given up", got == "False ; 1.0 / 5.0" and d.logged("timeout"), d.log())
    finally:
        server.stop()
        shutil.rmtree(server.dir, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
