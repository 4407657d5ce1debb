#include "message/ip_text.h"

#include <doctest/doctest.h>

using namespace message;

TEST_CASE("ip text: what is an address and what only looks like one") {
    for (const char* good : {"192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1",
                             "2001:DB8::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
                             "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "2001:db8::192.0.2.1",
                             "IPv6:2001:db8::1", "ipv6:::1", "192.0.2.1\n"}) {
        CAPTURE(good);
        CHECK(is_ip_address(good));
    }
    for (const char* bad : {"",
                            "192.0.2",
                            "192.0.2.256",
                            "192.0.2.01",
                            "192.0.2.1.",
                            "192.0.2.1.5",
                            "1:2:3:4:5:6:7",
                            "1:2:3:4:5:6:7:8:9",
                            "1::2::3",
                            ":1",
                            "1:",
                            ":::",
                            "12345::",
                            "g::1",
                            "::1%eth0",
                            "[::1]",
                            "1:2:3:4:5:6:7:192.0.2.1",
                            "::192.0.2.300",
                            "IPv6:192.0.2.1",
                            "IPv6:",
                            "192.0.2.1\n\n"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_ip_address(bad));
    }
    CHECK(is_ipv4_address("192.0.2.1"));
    CHECK_FALSE(is_ipv4_address("::1"));
    CHECK_FALSE(is_ipv4_address("192.0.2.1 "));
}

TEST_CASE("ip text: an address in running text stands apart from letters and colons") {
    CHECK(find_ip_address("by [192.0.2.1]") == "192.0.2.1");
    CHECK(find_ip_address("host-192.0.2.1-x") == "192.0.2.1");
    CHECK(find_ip_address("x192.0.2.1 and 192.0.2.2") == "192.0.2.2");
    CHECK(find_ip_address("port:192.0.2.1") == std::nullopt);
    CHECK(find_ipv4_address("port:192.0.2.1") == "192.0.2.1");
    CHECK(find_ip_address("[IPv6:2001:db8::1]") == "IPv6:2001:db8::1");
    CHECK(find_ip_address("12:34:56") == std::nullopt);
    CHECK(find_ip_address("a::b:c x") == "a::b:c");
    CHECK(find_ip_address("1.2.3.4.5", 1) == "2.3.4.5");
    CHECK(find_ip_address(std::string(100000, 'a') + " ::1") == "::1");
}

TEST_CASE("ip text: a v6 address with a dotted tail can be read with and without it") {
    const IpEnds ends = ip_address_ends("::ffff:1.2.3.4]", 0);
    REQUIRE(ends.count == 2);
    CHECK(ends.end[0] == 14);
    CHECK(ends.end[1] == 8);
    CHECK(ip_address_ends("192.0.2.1]", 0).count == 1);
}

TEST_CASE("ip text: localhost has many names") {
    const auto longest = [](std::string_view text) {
        const IpEnds ends = localhost_ends(text, 0);
        return ends.count > 0 ? ends.end[0] : 0;
    };
    CHECK(longest("localhost)") == 9);
    CHECK(longest("LocalHost.LocalDomain]") == 21);
    CHECK(longest("127.0.0.1]") == 9);
    CHECK(longest("127.0.0.10]") == 0);
    CHECK(longest("127.0.0.2]") == 0);
    CHECK(longest("::1]") == 3);
    CHECK(longest("IPv6:::1]") == 8);
    CHECK(longest("0:0:0:0:0:0:0:0001]") == 18);
    CHECK(longest("::2]") == 0);
    CHECK(longest("::ffff:127.0.0.1]") == 16);
    CHECK(longest("::ffff:127.0.0.12]") == 0);
    CHECK(longest("2001:db8::1]") == 0);
}

TEST_CASE("ip text: private addresses are told by their spelling") {
    for (const char* text :
         {"10.1.2.3", "127.0.0.1", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
          "100.64.0.1", "100.127.255.255", "fe80::1", "FEBF::", "::1", "0:0:0:0:0:0:0:1",
          "0000:0::0001", "::ffff:10.0.0.1", "0:0:0:0:0:FFFF:192.168.0.1", "IPv6:::1", "10."}) {
        CAPTURE(text);
        CHECK(is_private(text));
    }
    for (const char* text : {"",
                             "11.0.0.1",
                             "172.15.0.1",
                             "172.32.0.1",
                             "192.169.0.1",
                             "100.63.0.1",
                             "100.128.0.1",
                             "169.253.0.1",
                             "192.0.2.1",
                             "fec0::1",
                             "fe8::1",
                             "::2",
                             "::1:0",
                             "::11",
                             "2001:db8::1",
                             "::ffff:192.0.2.1",
                             "::ffff:a00:1",
                             "::10.0.0.1",
                             "0:0::00:0:ffff:10.0.0.1",
                             "localhost"}) {
        CAPTURE(text);
        CHECK_FALSE(is_private(text));
    }
}

TEST_CASE("ip text: addresses are reversed for DNS lists") {
    CHECK(reverse_ip("192.0.2.1") == "1.2.0.192");
    CHECK(reverse_ip("2001:db8::1") ==
          "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
    for (const char* text : {"", "192.0.2", "192.0.2.1.5", "192.0.2.1234", "localhost", "::g"}) {
        CAPTURE(text);
        CHECK(reverse_ip(text) == std::nullopt);
    }
}
