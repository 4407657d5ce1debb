#!/usr/bin/env python3
"""Users' preferences over the wire: SQL, virtual directories, and nothing of one user left for the next.

    preferences.py SPAMD
"""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from support import HAM, SPAM, Daemon, check, failures, spam_line  # noqa: E402

SPAMD = sys.argv[1]


def make_database(daemon):
    with sqlite3.connect(daemon.dir + "/prefs.db") as db:
        db.execute("create table userpref (username text, preference text, value text)")
        db.executemany("insert into userpref values (?, ?, ?)",
                       [("@GLOBAL", "required_score", "8"), ("joe", "required_score", "3"), ("joe", "score", "WORLD 4"),
                        ("ann@example.org", "required_score", "2"), ("nobody", "required_score", "6"),
                        ("eve", "body", "EVIL /hello/"), ("eve", "user_scores_dsn", "DBI:SQLite:dbname=/etc/passwd")])
    os.chmod(daemon.dir + "/prefs.db", 0o644)


DSN = "--cf=user_scores_dsn DBI:SQLite:dbname=DIR/prefs.db"

with Daemon(SPAMD, "-q", DSN, prepare=make_database) as d:
    for user, message, expected in [("joe", HAM, "True ; 4.0 / 3.0"), ("nobody", HAM, "False ; 1.0 / 6.0"),
                                    ("ann@example.org", HAM, "False ; 1.0 / 2.0"), (None, SPAM, "True ; 6.0 / 6.0"),
                                    ("unknown", SPAM, "False ; 6.0 / 8.0"), ("joe", SPAM, "True ; 6.0 / 3.0"),
                                    ("eve", HAM, "False ; 1.0 / 8.0")]:
        got = spam_line(d.ask(user=user, message=message))
        check("SQL preferences of %s" % user, got == expected, got)
    os.rename(d.dir + "/prefs.db", d.dir + "/gone.db")
    answer = d.ask(user="joe")
    check("the database is gone: refused with 69", answer.startswith(b"SPAMD/1.0 69 ") and b"via SQL" in answer, answer)
    check("and the log says why", d.logged("failed to load user .joe. scores from SQL database"), d.log())
    check("but no password", "secret" not in d.log())
    os.rename(d.dir + "/gone.db", d.dir + "/prefs.db")
    check("and there again", spam_line(d.ask(user="joe")) == "True ; 4.0 / 3.0")

with Daemon(SPAMD, "-q", DSN, "--cf=user_scores_fallback_to_global 1") as d:
    got = spam_line(d.ask(user="joe"))
    check("user_scores_fallback_to_global 1 goes on without the database", got == "False ; 1.0 / 5.0", got)

with Daemon(SPAMD, "-q", DSN, "--cf=user_scores_sql_custom_query select preference, value from _TABLE_ "
            "where username = _MAILBOX_ || '@' || _DOMAIN_", prepare=make_database) as d:
    got = spam_line(d.ask(user="ann@example.org"))
    check("a query of the site's own", got == "False ; 1.0 / 2.0", got)
    got = spam_line(d.ask(user="joe"))
    check("a user without a domain", got == "False ; 1.0 / 5.0", got)

for options, words in [(["-q", "--cf=user_scores_dsn DBI:mysql:database=x;password=secret"], "mysql are not built in"),
                       (["--ldap-config"], "LDAP"), (["--setuid-with-ldap"], "LDAP")]:
    with Daemon(SPAMD, *options, wait=False) as d:
        said = d.process.communicate(timeout=60)[1].decode() + d.log()
        check("%s is refused" % options[0], d.process.returncode != 0 and words in said and "secret" not in said, said)
        check("and leaves no socket", not os.path.exists(d.socket))

# Users on one worker, one after the other and again: what one sets is gone for the next.
PREFERENCES = {"a@x.org": "required_score 1\nscore WORLD 1.5\n", "b@x.org": "required_score 9\n",
               "c@x.org": "welcomelist_from ann@example.com\nadd_header all Extra yes\nreport_safe 1\n",
               "d@x.org": "", "e@y.org": "score WORLD 0\nbody OWN /hello/\nscore OWN 2\n"}


def make_users(daemon):
    for name, text in PREFERENCES.items():
        local, domain = name.split("@")
        os.makedirs("%s/mail/%s/%s" % (daemon.dir, domain, local))
        if text:
            daemon.write("mail/%s/%s/user_prefs" % (domain, local), text)


with Daemon(SPAMD, "-m", "1", "--virtual-config-dir=DIR/mail/%d/%l", "--cf=allow_user_rules 1", prepare=make_users) as d:
    alone = {}
    for name in PREFERENCES:
        alone[name] = (spam_line(d.ask(user=name)), d.ask("HEADERS", user=name), d.ask("SYMBOLS", user=name))
    check("user_prefs count", (alone["a@x.org"][0], alone["b@x.org"][0], alone["d@x.org"][0]) ==
          ("True ; 1.5 / 1.0", "False ; 1.0 / 9.0", "False ; 1.0 / 5.0"), alone)
    check("a header of his own", b"X-Spam-Extra: yes" in alone["c@x.org"][1], alone["c@x.org"])
    check("a rule of his own", b"OWN" in alone["e@y.org"][2] and b"WORLD" not in alone["e@y.org"][2], alone["e@y.org"])
    leaks = []
    for first in PREFERENCES:
        for second in PREFERENCES:
            d.ask(user=first)
            got = (spam_line(d.ask(user=second)), d.ask("HEADERS", user=second), d.ask("SYMBOLS", user=second))
            if got != alone[second]:
                leaks.append((first, second, got))
    check("nothing of one user is left for the next", not leaks, leaks)
    d.write("mail/x.org/a/user_prefs", "required_score 1\n" + "# and so on\n" * 400000)
    check("a user_prefs without end does not count", spam_line(d.ask(user="a@x.org")) == "False ; 1.0 / 5.0" and
          d.logged("cannot open .*File too large"), d.log())
    check("all on one worker", len(set(d.workers())) == 1 or not os.path.exists("/proc/self/task"))

sys.exit(1 if failures else 0)
