"""What spamc is put through: command lines, inputs, and servers that behave in every way.

@PORT, @SOCK (a Unix socket of the fake server), @DIR (a folder with the files made here) are filled
in. A case may depart from SpamAssassin's spamc on purpose: then `departs` says why and holds what
we answer instead, as a dict with any of "exit", "stdout", "requests" (None: not compared).
"""
import os
import ssl
import subprocess

MESSAGE = b"Subject: hi\n\nbody\n"
OK_LINE = b"SPAMD/1.1 0 EX_OK\r\n"
SPAM = b"Spam: True ; 15.3 / 5.0\r\n"
HAM = b"Spam: False ; -1.2 / 5.0\r\n"


def reply(body, spam=SPAM):
    return OK_LINE + b"Content-length: %d\r\n" % len(body) + spam + b"\r\n" + body


GOOD = reply(b"hello")
TCP = ["-d", "127.0.0.1", "-p", "@PORT"]

CASES = []


def case(name, args, replies=None, stdin=MESSAGE, server="tcp", script=None, departs=None, tls=None):
    if script is None and server:
        script = [["read", replies if replies is not None else GOOD]]
    CASES.append({"name": name, "args": args, "stdin": stdin, "server": server, "script": script,
                  "departs": departs, "tls": tls})


MODES = [[], ["-x"], ["-c"], ["-c", "-x"], ["-r"], ["-r", "-E"], ["-R"], ["-R", "-E"], ["-R", "-x"],
         ["-y"], ["-y", "-x"], ["-K"], ["-K", "-x"], ["--headers"], ["--headers", "-x"], ["-E"], ["-E", "-x"],
         ["-L", "spam"], ["-L", "forget", "-x"], ["-C", "report"], ["-C", "revoke", "-x"], ["-B"],
         ["-e", "/bin/cat"], ["-x", "-e", "/bin/cat"]]


def mode_name(mode):
    return " ".join(mode) or "plain"


