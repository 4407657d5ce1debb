#!/usr/bin/env bash
# compare.sh CORPUS: our spamd beside SpamAssassin's and Rspamd, in one run, on the same messages.
#
# CORPUS is a directory of messages (one a file), or a list of paths relative to $ROOT. All systems
# run local tests only, with the same number of workers, and with the .cf files of this machine
# (Rspamd once with its own rules alone, once with the .cf files in its SpamAssassin module beside
# them, its compiled patterns warm). The same messages go through each in turn, in several rounds,
# so that a busy machine is unfair to all of them alike. What is not installed is left out.
#
# Printed: the medians over the rounds of messages/s, MB/s and latencies (ms); milliseconds from
# exec to the first checked message; proportional memory of all processes (MB) after the last round;
# and our messages/s over theirs.
#
#   MESSAGES=400 ROUNDS=3 WORKERS=2 CLIENTS=2*WORKERS VERB=SYMBOLS SECONDS_EACH=4
#   BUILD=build/release  SYSTEMS="miharu spamassassin rspamd rspamd_sa"  WORK=a scratch directory to
#   keep (Rspamd's compiled patterns stay there; the first start of rspamd_sa takes minutes)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
corpus=${1:?usage: compare.sh CORPUS}
BUILD=${BUILD:-$here/../build/release}
MESSAGES=${MESSAGES:-400} ROUNDS=${ROUNDS:-3} WORKERS=${WORKERS:-2} VERB=${VERB:-SYMBOLS}
CLIENTS=${CLIENTS:-$((WORKERS * 2))} SECONDS_EACH=${SECONDS_EACH:-4}
RULES=${RULES:-/usr/share/spamassassin} SITE=${SITE:-/etc/spamassassin} SPAMD=${SPAMD:-/usr/sbin/spamd}
SYSTEMS=${SYSTEMS:-miharu spamassassin rspamd rspamd_sa}
keep=${WORK:-}
work=${WORK:-$(mktemp -d /tmp/compare.XXXXXX)}
mkdir -p "$work"
chmod 711 "$work"
load=$BUILD/bin/load
declare -A pids

cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
    [ -n "$keep" ] || rm -rf "$work"
}
trap cleanup EXIT

if [ -d "$corpus" ]; then
    root=$corpus
    (cd "$corpus" && find . -type f | LC_ALL=C sort) > "$work/all"
else
    root=${ROOT:-.}
    cp "$corpus" "$work/all"
fi
# Evenly over the list, so that each kind of mail is there in its proportion.
awk -v want="$MESSAGES" '{ line[NR] = $0 }
    END { if (want > NR) want = NR; for (i = 0; i < want; i++) print line[int(i * NR / want) + 1] }' \
    "$work/all" > "$work/list"
head -1 "$work/list" > "$work/first"

start() {
    case $1 in
    miharu | spamassassin)
        local spamd=$SPAMD
        [ "$1" = miharu ] && spamd=$BUILD/bin/spamd
        # The same state for both: none.
        HOME=$work LC_ALL=C "$spamd" -L -x -u nobody -s "$work/$1.log" --socketpath="$work/$1.sock" \
            -C "$RULES" --siteconfigpath="$SITE" --cf="use_bayes 0" -m "$WORKERS" --min-children "$WORKERS" \
            --max-conn-per-child 1000000 > /dev/null 2> "$work/$1.err" & ;;
    rspamd) "$here/rspamd.sh" "$work/rspamd" "$work/$1.sock" "$WORKERS" > "$work/$1.err" 2>&1 & ;;
    rspamd_sa) "$here/rspamd.sh" "$work/rspamd_sa" "$work/$1.sock" "$WORKERS" "$RULES"/*.cf "$SITE"/*.cf \
        > "$work/$1.err" 2>&1 & ;;
    esac
    pids[$1]=$!
}
stop() {
    kill "${pids[$1]}" 2>/dev/null || true
    wait "${pids[$1]}" 2>/dev/null || true
    unset "pids[$1]"
    rm -f "$work/$1.sock"
}
options() { case $1 in rspamd*) echo --http ;; *) echo "--verb $VERB" ;; esac; }
first_answer() { "$load" $(options "$1") --wait 120 --root "$root" "$work/$1.sock" "$work/first"; }
# Proportional memory of a process and all below it.
pss() {
    local all="$1" new="$1"
    while new=$(ps -o pid= --ppid "$(echo $new | tr ' ' ,)" 2>/dev/null | tr -d ' '); [ -n "$new" ]; do
        all="$all $new"
    done
    for pid in $all; do cat /proc/"$pid"/smaps_rollup 2>/dev/null; done |
        awk '/^Pss:/ { sum += $2 } END { printf "%.1f\n", sum / 1024 }'
}
have() {
    case $1 in
    miharu) [ -x "$BUILD/bin/spamd" ] ;;
    spamassassin) [ -x "$SPAMD" ] ;;
    *) command -v rspamd > /dev/null ;;
    esac
}

systems=()
for system in $SYSTEMS; do
    if have "$system"; then systems+=("$system"); else echo "$system: not installed, left out" >&2; fi
done

# Rspamd compiles its patterns at the first start; only what is compiled counts.
for system in "${systems[@]}"; do
    case $system in rspamd*) ;; *) continue ;; esac
    echo "$system: waiting for compiled patterns" >&2
    rm -f "$work/$system/log/rspamd.log"
    start "$system"
    for _ in $(seq 900); do
        grep -q 'hs_helper.*compiled [0-9]* regular expressions' "$work/$system/log/rspamd.log" 2>/dev/null && break
        sleep 1
    done
    sleep 3
    stop "$system"
done

for system in "${systems[@]}"; do
    start "$system"
    first_answer "$system" > "$work/$system.first"
done
# Warm caches, in files and processes.
for system in "${systems[@]}"; do
    head -40 "$work/list" > "$work/warm"
    "$load" $(options "$system") --clients "$CLIENTS" --root "$root" "$work/$system.sock" "$work/warm" > /dev/null || true
done
for round in $(seq "$ROUNDS"); do
    for system in "${systems[@]}"; do
        "$load" $(options "$system") --clients "$CLIENTS" --seconds "$SECONDS_EACH" --root "$root" \
            "$work/$system.sock" "$work/list" > "$work/$system.round$round" || true
        echo "round $round $system: $(cat "$work/$system.round$round")" >&2
    done
done
for system in "${systems[@]}"; do
    pss "${pids[$system]}" > "$work/$system.pss"
done

median() { # SYSTEM FIELD
    cat "$work/$1".round* | tr '\t' '\n' | sed -n "s/^$2=//p" | sort -n |
        awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
echo "$(wc -l < "$work/list") messages, $ROUNDS rounds, $WORKERS workers, $CLIENTS clients, $(nproc) processors"
printf '%-13s %11s %8s %8s %8s %8s %8s %9s %9s %7s\n' system messages/s MB/s p50 p95 p99 failed first_ms pss_MB ratio
ours=$(median miharu per_second 2>/dev/null || true)
for system in "${systems[@]}"; do
    rate=$(median "$system" per_second)
    printf '%-13s %11s %8s %8s %8s %8s %8s %9s %9s %7s\n' "$system" "$rate" "$(median "$system" mb_per_second)" \
        "$(median "$system" p50)" "$(median "$system" p95)" "$(median "$system" p99)" "$(median "$system" failed)" \
        "$(cat "$work/$system.first")" "$(cat "$work/$system.pss")" \
        "$(awk -v a="${ours:-0}" -v b="$rate" 'BEGIN { printf "%.1f", (b > 0 ? a / b : 0) }')"
done
