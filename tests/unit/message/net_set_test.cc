#include "message/net_set.h"

#include <doctest/doctest.h>

using namespace message;

TEST_CASE("net set: every way to write a network") {
    struct Row {
        const char* network;
        const char* inside;
        const char* outside;
    };
    for (const Row& row : {Row{"192.0.2.0/24", "192.0.2.255", "192.0.3.0"},
                           Row{"192.0.2.77/24", "192.0.2.0", "192.0.1.255"},
                           Row{"192.0.2.7", "192.0.2.7", "192.0.2.8"},
                           Row{"10.", "10.255.0.1", "11.0.0.0"},
                           Row{"10", "10.255.0.1", "11.0.0.0"},
                           Row{"198.51", "198.51.100.1", "198.52.0.0"},
                           Row{"198.51.100.", "198.51.100.1", "198.51.101.0"},
                           Row{"198.51/20", "198.51.15.255", "198.51.16.0"},
                           Row{"192.0.2.0/255.255.255.128", "192.0.2.127", "192.0.2.128"},
                           Row{"010.001.2.3", "10.1.2.3", "10.1.2.4"},
                           Row{" 192.0.2.7", "192.0.2.7", "192.0.2.8"},
                           Row{"0/0", "203.0.113.1", "2001:db8::1"},
                           Row{"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
                           Row{"[2001:DB8::]/32", "2001:db8::1", "2001:db7::"},
                           Row{"[2001:db8::7]", "2001:db8::7", "2001:db8::8"},
                           Row{"2001:db8::/ffff:ffff::", "2001:db8:1::", "2001:db9::"},
                           Row{"fe80::1%eth0/64", "fe80::2", "fe80:1::"},
                           Row{"::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9"},
                           Row{"::/0", "192.0.2.1", ""},
                           Row{"192.0.2.5-192.0.2.9", "192.0.2.9", "192.0.2.10"},
                           Row{"2001:db8::5-2001:db8::9", "2001:db8::5", "2001:db8::4"}}) {
        CAPTURE(row.network);
        NetSet set;
        CHECK(set.add(row.network));
        CHECK(set.size() == 1);
        CHECK(set.contains(row.inside));
        CHECK_FALSE(set.contains(row.outside));
    }
}

TEST_CASE("net set: what is no network leaves the set as it was") {
    NetSet set;
    for (const char* text :
         {"", "!", "host.example", "300.1.2.3", "256", "1.2.3.4.5", "1..2", "192.0.2.0/33",
          "192.0.2.0/", "192.0.2.0/x", "192.0.2.0/255.0.255.0", "2001:db8::/129", "2001:db8::/x",
          "192.0.2.9-192.0.2.5", "192.0.2.5-2001:db8::", "192.0.2.0/24 ", "::g", "[::1"}) {
        CAPTURE(text);
        CHECK_FALSE(set.add(text));
        CHECK(set.empty());
    }
}

TEST_CASE("net set: the first network that contains an address decides") {
    NetSet set;
    CHECK(set.add("!192.0.2.128/25"));
    CHECK(set.add("192.0.2.0/24"));
    CHECK(set.contains("192.0.2.1"));
    CHECK_FALSE(set.contains("192.0.2.200"));
    CHECK(set.contains("::ffff:192.0.2.1"));
    CHECK(set.contains("::ffff:c000:201"));
    CHECK_FALSE(set.contains("not an address"));
    CHECK_FALSE(NetSet().contains("192.0.2.1"));

    SUBCASE("so a later network inside an earlier one is not added") {
        CHECK(set.add_network("192.0.2.1") == NetSet::Added::AlreadyIncluded);
        CHECK(set.add_network("!192.0.2.1") == NetSet::Added::AlreadyIncluded);
        CHECK(set.add_network("192.0.2.129") == NetSet::Added::AlreadyExcluded);
        CHECK(set.add_network("192.0.2.0/23") == NetSet::Added::Yes);
        CHECK(set.size() == 3);
    }
    SUBCASE("and a network inside an exclusion is not contained") {
        CHECK(set.contains_network("192.0.2.0/26"));
        CHECK_FALSE(set.contains_network("192.0.2.192/26"));
        CHECK_FALSE(set.contains_network("192.0.0.0/16"));
        CHECK_FALSE(set.contains_network("nonsense"));
    }
}

TEST_CASE("net set: inner networks outside the outer set are dropped") {
    NetSet outer = NetSet::with_loopback(), inner = NetSet::with_loopback();
    outer.add("192.0.2.0/24");
    for (const char* text : {"192.0.2.7", "!198.51.100.1", "198.51.100.0/24"})
        inner.add(text);
    CHECK(inner.drop_outside(outer) == std::vector<std::string>{"198.51.100.0/24"});
    CHECK(inner.size() == 4);
    CHECK(inner.contains("127.0.0.1"));
    CHECK(inner.contains("::1"));
    CHECK(inner.contains("192.0.2.7"));
    CHECK_FALSE(inner.contains("198.51.100.7"));
}

TEST_CASE("ip address: parses and prints both families") {
    CHECK(IpAddress::parse("192.0.2.1")->to_string() == "192.0.2.1");
    CHECK(IpAddress::parse("2001:DB8:0::1")->to_string() == "2001:db8::1");
    CHECK(IpAddress::parse("::ffff:192.0.2.1") == IpAddress::parse("192.0.2.1"));
    for (const char* text : {"", "192.0.2", "192.0.2.", "1.2.3.4.", "[::1]", "::1%eth0", ":"}) {
        CAPTURE(text);
        CHECK_FALSE(IpAddress::parse(text));
    }
    CHECK(is_private(*IpAddress::parse("10.0.0.1")));
    CHECK(is_private(*IpAddress::parse("100.127.0.1")));
    CHECK(is_private(*IpAddress::parse("::ffff:a00:1")));
    CHECK(is_private(*IpAddress::parse("fe80::1")));
    CHECK(is_private(*IpAddress::parse("::1")));
    CHECK_FALSE(is_private(*IpAddress::parse("::2")));
    CHECK_FALSE(is_private(*IpAddress::parse("192.0.2.1")));
    CHECK_FALSE(is_private(*IpAddress::parse("100.128.0.1")));
}
