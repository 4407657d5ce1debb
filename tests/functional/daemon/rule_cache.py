#!/usr/bin/env python3
"""The rule cache: stored once workers are there, read at the next start, and never believed when it is not as written.

    rule_cache.py SPAMD
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from support import HAM, RULES, SPAM, Daemon, check, failures, read, spam_line, wait_for  # noqa: E402

SPAMD = sys.argv[1]
MORE = RULES + "".join("body OFFER_%d /offer number %d/\n" % (i, i) for i in range(20))


def contents(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def answers_rightly(what, daemon):
    got = [spam_line(daemon.ask(message=m)) for m in (HAM, SPAM, HAM.replace(b"hello", b"offer number 7"))]
    check(what, got == ["False ; 1.0 / 5.0", "True ; 6.0 / 5.0", "False ; 1.0 / 5.0"], got)


with Daemon(SPAMD, "--cf=rule_cache DIR/cache/rules", "-D", "config", rules=MORE,
            prepare=lambda d: os.mkdir(d.dir + "/cache", 0o755)) as d:
    path = d.dir + "/cache/rules"
    answers_rightly("without a cache", d)
    check("the log says that there was none", d.logged("no rule cache: .*cache/rules: No such file"), d.log())
    first = wait_for(lambda: contents(path))
    check("it is stored", first is not None)
    check("all can read it, nobody else write", os.stat(path).st_mode & 0o777 == 0o644, oct(os.stat(path).st_mode))
    check("nothing is left beside it", os.listdir(d.dir + "/cache") == ["rules"], os.listdir(d.dir + "/cache"))
    inode = os.stat(path).st_ino

    def restart():
        d.stop()
        os.truncate(d.log_path, 0)
        d.start()

    restart()
    answers_rightly("with the cache", d)
    check("it is used", "rule cache" not in d.log(), d.log())
    d.stop()
    check("and not written anew", os.stat(path).st_ino == inode and contents(path) == first)

    for what, broken in [("cut short", first[:-1]), ("empty", b""), ("changed", first[:-1] + bytes([first[-1] ^ 1])),
                         ("something else", b"\0" * 1000)]:
        with open(path, "wb") as file:
            file.write(broken)
        restart()
        answers_rightly("with a cache that is " + what, d)
        check("a cache that is %s is not used" % what, d.logged("no rule cache: "), d.log())
        check("a cache that is %s is made anew" % what, wait_for(lambda: contents(path) == first))

    # A reload with one rule more.
    d.write("rules/20.cf", "body ONE_MORE /one (?:more|other) rule/\nscore ONE_MORE 2\n")
    d.reload()
    check("a reload stores what it found out", wait_for(lambda: contents(path) not in (first, None)))
    d.logged("configuration reloaded")
    got = wait_for(lambda: spam_line(d.ask(message=HAM.replace(b"hello", b"one more rule, hello"))) == "False ; 3.0 / 5.0")
    check("and the new rule hits", got)

    os.chmod(d.dir + "/cache", 0o777)
    second = contents(path)
    d.write("rules/20.cf", "")
    d.write("rules/30.cf", "body YET_ANOTHER /yet another rule/\n")
    restart()
    answers_rightly("with a directory that others can write to", d)
    check("it is neither read nor written there", d.logged("no rule cache: .*cache can be written by others") and
          d.logged("rule cache not stored: .*cache can be written by others") and contents(path) == second, d.log())
    d.stop()

with Daemon(SPAMD, "--cf=rule_cache none", "-D", "config", rules=MORE) as d:
    answers_rightly("with rule_cache none", d)
    check("there is no word of it", "rule cache" not in d.log(), read(d.log_path))

sys.exit(1 if failures else 0)
