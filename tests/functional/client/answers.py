#!/usr/bin/env python3
"""Puts a spamc through cases.py and compares exit code, standard output and the requests it sent with
what SpamAssassin's spamc does, as recorded in recorded.json.

    answers.py SPAMC [name ...]        compare
    answers.py --record /usr/bin/spamc record
    answers.py --original SPAMC        compare with no regard to our departures

Exit code: 0 all the same, 1 differences, 77 the program is not there.
"""
import argparse
import concurrent.futures
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import cases  # noqa: E402
from fake_server import FakeServer  # noqa: E402

RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded.json")
USER = pwd.getpwuid(os.geteuid()).pw_name.encode()


def perform(case, program, directory):
    server = None
    socket_path = os.path.join(tempfile.mkdtemp(dir=directory), "s")
    if case["server"]:
        server = FakeServer(case["script"], unix_path=socket_path if case["server"] == "unix" else None,
                            host="::1" if case["server"] == "tcp6" else "127.0.0.1",
                            tls=cases.tls_context(case["tls"], directory) if case["tls"] else None)
    arguments = [a.replace("@PORT", str(server.port if server else 0)).replace("@SOCK", socket_path)
                 .replace("@DIR", directory) for a in case["args"]]
    # -l, so that a run of a thousand failures does not end in the system's log.
    process = subprocess.Popen([program, "-l"] + arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    try:
        stdout, stderr = process.communicate(case["stdin"], timeout=20)
        code = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        code = None
    requests = []
    if server:
        server.close()
        # Whether a connection without a request was noticed is chance.
        requests = [r.replace(b"User: " + USER + b"\r\n", b"User: (me)\r\n") for r in server.requests if r]
    # Which of several connections got how far is chance unless all was read, or under TLS.
    if not case["script"] or any("read" not in steps for steps in case["script"]):
        requests = None
    return {"exit": code, "stdout": stdout, "requests": requests, "stderr": stderr}


def shorten(data):
    return data if data is None or len(data) <= 4096 else data[:2048] + b"...%d bytes..." % len(data) + data[-2048:]


def as_json(result):
    requests = result["requests"]
    return {"exit": result["exit"], "stdout": shorten(result["stdout"]).decode("latin-1"),
            "requests": None if requests is None else [shorten(r).decode("latin-1") for r in requests]}


def expected_of(case, recorded, original):
    expected = dict(recorded)
    if case["departs"] and not original:
        for key in ("exit", "stdout", "requests"):
            if key in case["departs"]:
                value = case["departs"][key]
                if key == "stdout":
                    value = value.decode("latin-1")
                elif key == "requests" and value is not None:
                    value = [r.decode("latin-1") for r in value]
                expected[key] = value
    return expected


def same(expected, got):
    # A wrong command line shows help, each in its own words.
    if expected["exit"] == 64 and got["exit"] == 64:
        return True
    # The version's further lines are each program's own.
    version = "SpamAssassin Client version 4.0.1\n"
    if all(r["exit"] == 0 and r["stdout"].startswith(version) for r in (expected, got)):
        return True
    return all(expected[k] is None and k == "requests" or expected[k] == got[k] for k in ("exit", "stdout", "requests"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--original", action="store_true")
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("program")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    FakeServer.reads_tls_to_end = options.record or options.original
    program = shutil.which(options.program)
    if not program:
        print("SKIPPED: there is no %s" % options.program)
        return 77
    chosen = [c for c in cases.CASES if not options.names or any(c["name"].startswith(n) for n in options.names)]
    names = [c["name"] for c in chosen]
    assert len(names) == len(set(names)), [n for n in names if names.count(n) > 1]
    try:
        FakeServer([], host="::1").close()
    except OSError:
        print("no IPv6 here: it is not tested")
        chosen = [c for c in chosen if c["server"] != "tcp6"]
    directory = tempfile.mkdtemp(prefix="spamc")
    try:
        if not cases.make_files(directory):
            print("openssl(1) is missing: TLS is not tested")
            chosen = [c for c in chosen if not c["tls"]]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(lambda c: perform(c, program, directory), chosen))
    finally:
        shutil.rmtree(directory, ignore_errors=True)

    if options.record:
        recorded = {c["name"]: as_json(r) for c, r in zip(chosen, results)}
        for name, result in recorded.items():
            if result["exit"] == 64:
                result["stdout"] = ""
        with open(RECORDED, "w") as file:
            json.dump(recorded, file, indent=0, sort_keys=True)
            file.write("\n")
        print("%d cases recorded" % len(recorded))
        return 0
    with open(RECORDED) as file:
        recorded = json.load(file)
    wrong = 0
    for case, result in zip(chosen, results):
        expected = expected_of(case, recorded[case["name"]], options.original)
        got = as_json(result)
        if not same(expected, got):
            wrong += 1
            print("DIFFERS %s   %s" % (case["name"], case["args"]))
            for key in ("exit", "stdout", "requests"):
                if expected[key] != got[key]:
                    print("  %s expected %s\n  %s got      %s" % (key, repr(expected[key])[:600], " " * len(key), repr(got[key])[:600]))
            print("  stderr %r" % result["stderr"][:300])
    print("%d of %d cases are the same" % (len(chosen) - wrong, len(chosen)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