# Answers, good and bad, to every mode.
H = OK_LINE + b"Content-length: 5\r\n"
REPLIES = {
    "good": GOOD,
    "ham": reply(b"hello", HAM),
    "empty body": reply(b""),
    "lf lines": GOOD.replace(b"\r\n", b"\n"),
    "nothing": b"",
    "blank line": b"\r\n",
    "part of the first line": b"SPAMD/1.1 0 EX",
    "first line without end": b"SPAMD/1.1 0 EX_OK",
    "first line only": OK_LINE,
    "not spamd": b"HELLO\r\n\r\n",
    "version 0.9": b"SPAMD/0.9 0 EX_OK\r\n" + SPAM + b"\r\n",
    "version 1": b"SPAMD/1 0 EX_OK\r\nContent-length: 5\r\n" + SPAM + b"\r\nhello",
    "version 1.x": b"SPAMD/1.x 0 EX_OK\r\nContent-length: 5\r\n" + SPAM + b"\r\nhello",
    "blank before version": b"SPAMD/ 1.1 0 EX_OK\r\nContent-length: 5\r\n" + SPAM + b"\r\nhello",
    "no result word": b"SPAMD/1.1 0\r\nContent-length: 0\r\n" + SPAM + b"\r\n",
    "no result number": b"SPAMD/1.1 x EX_OK\r\nContent-length: 5\r\n" + SPAM + b"\r\nhello",
    "error 69": b"SPAMD/1.0 69 Service Unavailable: x\r\n",
    "error 76": b"SPAMD/1.0 76 Bad header line: x\r\n",
    "error with headers": b"SPAMD/1.0 69 No\r\nContent-length: 5\r\n" + SPAM + b"\r\nhello",
    "no length": OK_LINE + SPAM + b"\r\nhello",
    "no score": H + b"\r\nhello",
    "length too large": OK_LINE + b"Content-length: 6\r\n" + SPAM + b"\r\nhello",
    "length too small": OK_LINE + b"Content-length: 4\r\n" + SPAM + b"\r\nhello",
    "length negative": OK_LINE + b"Content-length: -4\r\n" + SPAM + b"\r\nhello",
    "length no number": OK_LINE + b"Content-length: x\r\n" + SPAM + b"\r\nhello",
    "length in other case": OK_LINE + b"Content-Length: 5\r\n" + SPAM + b"\r\nhello",
    "length with tail": OK_LINE + b"Content-length: +5 x\r\n" + SPAM + b"\r\nhello",
    "length without blank": OK_LINE + b"Content-length:5\r\n" + SPAM + b"\r\nhello",
    "length twice": OK_LINE + b"Content-length: 6\r\nContent-length: 5\r\n" + SPAM + b"\r\nhello",
    "end in headers": H + SPAM,
    "unknown header": H + b"junk\r\n" + SPAM + b"\r\nhello",
    "header of nul": H + b"\0\r\n" + SPAM + b"\r\nhello",
    "spam yes": H + b"Spam: Yes ; 15.3 / 5.0\r\n\r\nhello",
    "spam in capitals": H + b"Spam: TRUE ; 15.3 / 5.0\r\n\r\nhello",
    "spam without blanks": H + b"Spam: True; 15.3/5.0\r\n\r\nhello",
    "spam word too long": H + b"Spam: Truely ; 15.3 / 5.0\r\n\r\nhello",
    "spam header in other case": H + b"spam: True ; 15.3 / 5.0\r\n\r\nhello",
    "minus zero": H + b"Spam: False ; -0.0 / 5.0\r\n\r\nhello",
    "two decimals": H + b"Spam: False ; -1.25 / 5.05\r\n\r\nhello",
    "no decimals": H + b"Spam: False ; -5 / 5\r\n\r\nhello",
    "small fraction": H + b"Spam: False ; 1.05 / 0.45\r\n\r\nhello",
    "nearly minus zero": H + b"Spam: False ; -0.04 / 0.0\r\n\r\nhello",
    "score of words": H + b"Spam: False ; x / y\r\n\r\nhello",
    "huge score": H + b"Spam: True ; 1000000000000 / 5.0\r\n\r\nhello",
    "line of 8185": H + b"X" * 8185 + b"\r\n" + SPAM + b"\r\nhello",
    "line of 8186": H + b"X" * 8186 + b"\r\n" + SPAM + b"\r\nhello",
    "first line too long": b"SPAMD/1.1 0 EX_OK" + b"X" * 9000 + b"\r\n" + H + SPAM + b"\r\nhello",
    "body beyond the limit": OK_LINE + b"Content-length: 600000\r\n" + SPAM + b"\r\n" + b"x" * 600000,
    "learned": OK_LINE + b"DidSet: local\r\n\r\n\r\n",
    "forgotten": OK_LINE + b"DidRemove: local\r\n\r\n\r\n",
    "reported": OK_LINE + b"DidSet: local,remote\r\n\r\n\r\n",
    "revoked": OK_LINE + b"DidSet:local\r\nDidRemove: remote\r\n\r\n\r\n",
    "did something else": OK_LINE + b"didset: local\r\nDidSet: local, remote\r\n\r\n\r\n",
    "tell refused": b"SPAMD/1.0 69 Service Unavailable: TELL commands are not enabled, "
                    b"set the --allow-tell switch.\r\n",
}
BSMTP = b"MAIL FROM:<a>\nRCPT TO:<b>\nDATA\nSubject: x\n\n.. dot\n..\nb\n.\nQUIT\n"
for reply_name, bytes_ in REPLIES.items():
    for mode in MODES:
        case("reply: %s: %s" % (reply_name, mode_name(mode)), TCP + mode, bytes_,
             stdin=BSMTP if "-B" in mode else MESSAGE)

# Servers that are not there.
for mode in MODES + [["-x", "-X"], ["-X", "-x"], ["-x", "-X", "-c"], ["-x", "-X", "-L", "spam"],
                     ["-x", "-X", "-K"], ["-x", "-X", "-C", "report"], ["-c", "-y"], ["-y", "-r"],
                     ["-C", "report", "-c"], ["-C", "report", "-y"], ["-C", "report", "-E"],
                     ["-L", "ham", "--headers"], ["-K", "-c"], ["-K", "-y"]]:
    stdin = BSMTP if "-B" in mode else MESSAGE
    case("no socket: " + mode_name(mode), ["-U", "@DIR/no/socket"] + mode, server=None, stdin=stdin)
    case("refused socket: " + mode_name(mode), ["-U", "@DIR/refused"] + mode, server=None, stdin=stdin)
    case("refused port: " + mode_name(mode),
         ["-d", "127.0.0.1", "-p", "1", "--retry-sleep", "0"] + mode, server=None, stdin=stdin)
    case("unknown host: " + mode_name(mode), ["-d", "nonexistent.invalid", "-p", "1"] + mode,
         server=None, stdin=stdin)
    case("wrong family: " + mode_name(mode), ["-6", "-d", "127.0.0.1", "-p", "1"] + mode,
         server=None, stdin=stdin)
    # And messages that are not.
    departs = None
    if mode in (["-K", "-c"], ["-K", "-y"]):
        departs = {"why": "what is asked is whether spamd is there", "requests": [b"PING SPAMC/1.5\r\n\r\n"]}
    case("empty message: " + mode_name(mode), TCP + mode, stdin=b"", departs=departs)
    case("message too big: " + mode_name(mode), TCP + ["-s", "5"] + mode, stdin=stdin, departs=departs)
