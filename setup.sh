#!/bin/sh
# Installs what Miharu needs, builds a release, and shows that it works: a ham and a spam sample go
# through spamc to a spamd on a socket of its own, which is stopped again.
#
#   ./setup.sh                with packages (needs root for that part, or sudo)
#   ./setup.sh --no-packages  they are there already
set -eu
cd "$(dirname "$0")"

install_packages() {
    if command -v apt-get >/dev/null 2>&1; then
        packages="g++ cmake ninja-build pkg-config ccache libpcre2-dev libexpat1-dev libzip-dev zlib1g-dev libssl-dev
            libboost-program-options-dev libsqlite3-dev libfmt-dev libidn2-dev libmaxminddb-dev libchardet-dev libdb5.3-dev libpq-dev doctest-dev python3"
        missing=""
        for p in $packages; do
            dpkg -s "$p" >/dev/null 2>&1 || missing="$missing $p"
        done
        [ -z "$missing" ] && return
        sudo=""
        [ "$(id -u)" = 0 ] || sudo=sudo
        $sudo apt-get update -q
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive $sudo apt-get install -q -y --no-install-recommends $missing
    elif command -v pkg >/dev/null 2>&1; then
        pkg install -y cmake ninja pkgconf ccache pcre2 expat libzip sqlite3 boost-libs libfmt libidn2 libmaxminddb libchardet db5 postgresql15-client doctest python3
    else
        echo "setup.sh: neither apt-get nor pkg here; README.md names the packages" >&2
    fi
}

[ "${1:-}" = --no-packages ] || install_packages

cmake --preset release
cmake --build --preset release --target spamd spamc sa-learn spamassassin

bin=$PWD/build/release/bin
work=$(mktemp -d)
chmod 755 "$work"
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
user=
if [ "$(id -u)" = 0 ]; then
    user="-u nobody"
fi
# shellcheck disable=SC2086
"$bin/spamd" -L -x $user -s null --socketpath="$work/spamd.sock" 2>"$work/log" &
pid=$!
i=0
until [ -S "$work/spamd.sock" ] && "$bin/spamc" -U "$work/spamd.sock" -K >/dev/null 2>&1; do
    i=$((i + 1))
    if [ $i -gt 100 ]; then
        cat "$work/log" >&2
        echo "setup.sh: spamd does not answer" >&2
        exit 1
    fi
    sleep 0.1
done
for sample in ham spam; do
    echo
    echo "A sample $sample through spamc and spamd:"
    "$bin/spamc" -U "$work/spamd.sock" <"tests/samples/$sample.eml" >"$work/$sample"
    sed -n '/^$/q;/^X-Spam/,/^[^ 	X]/p' "$work/$sample" | grep -E '^(X-Spam|[ 	])' || {
        echo "setup.sh: the $sample came back unmarked" >&2
        exit 1
    }
done
grep -q '^X-Spam-Flag: YES' "$work/spam" || {
    echo "setup.sh: the spam sample was not found out" >&2
    exit 1
}
echo
echo "Miharu works. Programs: $bin. Next: README.md."
