#!/bin/sh
# All tests: unit, wire, functional, fuzz replays; then the unit tests and replays once more under
# AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   ./test.sh          as CI runs it
#   ./test.sh --long   also runs all other tests so, and each fuzz target for a minute (needs clang 14)
set -eu
cd "$(dirname "$0")"

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    packages="g++ cmake ninja-build pkg-config ccache libpcre2-dev libexpat1-dev libzip-dev zlib1g-dev libssl-dev openssl
        libboost-program-options-dev libsqlite3-dev libfmt-dev libidn2-dev libmaxminddb-dev libchardet-dev libdb5.3-dev libpq-dev doctest-dev python3 shellcheck mandoc systemd
        spamassassin spamd spamc libencode-detect-perl libarchive-zip-perl libio-string-perl dovecot-core dovecot-lmtpd dovecot-imapd dovecot-sieve exim4-daemon-heavy
        spamass-milter procmail maildrop postgresql"
    missing=""
    for p in $packages; do
        dpkg -s "$p" >/dev/null 2>&1 || missing="$missing $p"
    done
    if [ -n "$missing" ]; then
        # The mail servers of tests/delivery are installed, but not started as the machine's own.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            printf '#!/bin/sh\nexit 101\n' >$policy
            chmod 755 $policy
            trap 'rm -f $policy' EXIT
        fi
        apt-get update -q
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
    fi
fi

# Debian has one mail server installed, Exim: tests/delivery runs an unpacked Postfix and OpenSMTPD.
unpack() {
    [ ! -d "build/packages/$1" ] || return 0
    download=$(mktemp -d)
    if (cd "$download" && apt-get download -q "$@"); then
        mkdir -p build/packages
        for deb in "$download"/*.deb; do
            dpkg -x "$deb" "build/packages/$1"
        done
    fi
    rm -rf "$download"
}
if command -v apt-get >/dev/null 2>&1; then
    unpack postfix
    unpack opensmtpd libevent-2.1-7
fi

# Haraka is no package of Debian's, and wants a newer Node.js than Debian 12 has: its test is skipped without it.
haraka=build/packages/haraka
if [ ! -d $haraka ] && command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
    mkdir -p $haraka.new
    if npm install --prefix $haraka.new --omit=optional --ignore-scripts --no-audit --no-fund --fetch-retries=1 \
        Haraka@3.3.4 haraka-plugin-spamassassin@1.1.2; then
        mv $haraka.new $haraka
    else
        rm -rf $haraka.new
    fi
fi

cmake --preset dev -DMIHARU_WERROR=ON
cmake --build --preset dev
ctest --preset dev

cmake --preset asan
cmake --build --preset asan
# The sanitizers slow servers down: functional tests run so with --long only.
ctest --preset asan -L unit

if [ "${1:-}" = --long ]; then
    tests/sanitized.sh
    cmake --preset fuzz
    cmake --build --preset fuzz
    for target in build/fuzz/bin/*_fuzz; do
        name=$(basename "$target" _fuzz)
        seeds=tests/fuzz/seeds/$name
        [ -d "$seeds" ] || continue
        work=$(mktemp -d)
        "$target" -max_total_time=60 -print_final_stats=1 "$work" "$seeds"
        rm -rf "$work"
    done
fi