case("socket path is a folder", ["-x", "-U", "@DIR"], server=None)
case("socket path is a file", ["-x", "-U", "@DIR/file"], server=None)
case("socket path is empty", ["-x", "-U", ""], server=None)
case("message of exactly the size", TCP + ["-s", "18"])
case("message of one more", TCP + ["-s", "17"])
case("message far beyond the size", TCP + ["-s", "100"], stdin=MESSAGE + b"0123456789abcde\n" * 20000)
case("message far beyond the size, piped", TCP + ["-s", "100", "-e", "/bin/cat"],
     stdin=MESSAGE + b"0123456789abcde\n" * 20000)
case("default size", TCP, stdin=b"x" * 512000)
case("default size and one", TCP, stdin=b"x" * 512001)
case("bytes of all kinds", ["-U", "@DIR/no/socket"], server=None, stdin=bytes(range(256)) * 100 + b"\r")
case("bytes of all kinds, answered", TCP, reply(bytes(range(256)) * 100), stdin=bytes(range(256)) * 50)

# Ways to connect.
case("by socket", ["-U", "@SOCK"], server="unix")
case("socket beats host", ["-U", "@SOCK", "-d", "127.0.0.1", "-p", "1"], server="unix")
case("this host", ["-p", "@PORT"])
case("this host by IPv4", ["-p", "@PORT", "-4"])
case("this host by IPv6", ["-p", "@PORT", "-6"], server="tcp6")
case("IPv6 address", ["-p", "@PORT", "-d", "::1"], server="tcp6")
case("later family wins, 6 4", ["-6", "-4"] + TCP)
case("later family wins, 4 6", ["-4", "-6"] + TCP)
case("unknown host passed over", ["-p", "@PORT", "-d", "nonexistent.invalid,127.0.0.1"])
case("unknown host passed over with -x", ["-x", "-p", "@PORT", "-d", "nonexistent.invalid,127.0.0.1"])
case("empty names passed over", ["-p", "@PORT", "-d", ",127.0.0.1,"])
case("no name at all", ["-p", "@PORT", "-d", "", "-x"])
case("name with a blank", ["-p", "@PORT", "-d", "127.0.0.1, 127.0.0.2"])
case("second host", ["-p", "@PORT", "-d", "127.0.0.2,127.0.0.1"])
case("second host needs a second try", ["-p", "@PORT", "-d", "127.0.0.2,127.0.0.1", "--connect-retries", "1"])
case("first host only with -x", ["-x", "-p", "@PORT", "-d", "127.0.0.2,127.0.0.1", "--retry-sleep", "0"])
case("random host", ["-H", "-p", "@PORT", "-d", "127.0.0.1,127.0.0.2,127.0.0.3", "--retry-sleep", "0"])
case("one bad family ends it", ["-x", "-6", "-d", "127.0.0.1,::1", "-p", "@PORT"])
case("port of words", ["-x", "-d", "127.0.0.1", "-p", "junk", "--connect-retries", "1"])
case("no retries are three", TCP + ["--connect-retries", "0"])

# Asking again.
DEAD = ["read"]
GOOD_STEPS = ["read", GOOD]
for mode in ([], ["-x"], ["-K"], ["-c"], ["-L", "spam"]):
    case("asks again: " + mode_name(mode), TCP + ["--filter-retries", "2", "--filter-retry-sleep", "0"] + mode,
         script=[DEAD, GOOD_STEPS])
    case("asks once: " + mode_name(mode), TCP + mode, script=[DEAD, GOOD_STEPS])
    case("asks in vain: " + mode_name(mode),
         TCP + ["--filter-retries", "3", "--filter-retry-sleep", "0"] + mode, script=[DEAD])
    case("asks after nonsense: " + mode_name(mode),
         TCP + ["--filter-retries", "3", "--filter-retry-sleep", "0"] + mode,
         script=[["read", b"x\r\n"], GOOD_STEPS])
    case("asks after a first line: " + mode_name(mode),
         TCP + ["--filter-retries", "3", "--filter-retry-sleep", "0"] + mode,
         script=[["read", OK_LINE], GOOD_STEPS] if mode != ["-K"] else [DEAD])
