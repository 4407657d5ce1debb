#!/bin/sh
# The functional, wire, delivery and parity tests with programs under AddressSanitizer and
# UndefinedBehaviorSanitizer (the unit tests and replays run so in test.sh). Fails when a test fails, and when any
# process reported something, even one whose end no test looked at.
#
#   tests/sanitized.sh [argument of ctest ...]
set -eu
cd "$(dirname "$0")/.."
findings=$(mktemp -d)
trap 'rm -rf "$findings"' EXIT
# Workers write there, too, whatever user they have become.
chmod 1777 "$findings"

cmake --preset asan
cmake --build --preset asan --target spamd spamc sa-learn spamassassin
# What the program that is tested prints must not be mixed with reports. Leaks are looked for in programs that come to
# their end; workers leave by _exit.
export ASAN_OPTIONS="log_path=$findings/report"
export UBSAN_OPTIONS="log_path=$findings/report:print_stacktrace=1"
failed=0
ctest --preset asan -LE unit -j2 "$@" || failed=1
for report in "$findings"/report*; do
    [ -e "$report" ] || continue
    failed=1
    echo "--- $report" >&2
    cat "$report" >&2
done
exit $failed
