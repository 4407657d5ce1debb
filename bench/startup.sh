#!/usr/bin/env bash
# startup.sh: milliseconds from exec to the first checked message, ours with and without a rule cache
# and SpamAssassin's spamd in alternation, and the processor time that loading takes. Median of RUNS.
#
#   RUNS=9  BUILD=build/release  RULES=/usr/share/spamassassin  SITE=/etc/spamassassin
#   SPAMD=/usr/sbin/spamd (left out where it is not installed)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${BUILD:-$here/../build/release} RUNS=${RUNS:-9}
RULES=${RULES:-/usr/share/spamassassin} SITE=${SITE:-/etc/spamassassin} SPAMD=${SPAMD:-/usr/sbin/spamd}
work=$(mktemp -d /tmp/startup.XXXXXX)
chmod 711 "$work"
pid=
cleanup() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap cleanup EXIT

printf 'From: a@example.com\r\nTo: b@example.org\r\nSubject: first\r\n\r\nThe first message of the day.\r\n' > "$work/message"
echo message > "$work/list"

mkdir -m 755 "$work/cache" "$work/folder"
cp "$work/message" "$work/folder"
cache="--cf=rule_cache $work/cache/rules"

first_answer() { # SPAMD [OPTION]
    rm -f "$work/socket"
    HOME=$work LC_ALL=C "$1" -L -x -u nobody -s null --socketpath="$work/socket" -C "$RULES" \
        --siteconfigpath="$SITE" --cf="use_bayes 0" -m 2 "${@:2}" > /dev/null 2> "$work/err" &
    pid=$!
    "$BUILD/bin/load" --wait 120 --root "$work" "$work/socket" "$work/list"
    kill "$pid" && wait "$pid" 2>/dev/null || true
    pid=
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], "(" v[1] " to " v[NR] ")" }'; }
# User and system time of a run that loads everything and checks one message. It is in a folder: for
# a message alone spamassassin does not look for required factors.
processor_time() { # [OPTION]
    local TIMEFORMAT='%U %S'
    { time "$BUILD/bin/spamassassin" -L -C "$RULES" --siteconfigpath="$SITE" "$@" "$work/folder" > /dev/null 2>&1; } 2>&1 |
        awk '{ printf "%d\n", ($1 + $2) * 1000 }'
}

for _ in $(seq "$RUNS"); do
    first_answer "$BUILD/bin/spamd" --cf="rule_cache none" >> "$work/miharu"
    # The first of these stores the cache for the others.
    first_answer "$BUILD/bin/spamd" "$cache" >> "$work/cached"
    if [ -x "$BUILD/bin/spamassassin" ]; then
        processor_time --cf="rule_cache none" >> "$work/time"
        processor_time "$cache" >> "$work/cached_time"
    fi
    [ ! -x "$SPAMD" ] || first_answer "$SPAMD" >> "$work/spamassassin"
done
echo "first answer, no cache, ms:     $(median < "$work/miharu")"
echo "first answer, with cache, ms:   $(median < "$work/cached")"
[ ! -f "$work/spamassassin" ] || echo "first answer, SpamAssassin, ms: $(median < "$work/spamassassin")"
if [ -f "$work/time" ]; then
    echo "processor time, no cache, ms:   $(median < "$work/time")"
    echo "processor time, with cache, ms: $(median < "$work/cached_time")"
fi