case("asks another host", ["-p", "@PORT", "--filter-retries", "2", "--filter-retry-sleep", "0",
                           "-d", "127.0.0.1,127.0.0.2"], script=[DEAD, GOOD_STEPS])
for value in ("0", "x", "-1"):
    case("filter retries of " + value, TCP + ["--filter-retries=" + value, "-x"], script=[DEAD, GOOD_STEPS])

# Slow and rude servers.
case("slow: silence", TCP + ["-t", "1"], script=[["read", 3]])
case("slow: silence, -x", TCP + ["-t", "1", "-x"], script=[["read", 3]])
case("slow: silence, -c", TCP + ["-t", "1", "-c"], script=[["read", 3]])
case("slow: silence, -L", TCP + ["-t", "1", "-L", "spam"], script=[["read", 3]])
case("slow: silence after the first line", TCP + ["-t", "1", "-x"], script=[["read", OK_LINE, 3]])
case("slow: silence in the body", TCP + ["-t", "1", "-x"],
     script=[["read", H + SPAM + b"\r\nhel", 3]])
case("slow: a byte at a time", TCP + ["-t", "1", "-x"], script=[["read", ("trickle", GOOD, 0.03)]])
case("slow: no limit", TCP + ["-t", "0", "-x"], script=[["read", 1.2, GOOD]])
case("slow: connect timeout is not the answer's", TCP + ["-n", "1", "-t", "4", "-x"],
     script=[["read", 1.5, GOOD]])
case("rude: reset", TCP + ["-x"], script=[["read", "reset"]])
case("rude: reset, fallback", TCP, script=[["read", "reset"]])
case("rude: closed at once", TCP, script=[[]], stdin=MESSAGE + b"0123456789abcde\n" * 10000)
case("rude: closed at once, -x", TCP + ["-x"], script=[[]], stdin=MESSAGE + b"0123456789abcde\n" * 10000)
case("rude: body split", TCP + ["-x"], script=[["read", H + SPAM + b"\r\nhel", 0.2, b"lo"]])
case("rude: more than announced, later", TCP + ["-x"], script=[["read", GOOD, 0.2, b"more"]])

# Options, well and ill.
GETOPT = [
    ["--bogus"], ["-Z"], ["-5"], ["-p"], ["--port"], ["-p", "-5"], ["--port", "--check"], ["-p1"], ["--che"],
    ["--po", "1"], ["-s", "-1"], ["-t", "-1"], ["-u", "-x"], ["-F"], ["-d"], ["-0"], ["-e"], ["-Lspam"],
    ["-e/bin/cat"], ["--bogus", "-V"], ["-L", "bogus"], ["-L", "SPAM"], ["-L", ""], ["-C", "bogus"],
    ["-s", "268435457"], ["-s", "300000000"], ["--ssl=tls"], ["--ssl=sslv3"], ["--ssl-cert", "x"],
    ["--ssl-key", "x"], ["-S", "--ssl-cert", "x"], ["-L", "spam", "-c"], ["-c", "-L", "spam"],
    ["-L", "spam", "-K"], ["-L", "ham", "-r"], ["-R", "-L", "ham"], ["-y", "-L", "forget"],
    ["-L", "spam", "-C", "report"], ["-C", "report", "-L", "spam"], ["-L", "bogus", "-V"], ["-cx", "-p"],
]
for words in GETOPT:
    case("usage: " + " ".join(words), TCP + words)
