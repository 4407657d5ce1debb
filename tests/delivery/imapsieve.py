#!/usr/bin/env python3
"""Learning by moving messages into and out of Junk with an IMAP client, through a real Dovecot set up as
doc/setup/dovecot.md says: imapsieve, learn-spam and learn-ham, spamc, spamd, and a token store for each
virtual user.

    imapsieve.py SPAMD SPAMC
"""
import imaplib
import os
import sqlite3
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402
from servers import header, lmtp, mailbox, make_message  # noqa: E402

OFFER = b"Cheap watches and pills shipped tonight, unbelievable discount guaranteed.\n"
LETTER = b"Grandmother planted tulips behind the garden shed yesterday afternoon.\n"


def main():
    servers.need("dovecot", "sievec")
    spamd_program, spamc = sys.argv[1:3]
    place = servers.Place()
    place.install_programs(spamc)
    dovecot = servers.Dovecot(place)
    joe, ann = "joe@train.example", "ann@train.example"
    numbers = iter(range(1000))

    def deliver(user, body):
        """Delivers a message of this text, with a Message-ID of its own, and says where it went and why."""
        name = "m%d" % next(numbers)
        answer, = lmtp(dovecot.lmtp, [user], make_message(name, body + b"Number %s\n" % name.encode()))
        assert answer.startswith("250"), answer
        for folder in ("INBOX", "Junk"):
            for stored in mailbox(place, user, folder):
                if header(stored, "Message-ID") == ["<%s@example.org>" % name]:
                    return name, folder, header(stored, "X-Spam-Status")[0]
        raise AssertionError("lost")

    def transfer(user, name, source, target, command="MOVE"):
        client = imaplib.IMAP4("127.0.0.1", dovecot.imap_port)
        try:
            client.login(user, "secret")
            assert client.select(source)[0] == "OK"
            _, (found,) = client.uid("SEARCH", "HEADER", "Message-ID", "<%s@example.org>" % name)
            assert found, "%s is not in %s" % (name, source)
            uid = found.split()[0].decode()
            if command == "MOVE":
                imaplib.Commands.setdefault("MOVE", ("SELECTED",))
            kind, data = client.uid(command, uid, target)
            assert kind == "OK", data
        finally:
            client.logout()

    def store(user):
        name, _, domain = user.partition("@")
        return place.path("var/vmail", domain, name, "spamassassin/bayes.sqlite")

    def learned(user):
        """How many messages of either kind the user's store knows, and its tokens."""
        if not os.path.exists(store(user)):
            return 0, 0, []
        connection = sqlite3.connect("file:%s?mode=ro" % store(user), uri=True)
        try:
            classes = [row[0] for row in connection.execute("SELECT class FROM seen")]
            tokens = sorted(connection.execute("SELECT key, spam, ham FROM token"))
        finally:
            connection.close()
        return classes.count("s"), classes.count("h"), tokens

    def moves_change_the_next_verdict():
        first, folder, status = deliver(joe, OFFER)
        assert folder == "INBOX" and "BAYES" not in status, status
        # a false alarm is taken out of Junk: ham
        letter, folder, _ = deliver(joe, LETTER + b"xdeliveryspamx\n")
        assert folder == "Junk"
        transfer(joe, letter, "Junk", "INBOX")
        assert learned(joe)[:2] == (0, 1), learned(joe)[:2]
        # what got through is moved into Junk: spam
        transfer(joe, first, "INBOX", "Junk")
        assert learned(joe)[:2] == (1, 1), learned(joe)[:2]
        _, folder, status = deliver(joe, OFFER)
        assert folder == "Junk" and "BAYES_HIGH" in status, status
        _, folder, status = deliver(joe, LETTER)
        assert folder == "INBOX" and "BAYES_LOW" in status, status
        # moved back, the lesson is the opposite one
        transfer(joe, first, "Junk", "INBOX")
        assert learned(joe)[:2] == (0, 2), learned(joe)[:2]
        _, folder, status = deliver(joe, OFFER)
        assert folder == "INBOX" and "BAYES_HIGH" not in status, status
        transfer(joe, first, "INBOX", "Junk")
        assert learned(joe)[:2] == (1, 1), learned(joe)[:2]
        _, folder, status = deliver(joe, OFFER)
        assert folder == "Junk" and "BAYES_HIGH" in status, status

    def the_same_mail_is_learned_once():
        name, _, _ = deliver(joe, b"Win a wonderful lottery voucher straight away, nothing to pay.\n")
        transfer(joe, name, "INBOX", "Junk", "COPY")
        before = learned(joe)
        assert before[:2] == (2, 1), before[:2]
        transfer(joe, name, "INBOX", "Junk")
        assert learned(joe) == before

    def thrown_away_is_not_learned():
        before = learned(joe)
        name, folder, _ = deliver(joe, b"Another one xdeliveryspamx\n")
        assert folder == "Junk"
        client = imaplib.IMAP4("127.0.0.1", dovecot.imap_port)
        client.login(joe, "secret")
        client.create("Trash")
        client.logout()
        transfer(joe, name, "Junk", "Trash")
        assert learned(joe) == before

    def users_learn_for_themselves():
        assert not os.path.exists(store(ann))
        name, folder, status = deliver(ann, OFFER)
        assert folder == "INBOX" and "BAYES" not in status, status
        before = learned(joe)
        transfer(ann, name, "INBOX", "Junk")
        assert learned(ann)[:2] == (1, 0) and learned(joe) == before

    def a_stopped_daemon_does_not_keep_mail_from_moving():
        name, folder, _ = deliver(ann, LETTER)
        before = learned(ann)
        spamd.stop()
        transfer(ann, name, folder, "Junk")
        assert any(header(m, "Message-ID") == ["<%s@example.org>" % name] for m in mailbox(place, ann, "Junk"))
        assert learned(ann) == before

    spamd = place.start(servers.Spamd(place, spamd_program, "dovecot.md"))
    place.start(dovecot)
    return servers.run_checks(place, [
        moves_change_the_next_verdict, the_same_mail_is_learned_once, thrown_away_is_not_learned,
        users_learn_for_themselves, a_stopped_daemon_does_not_keep_mail_from_moving])


if __name__ == "__main__":
    sys.exit(main())
