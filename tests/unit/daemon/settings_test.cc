#include "daemon/settings.h"

#include <doctest/doctest.h>

using spamd::make_settings;
using spamd::option_table;

static util::Expected<spamd::Settings, spamd::Refusal> read(std::vector<std::string> words) {
    auto parsed = option_table().parse(words);
    REQUIRE(parsed);
    return make_settings(*parsed);
}

TEST_CASE("settings: the start line of a FreeBSD mail server is understood whole") {
    auto s =
        read({"-c", "-u", "spamd", "-x", "--virtual-config-dir=/var/mail/%d/%l/spamassassin/spamd",
              "-d", "-r", "/var/run/spamd/spamd.pid"});
    REQUIRE(s);
    CHECK(s->create_prefs);
    CHECK(s->username == "spamd");
    CHECK_FALSE(s->user_config);
    CHECK(s->virtual_config_dir == "/var/mail/%d/%l/spamassassin/spamd");
    CHECK(s->daemonize);
    CHECK(s->pidfile == "/var/run/spamd/spamd.pid");
    CHECK(s->listen == std::vector<std::string>{"localhost"});
    CHECK(s->allowed_ips.contains("127.0.0.1"));
    CHECK_FALSE(s->allowed_ips.contains("192.0.2.1"));
}

TEST_CASE("settings: counts that make no sense fall back to the defaults") {
    auto s =
        read({"-m", "0", "--max-conn-per-child=-3", "--min-spare=9", "--max-spare=0", "-T", "-1"});
    REQUIRE(s);
    CHECK(s->max_children == 5);
    CHECK(s->max_conn_per_child == 200);
    CHECK(s->min_spare == 4);
    CHECK(s->max_spare == 5);
    CHECK(s->timeout_tcp == 30);
}

TEST_CASE("settings: a count that is no number is refused") {
    auto s = read({"-m", "many"});
    REQUIRE_FALSE(s);
    CHECK(s.error().exit_code == 64);
}

TEST_CASE("settings: virtual users and SQL need a user to run as") {
    CHECK_FALSE(read({"-x", "--virtual-config-dir=/v/%u"}));
    CHECK_FALSE(read({"-q"}));
    CHECK(read({"-x", "--virtual-config-dir=/v/%u", "-u", "nobody"}));
}

TEST_CASE("settings: options that are gone or not supported are refused, not ignored") {
    CHECK(read({"-F", "1"}).error().exit_code == 2);
    CHECK(read({"--add-from"}).error().exit_code == 2);
    CHECK_FALSE(read({"--ldap-config"}));
    CHECK(read({"-S"}));
}

TEST_CASE("settings: several ways to listen add up, an empty one means everywhere") {
    auto s = read(
        {"-i", "ssl:[::1]:7830", "--listen-ip=192.0.2.1", "--socketpath=/run/spamd.sock", "-i"});
    REQUIRE(s);
    CHECK(s->listen ==
          std::vector<std::string>{"ssl:[::1]:7830", "192.0.2.1", "", "/run/spamd.sock"});
    CHECK(read({"--socketmode=0660"})->socket_mode == 0660);
    CHECK_FALSE(read({"--socketmode=rw"}));
}

TEST_CASE("settings: -A takes lists of networks") {
    auto s = read({"-A", "192.0.2.0/24,10.", "-A", "[2001:db8::]/32"});
    REQUIRE(s);
    CHECK(s->allowed_ips.contains("192.0.2.77"));
    CHECK(s->allowed_ips.contains("10.1.2.3"));
    CHECK(s->allowed_ips.contains("2001:db8::5"));
    CHECK_FALSE(s->allowed_ips.contains("127.0.0.1"));
    CHECK_FALSE(read({"-A", "nonsense"}));
}