FINE = [
    ["foo"], ["-c", "foo"], ["foo", "-c"], ["--", "-c"], ["-"], ["-", "-c"], ["--check=1"], ["--headers=1"],
    ["-cE"], ["-Ec"], ["-c1"], ["-4=1"], ["-H4"], ["-xE"], ["-yc"], ["-f"], ["-0", "x"], ["-1", "x"], ["-2", "x"],
    ["-X"], ["-s", "0"], ["-s", "junk"], ["-s", "18x"], ["-s", "268435456"], ["--max-size=9"], ["-t", "junk"],
    ["--timeout=5"], ["-n", "0"], ["-n", "junk"], ["--connect-timeout=5"], ["-u", ""], ["-u", "joe"],
    ["-u", "a b\tc"], ["--username=joe"], ["-u", "x" * 4000], ["-u", "x" * 4100], ["-x", "-u", "x" * 4100],
    ["-x", "-u", "x" * 8170], ["-x", "-u", "x" * 9000], ["-x", "-L", "ham", "-u", "x" * 4100],
    ["--ssl-cert", "x", "--ssl-key", "y"], ["--ssl-ca-file=/nonexistent"],
    ["-L", "ham", "-L", "spam"], ["-L", "ham", "-L", "forget"], ["-C", "report", "-C", "revoke"],
    ["-L", "spam", "--headers"], ["-L", "spam", "-E"], ["-L", "spam", "-x"], ["--learntype=ham"],
    ["--reporttype=report"], ["-C", "report", "-c"], ["-C", "report", "-y"], ["-C", "report", "-r"],
    ["-C", "report", "-K"], ["-K", "-C", "revoke"], ["-c", "-r"], ["-r", "-R"], ["-R", "-y"], ["-r", "-y"],
    ["-K", "--headers"], ["-K", "-E"], ["-c", "-E"], ["--headers", "-c"],
    ["--no-safe-fallback", "--unavailable-tempfail"], ["--log-to-stderr"], ["--full-spam"], ["--full"],
    ["--tests"], ["--exitcode"], ["--check"], ["--randomize"], ["--headers"], ["--dest=127.0.0.1"],
    ["--socket=/nonexistent"], ["--retry-sleep=0"], ["--filter-retry-sleep", "0"],
]
for words in FINE:
    case("options: " + " ".join(w if len(w) < 50 else "%d letters" % len(w) for w in words), TCP + words)
case("options: user with a line end", TCP + ["-u", "joe\r\nX: y"],
     departs={"why": "headers could be added", "stdout": MESSAGE, "requests": []})
case("options: -y with --headers", TCP + ["-y", "--headers"],
     departs={"why": "the names of rules have no body", "stdout": b"hello"})
case("options: -K with -c", TCP + ["-c", "-K"], departs={
    "why": "what is asked is whether spamd is there", "requests": [b"PING SPAMC/1.5\r\n\r\n"]})
case("options: negative tries", TCP + ["--connect-retries=-1", "-x"], departs={
    "why": "no try at all helps nobody", "exit": 0, "stdout": b"hello", "requests": None})

# -e
for words in (["-e", "/bin/echo", "-n", "a", "b"], ["-E", "-e", "/bin/cat"], ["-c", "-e", "/bin/cat"],
              ["-y", "-e", "/bin/cat"], ["-R", "-e", "/bin/cat"], ["-E", "-e", "/bin/false"],
              ["-E", "-e", "/bin/sh", "-c", "cat; exit 7"], ["-e", "/nonexistent"], ["-x", "-e", "/nonexistent"],
              ["-e", "cat"], ["--pipe-to", "/bin/cat"], ["-L", "spam", "-e", "/bin/cat"],
              ["-C", "report", "-e", "/bin/cat"], ["-K", "-e", "/bin/cat"], ["-e", "/bin/echo", "-Z", "--bogus"]):
    case("pipe: " + " ".join(words), TCP + words)
case("pipe: name after an equals sign", TCP + ["--pipe-to=/bin/cat", "-"],
     departs={"why": "SpamAssassin's takes the wrong word", "exit": 0, "stdout": b"hello"})
case("pipe: exit code on trouble", ["-U", "@DIR/no/socket", "-e", "/bin/sh", "-c", "cat; exit 7"], server=None)
case("pipe: big answer", TCP + ["-e", "/bin/cat"], reply(b"0123456789abcde\n" * 20000))
case("pipe: -F belongs to the command", TCP + ["-e", "/bin/echo", "-F", "/nonexistent"],
     departs={"why": "all after -e is the command's", "exit": 0, "stdout": b"-F /nonexistent\n", "requests": None})

