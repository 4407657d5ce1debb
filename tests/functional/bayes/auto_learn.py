#!/usr/bin/env python3
"""Auto-learning beside SpamAssassin's spamd: both start from one trained database and get the same mails, whose
words make rules hit that give points of each kind. Equal must be each verdict, what was learned of it and why,
the points, and in the end the two databases. Skipped (77) where SpamAssassin is not installed.

    auto_learn.py SA-LEARN SPAMD
"""
import os
import random
import re
import subprocess
import sys
import tempfile

from support import check, failures, processes

THEIR_SPAMD, THEIR_LEARN = "/usr/sbin/spamd", "/usr/bin/sa-learn"
HEAD = """use_bayes 1
bayes_min_ham_num 2
bayes_min_spam_num 2
bayes_auto_expire 0
required_score 5
report_safe 0
clear_headers
add_header all Status "_YESNO_ _TESTSSCORES(,)_ autolearn=_AUTOLEARN_ points=_AUTOLEARNSCORE_"
"""
# Kind, name, word that makes it hit (or expression), scores, tflags.
RULES = """header H_A hhaa 3.5
header H_B hhbb 2.9
header __H hhsub -
body B_A bbaa 3.5
body B_B bbbb 2.9
body __B bbsub -
body __B2 bbtwo -
rawbody R_A rraa 3.2
uri U_A uuaa 3.1
full F_A ffaa 4
meta M_HB H_A&&B_A 4
meta M_0 F_A 3
meta M_2 __H&&(__B||__B2)&&!NOSUCH 6
meta M_M (M_HB||M_2) 3.3
meta M_3 (__B+__B2+__H+__B)>1 2.5
body FORCE ffrc 0.5 autolearn_force
header FORCE2 ffrd 1.5 autolearn_force
body NOAL nnal 9 noautolearn
body USERC uusc 9 userconf
body A_H aahh 3.3 autolearn_header
header A_B aabb 3.3 autolearn_body
meta A_M __B2 3.4 autolearn_header
body LRN llrn 0,0,2,2 learn
body LRN_N llnn 0,0,-3,-3 learn nice
body NEG nneg -4 nice
header NEG_H nnhh -9 nice
body SETS sset 1,1,9,9
body SETS2 ssew 9,9,1,1
body SET0 ssez 0,0,4,4
"""
BAYES = (("BAYES_00", "0.00", "0.01", "-1.9"), ("BAYES_50", "0.01", "0.95", "0.8"), ("BAYES_99", "0.95", "1.00", "3.5"))
SPAM = "casino lottery winner mortgage pills refinance jackpot bargain replica"
HAM = "compiler kernel meeting agenda review branch release patches merge"
CONFIGS = {
    "usual": "",
    "on error": "bayes_auto_learn_threshold_spam 6\nbayes_auto_learn_threshold_nonspam -1\nbayes_auto_learn_on_error 1\n",
}


def rules():
    text, words = HEAD, {}
    for line in RULES.splitlines():
        kind, name, hit, scores, *tflags = line.split()
        if kind == "meta":
            text += "meta %s %s\n" % (name, hit)
        else:
            words[hit] = kind
            where = {"header": "Subject =~ /\\b%s\\b/", "uri": "/%s\\.example/"}.get(kind, "/\\b%s\\b/")
            text += "%s %s %s\n" % (kind, name, where % hit)
        text += "tflags %s %s\n" % (name, " ".join(tflags)) if tflags else ""
        text += "score %s %s\n" % (name, scores.replace(",", " ")) if scores != "-" else ""
    for name, above, to, score in BAYES:
        text += "body %s eval:check_bayes('%s', '%s')\ntflags %s learn\nscore %s 0 0 %s %s\n" % (name, above, to, name, name, score,
                                                                                             score)
    return text, words


def mail(n, words, more):
    def chosen(*kinds):
        return " ".join(word if kind != "uri" else "http://%s.example/" % word for word, kind in words if kind in kinds)
    return ("Received: from x.example (x.example [192.0.2.5]) by y.example with SMTP id q%d; Tue, 2 Jan 2024 03:04:%02d +0000\n"
            "From: a@x.example\nTo: b@y.example\nSubject: n%d %s\nMessage-Id: <%d@x.example>\nDate: Tue, 2 Jan 2024 03:04:05 +0000\n"
            "\n%s\n%s\n%s\n" % (n, n % 60, n, chosen("header"), n, chosen("body", "rawbody", "full"), chosen("uri"), more))


