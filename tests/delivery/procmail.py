#!/usr/bin/env python3
"""Delivery by procmail and by maildrop through spamc, set up as doc/setup/procmail.md says: spamd without -u,
whose workers become the user of each request.

    procmail.py SPAMD SPAMC
"""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
from servers import header, make_message, parts  # noqa: E402

HAM = make_message("ham", "До завтра, ваш Иван.\n".encode(), "utf-8")
SPAM = make_message("spam", "Купите xdeliveryspamx сейчас.\n".encode(), "utf-8")


def main():
    programs = [p for p in ("procmail", "maildrop") if shutil.which(p)]
    if not programs:
        servers.need("procmail")
    servers.need()
    place = servers.Place()
    place.install_programs(sys.argv[2])
    place.install_page("procmail.md")
    spamd = servers.Spamd(place, sys.argv[1], "procmail.md")

    def home(name):
        """A home directory with the folders."""
        for folder in ("", ".Junk/"):
            for part in ("new", "cur", "tmp"):
                place.make("home/%s/Maildir/%s%s" % (name, folder, part))
        subprocess.run(["chown", "-R", "nobody:nogroup", place.path("home", name)], check=True)
        return place.path("home", name)

    def stored(where, folder):
        new = os.path.join(where, "Maildir", folder, "new")
        found = []
        for name in os.listdir(new):
            with open(os.path.join(new, name), "rb") as file:
                found.append(file.read())
            os.unlink(os.path.join(new, name))
        return found

    def delivered(command, where, sent, folder, is_marked):
        done = subprocess.run(command, input=sent, user="nobody", group="nogroup", extra_groups=[], cwd=where,
                              env={"HOME": where, "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=100)
        assert done.returncode == 0, done.stdout
        message, = stored(where, folder)
        assert not stored(where, "" if folder else ".Junk")
        # procmail ends every message with an empty line.
        body = parts(sent)[1] + (b"\n" if command[0] == "procmail" else b"")
        assert parts(message)[1] == body, parts(message)[1]
        assert len(header(message, "X-Spam-Status")) == (1 if is_marked else 0)

    def command_of(program, where):
        if program == "procmail":
            return ["procmail", "HOME=" + where, place.path("etc/procmailrc")]
        # maildrop takes home and shell (nobody has none) from the passwd file, and only a file of the user's own.
        with open(place.path("etc/maildroprc")) as file:
            text = 'SHELL="/bin/sh"\n' + file.read().replace("$HOME", where)
        own = place.write("home/maildrop/filter", text, 0o600)
        shutil.chown(own, "nobody")
        return ["maildrop", own]

    def marked_and_filed():
        for program in programs:
            where = home(program)
            command = command_of(program, where)
            delivered(command, where, HAM, "", True)
            delivered(command, where, SPAM, ".Junk", True)

    def delivered_without_the_daemon():
        spamd.stop()
        for program in programs:
            where = place.path("home", program)
            delivered(command_of(program, where), where, SPAM, "", False)

    place.start(spamd)
    return servers.run_checks(place, [marked_and_filed, delivered_without_the_daemon])


if __name__ == "__main__":
    sys.exit(main())