# Configuration files.
CONFIGS = {
    "check": b"-c\n", "comments": b"# a\n\n#b\n-c\n", "two on a line": b"-c -E\n-u joe\n", "blanks": b"-u   joe \n-c\n",
    "long names": b"--check\n", "size": b"-s 5\n", "nested": b"-F /nonexistent\n-c\n", "blank line": b" \n-c\n",
    "empty": b"", "only a line end": b"\n", "quotes do not quote": b"-u 'a\n-c\n", "bad option": b"-c\n-Z\n",
    "no line end": b"-c", "operand": b"foo\n-c\n", "long comment": b"#" + b"x" * 3000 + b"\n-c\n",
    "crlf": b"-x\r\n",
}
for name in CONFIGS:
    case("config: " + name, ["-F", "@DIR/" + name.replace(" ", "_") + ".conf"] + TCP)
    case("config: %s, after" % name, TCP + ["-E", "-F", "@DIR/" + name.replace(" ", "_") + ".conf"])
case("config: command line wins", ["-F", "@DIR/size.conf"] + TCP + ["-s", "500"])
case("config: first of two", TCP + ["-F", "@DIR/check.conf", "-F", "/nonexistent"])
case("config: missing", TCP + ["-F", "/nonexistent"])
case("config: glued", TCP + ["-F/nonexistent"])
case("config: long name", TCP + ["--config", "@DIR/check.conf"],
     departs={"why": "documented, but ignored", "exit": 1, "stdout": b"15.3/5.0\n", "requests": None})
case("config: long name, missing", TCP + ["--config=/nonexistent"],
     departs={"why": "documented, but ignored", "exit": 78, "stdout": b"", "requests": []})
CONFIGS["tabs"] = b"-u\tjoe\n\t-c\n"
case("config: tabs", TCP + ["-F", "@DIR/tabs.conf"],
     departs={"why": "tabs are blanks too", "exit": 1, "stdout": b"15.3/5.0\n", "requests": None})
CONFIGS["indented comment"] = b"  # x\n-c\n"
case("config: indented comment", TCP + ["-F", "@DIR/indented_comment.conf"],
     departs={"why": "would end the options", "exit": 1, "stdout": b"15.3/5.0\n", "requests": None})
CONFIGS["many words"] = b"-f " * 30 + b"-c\n"
case("config: many words", TCP + ["-F", "@DIR/many_words.conf"],
     departs={"why": "no limit of 24", "exit": 1, "stdout": b"15.3/5.0\n", "requests": None})

# BSMTP.
BSMTPS = {
    "lf": BSMTP, "crlf": BSMTP.replace(b"\n", b"\r\n"), "data first": b"DATA\nx\n.\n", "no body": b"x\nDATA\n.\n",
    "no dot": b"x\nDATA\nfoo\n", "dot without end": b"x\nDATA\nfoo\n.", "lower case": b"x\ndata\nfoo\n.\n",
    "blank after data": b"x\nDATA \nfoo\n.\n", "blank line body": b"x\nDATA\n\n.\n",
    "second message": b"x\nDATA\nfoo\n.\nDATA\nbar\n.\n", "mixed 1": b"x\nDATA\nfoo\n.\r\n",
    "mixed 2": b"x\r\nDATA\r\nfoo\n.\n", "mixed 3": b"x\r\nDATA\r\nfoo\r\n.\n", "junk": b"junk\n",
    "word before data": b"x DATA\nfoo\n.\n", "dots inside": b"x\nDATA\na\n..b\n...c\nd.\n.\nQUIT\n",
    "data in the body": b"x\nDATA\nDATA\n.\n",
}
for name, stdin in BSMTPS.items():
    for mode in ([], ["-x"], ["-c"], ["-c", "-x"]):
        case("bsmtp: %s: %s" % (name, mode_name(mode)), TCP + ["-B"] + mode, reply(b"a\n.b\n..c\n"), stdin=stdin)
for mode in (["-R"], ["-y"], ["-E"], ["-L", "spam"], ["-r"]):
    case("bsmtp: mode: " + mode_name(mode), TCP + ["-B"] + mode, reply(b"a\n.b\n"), stdin=BSMTP)
case("bsmtp: too big", TCP + ["-B", "-s", "10"], stdin=BSMTP)
case("bsmtp: no answer", TCP + ["-B"], b"", stdin=BSMTP)
case("bsmtp: headers", TCP + ["-B", "--headers"], reply(b"X: y\n\n"), stdin=BSMTP, departs={
    "why": "the body would be mixed up",
    "stdout": b"MAIL FROM:<a>\nRCPT TO:<b>\nDATA\nX: y\n\n.. dot\n..\nb\n.\nQUIT\n"})