def mails(words):
    chance = random.Random(5)
    made = [mail(n, [(w, words[w]) for w in chance.sample(sorted(words), chance.randrange(7))],
                 chance.choice([SPAM, HAM, "neutral words here", "", SPAM + " " + HAM])) for n in range(50)]
    return made + made[:5]  # these may have been learned already


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def ask(socket, text):
    body = text.encode()
    with processes.connect_unix(socket, 120) as connection:
        connection.sendall(b"HEADERS SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(body) + body)
        answer = processes.read_all(connection).decode()
    status = re.search(r"X-Spam-Status: (.*(?:\n\s.*)*)", answer)
    return re.sub(r"\s+", " ", status.group(1)).strip() if status else answer


def serve(top, program, store, texts):
    socket = os.path.join(top, store + ".socket")
    command = [program, "-C", top + "/rules", "--siteconfigpath", top + "/site", "-L", "-x", "-m", "1", "--min-children=1",
               "--socketpath=" + socket, "-s", top + "/" + store + ".log", "--cf=bayes_path %s/%s/bayes" % (top, store)]
    if os.geteuid() == 0:
        command += ["-u", "nobody"]
    process = subprocess.Popen(command, env=dict(os.environ, HOME=top), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        check(program + " starts", processes.comes_up(process, lambda: processes.connect_unix(socket), 120))
        return [ask(socket, text) for text in texts]
    finally:
        processes.stop(process)


def compare(top, name, config, sa_learn, spamd):
    text, words = rules()
    for folder in ("rules", "site", "theirs", "ours", "spam", "ham"):
        os.mkdir(os.path.join(top, folder))
    write(top + "/site/init.pre",
          "".join("loadplugin Mail::SpamAssassin::Plugin::%s\n" % plugin for plugin in ("Bayes", "AutoLearnThreshold", "Check")))
    write(top + "/rules/1.cf", text + config)
    for n in range(4):
        write("%s/spam/%d" % (top, n), mail(1000 + n, [], SPAM))
        write("%s/ham/%d" % (top, n), mail(2000 + n, [], HAM))

    def learn(program, store, *arguments):
        return subprocess.run([program, "-C", top + "/rules", "--siteconfigpath", top + "/site", "-L", "--dbpath",
                               top + "/" + store + "/bayes"] + list(arguments), env=dict(os.environ, HOME=top),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True).stdout

    for kind in ("spam", "ham"):
        learn(THEIR_LEARN, "theirs", "--" + kind, top + "/" + kind)
    write(top + "/backup", learn(THEIR_LEARN, "theirs", "--backup"))
    learn(sa_learn, "ours", "--restore", top + "/backup")
    subprocess.run(["chmod", "-R", "a+rwX", top], check=True)
    texts = mails(words)
    theirs, ours = serve(top, THEIR_SPAMD, "theirs", texts), serve(top, spamd, "ours", texts)
    kinds = {re.search(r"autolearn=(\w+)", answer).group(1) for answer in theirs if "autolearn=" in answer}
    check(name + ": all kinds are there", {"spam", "ham", "no"} <= kinds, kinds)
    for n, (their, our) in enumerate(zip(theirs, ours)):
        check("%s: mail %d" % (name, n), their == our, "\n  %s\n  %s" % (their, our))
    learn(THEIR_LEARN, "theirs", "--sync")
    stores = [set(learn(program, store, "--backup").splitlines()) for program, store in ((THEIR_LEARN, "theirs"), (sa_learn, "ours"))]
    check(name + ": databases", len(stores[0]) > 60 and stores[0] == stores[1], sorted(stores[0] ^ stores[1])[:10])


def main():
    if not (os.path.exists(THEIR_SPAMD) and os.path.exists(THEIR_LEARN)):
        sys.exit(77)
    for name, config in CONFIGS.items():
        with tempfile.TemporaryDirectory(prefix="autolearn") as top:
            compare(top, name, config, *map(os.path.abspath, sys.argv[1:3]))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