case("bsmtp: answer begins with a dot", TCP + ["-B"], reply(b".a\n"), stdin=BSMTP, departs={
    "why": "a lone first dot would end the message",
    "stdout": b"MAIL FROM:<a>\nRCPT TO:<b>\nDATA\n..a\n.\nQUIT\n"})
case("bsmtp: message begins with a dot", TCP + ["-B"], reply(b"a\n"), stdin=b"x\nDATA\n..a\n.\n",
     departs={"why": "dots are undoubled everywhere", "requests": None})

# --headers puts the body back.
for name, stdin in {"lf": b"A: b\n\nc\r\n\r\nd", "crlf": b"A: b\r\n\r\nc\n\nd", "mixed": b"A: b\r\n\nc\n\nd",
                    "none": b"A: b\n", "blank first": b"\nbody", "no body": b"A: b\n\n"}.items():
    for mode in ([], ["-x"], ["-E"]):
        case("headers: %s: %s" % (name, mode_name(mode)), TCP + ["--headers"] + mode, reply(b"X: y\n\n"), stdin=stdin)

# TLS.
for mode in ([], ["-x"], ["-c"], ["-L", "spam"], ["-R", "-E"]):
    case("tls: " + mode_name(mode), TCP + ["-S"] + mode, tls="plain")
    case("tls 1.2: " + mode_name(mode), TCP + ["-S"] + mode, tls="1.2")
    case("tls: other authority: " + mode_name(mode), TCP + ["-S", "--ssl-ca-file", "@DIR/other.pem"] + mode, tls="plain")
    case("tls: missing authority: " + mode_name(mode), TCP + ["-S", "--ssl-ca-file", "/nonexistent"] + mode, tls="plain")
case("tls: ping", TCP + ["-S", "-K"], tls="plain",
     departs={"why": "SpamAssassin's cannot", "exit": 0, "stdout": b"SPAMD/1.1 0\n", "requests": None})
case("tls: authority", TCP + ["-S", "-x", "--ssl-ca-file", "@DIR/ca.pem"], tls="plain")
case("tls: missing authorities", TCP + ["-S", "-x", "--ssl-ca-path", "/nonexistent"], tls="plain")
case("tls: missing certificate", TCP + ["-S", "-x", "--ssl-cert", "/nonexistent", "--ssl-key", "/nonexistent"], tls="plain")
case("tls: key of another", TCP + ["-S", "-x", "--ssl-cert", "@DIR/server.pem", "--ssl-key", "@DIR/ca.key"], tls="plain")
case("tls: certificate wanted and shown", TCP + ["-S", "-x", "--ssl-cert", "@DIR/server.pem", "--ssl-key", "@DIR/server.key"], tls="client")
case("tls: certificate wanted and not shown", TCP + ["-S", "-x"], tls="client")
case("tls: no answer", TCP + ["-S", "-x"], b"", tls="plain")
case("tls: not spoken", TCP + ["-S", "-x"], script=[[b"hello\r\n"]])
case("tls: silence", TCP + ["-S", "-x", "-t", "1"], script=[[3]])
case("tls: silence after the request", TCP + ["-S", "-x", "-t", "1"], script=[["read", 3]], tls="plain")
case("tls: by socket", ["-U", "@SOCK", "-S", "-x"], server="unix", tls="plain")
case("tls: big message", TCP + ["-S", "-x"], reply(b"0123456789abcde\n" * 20000), tls="plain",
     stdin=MESSAGE + b"0123456789abcde\n" * 20000)


def make_files(directory):
    """Fills `directory` with what the cases name; False when there is no openssl to make certificates."""
    import socket
    for name, text in CONFIGS.items():
        with open(os.path.join(directory, name.replace(" ", "_") + ".conf"), "wb") as file:
            file.write(text)
    open(os.path.join(directory, "file"), "w").close()
    gone = socket.socket(socket.AF_UNIX)
    gone.bind(os.path.join(directory, "refused"))
    gone.close()

    def openssl(*arguments):
        subprocess.run(("openssl",) + arguments, cwd=directory, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    try:
        for who in ("ca", "other"):
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", who + ".key", "-out", who + ".pem",
                    "-days", "30", "-subj", "/CN=" + who)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr",
                "-subj", "/CN=server")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", "server.pem", "-days", "30")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def tls_context(kind, directory):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(directory, "server.pem"), os.path.join(directory, "server.key"))
    if kind == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if kind == "client":
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(os.path.join(directory, "ca.pem"))
    return context
