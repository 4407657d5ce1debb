#include <doctest/doctest.h>

#include "message/host_name.h"
#include "message/ip_text.h"
#include "message/uri.h"
#include "tests/unit/message/uri_test_settings.h"

using message::HostAndDomain;
using message::uri_host_and_domain;
using message::UriString;

TEST_CASE("idn_to_ascii: names become lower case ACE, other dots become dots") {
    struct Row {
        const char *name, *ascii;
    } rows[] = {
        {"WWW.Example.COM", "www.example.com"},
        {"B\xC3\xBC"
         "cher.example",
         "xn--bcher-kva.example"},  // UTF-8
        {"b\xFC"
         "cher.example",
         "xn--bcher-kva.example"},  // ISO-8859-1
        {"stra\xC3\x9F"
         "e.de",
         "xn--strae-oqa.de"},  // sharp s is a letter of its own
        {"a\xE3\x80\x82"
         "b\xEF\xBC\x8E"
         "com",
         "a.b.com"},
        {"a\xE2\x80\xA4"
         "b\xEF\xB9\x92"
         "com",
         "a.b.com"},
        {"[::1]:80", "[::1]:80"},
        {"\x80\x81"
         "ABC",
         "\x80\x81"
         "abc"},  // no charset: lower case only
        {"", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(message::idn_to_ascii(row.name) == row.ascii);
    }
}

TEST_CASE("idn_to_ascii: a name that IDNA refuses stays as it is, but for its dots") {
    std::string label(64, 'x');
    CHECK(message::idn_to_ascii(label + "!.Com") == label + "!.Com");
    CHECK(message::idn_to_ascii("-A-%\xE3\x80\x82"
                                "Com") == "-A-%.Com");
}

TEST_CASE("is_fqdn_valid: two labels at least, of letters, digits, hyphens inside") {
    std::string label63(63, 'a');
    CHECK(message::is_fqdn_valid("Example.COM"));
    CHECK(message::is_fqdn_valid("example.com.."));
    CHECK(message::is_fqdn_valid(label63 + ".com"));
    CHECK(message::is_fqdn_valid("_dmarc.a_b.example.com"));
    CHECK(message::is_fqdn_valid("1.2"));

    CHECK_FALSE(message::is_fqdn_valid(""));
    CHECK_FALSE(message::is_fqdn_valid("."));
    CHECK_FALSE(message::is_fqdn_valid("com"));
    CHECK_FALSE(message::is_fqdn_valid(".com"));
    CHECK_FALSE(message::is_fqdn_valid("a..com"));
    CHECK_FALSE(message::is_fqdn_valid(label63 + "a.com"));
    CHECK_FALSE(message::is_fqdn_valid("-a.com"));
    CHECK_FALSE(message::is_fqdn_valid("a-.com"));
    CHECK_FALSE(message::is_fqdn_valid("a_b.com"));
    CHECK_FALSE(message::is_fqdn_valid("a.c_m"));
    CHECK_FALSE(message::is_fqdn_valid("a b.example.com"));
    std::string name253 = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');
    CHECK(message::is_fqdn_valid(name253));
    CHECK_FALSE(message::is_fqdn_valid(name253 + "a"));
}

TEST_CASE("is_ip_address: dotted quads and IPv6 in all their spellings") {
    for (const char* yes :
         {"1.2.3.4", "255.249.199.0", "::", "::1", "1::", "1:2:3:4:5:6:7:8",
          "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "FE80::abcd", "1:2:3:4:5:6:1.2.3.4",
          "::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5::1.2.3.4", "IPv6:::1", "ipv6:1::2"}) {
        CAPTURE(yes);
        CHECK(message::is_ip_address(yes));
    }
    for (const char* no : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "01.2.3.4",
                           "1.2.3.",
                           ".1.2.3.4",
                           "a.b.c.d",
                           ":",
                           ":::",
                           "1:",
                           ":1",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2:3:4:5:6:7:8",
                           "12345::",
                           "g::",
                           "1.2.3.4::",
                           "1:2:3:4:5:6::1.2.3.4",
                           "ipv6:1.2.3.4",
                           "[::1]",
                           "::1.2.3.256"}) {
        CAPTURE(no);
        CHECK_FALSE(message::is_ip_address(no));
    }
}

TEST_CASE("registry: a host is split where the registry delegates") {
    auto registry = uri_test_settings().registry;
    struct Row {
        const char *name, *host, *domain;
    } rows[] = {
        {"www.example.com", "www", "example.com"},
        {"A.B.Example.CO.UK", "a.b", "example.co.uk"},
        {"x.shop.demon.co.uk", "x", "shop.demon.co.uk"},
        {"co.uk", "", "co.uk"},
        {"example.com", "", "example.com"},
        {"localhost", "", "localhost"},
        {"a.b.unknown", "a", "b.unknown"},
        {"..www...example..com..", "www", "example.com"},
        {"", "", ""},
        {"...", "", ""},
        // RFC 1480
        {"a.b.c.ny.us", "a", "b.c.ny.us"},
        {"x.school.k12.ca.us", "x", "school.k12.ca.us"},
        {"a.school.pvt.k12.ma.us", "a", "school.pvt.k12.ma.us"},
        {"a.fire.ci.boston.ma.us", "a", "fire.ci.boston.ma.us"},
        {"a.fire.xx.boston.ma.us", "a.fire", "xx.boston.ma.us"},
        {"a.b.zz.us", "a.b", "zz.us"},
        {"a.b.com.us", "a", "b.com.us"},
        {"x.example.рф", "x", "example.xn--p1ai"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        auto [host, domain] = registry->split_domain(row.name);
        CHECK(host == row.host);
        CHECK(domain == row.domain);
        CHECK(registry->trim_domain(row.name) == row.domain);
    }
}

TEST_CASE("registry: only a known TLD behind a dot makes a domain valid") {
    auto registry = uri_test_settings().registry;
    CHECK(registry->is_valid_tld("CoM"));
    CHECK_FALSE(registry->is_valid_tld("co.uk"));
    CHECK_FALSE(registry->is_valid_tld(""));
    CHECK_FALSE(registry->is_valid_tld(std::string(200, 'a')));
    CHECK(registry->is_domain_valid("Example.COM"));
    CHECK(registry->is_domain_valid("!!!.com"));
    CHECK(registry->is_domain_valid(".com"));
    CHECK(registry->is_domain_valid("a.рф"));
    CHECK(registry->is_domain_valid("a.xn--p1ai", true));
    CHECK_FALSE(registry->is_domain_valid("com"));
    CHECK_FALSE(registry->is_domain_valid("a.com."));
    CHECK_FALSE(registry->is_domain_valid("a b.com"));
    CHECK_FALSE(registry->is_domain_valid("a.unknown"));
    CHECK_FALSE(registry->is_domain_valid(""));

    CHECK(registry->registered_domain("www.Example.co.uk") == "example.co.uk");
    CHECK(registry->registered_domain("1.2.3.4") == "");
    CHECK(registry->registered_domain("a_b.com") == "");
    CHECK(registry->registered_domain("com") == "");

    message::Registry other;
    CHECK(other.empty());
    other.add_tld("com");
    CHECK(other.is_domain_valid("a.com"));
    other.clear();
    CHECK_FALSE(other.is_domain_valid("a.com"));
}

TEST_CASE("uri: host and domain are found behind scheme, user and port") {
    message::MessageSettings settings = uri_test_settings();
    struct Row {
        const char *uri, *host, *domain;
    } rows[] = {
        {"http://WWW.Example.COM/Path?q#f", "www.example.com", "example.com"},
        {"https://user:pw@a.example.co.uk:8080/", "a.example.co.uk", "example.co.uk"},
        {"http:example.com", "example.com", "example.com"},
        {"example.com/x", "example.com", "example.com"},
        {"http://example.com:", "example.com", "example.com"},
        {"http://example.com?x=@b.com", "example.com", "example.com"},
        {"http://example.com#x", "example.com", "example.com"},
        {"http://192.0.2.1:80/x", "192.0.2.1", "192.0.2.1"},
        {"http://fe80::abcd/", "fe80::abcd", "fe80::abcd"},
        {"domainkeys:example.com", "example.com", "example.com"},
        {"mailto:a.b@Mail.Example.Org?subject=x", "mail.example.org", "example.org"},
        {"mailto:a@192.0.2.1", "192.0.2.1", "192.0.2.1"},
        {"http://b\xC3\xBC"
         "cher.de/",
         "xn--bcher-kva.de", "xn--bcher-kva.de"},
        {"http://a%2dexample.com/", "", ""},  // its decoded form is looked at instead
        {"http://a%20example.com/", "", ""},
        {"mailto:a@b.com,c@d.com", "", ""},
        {"mailto:nobody", "", ""},
        {"javascript:example.com", "", ""},
        {"cid:a@example.com", "", ""},
        {"file://example.com/", "", ""},
        {"http://localhost/", "", ""},
        {"http://a.unknown/", "", ""},
        {"http://a&b.com/", "", ""},
        {"http:///example.com", "", ""},
        {"", "", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.uri);
        HostAndDomain found = uri_host_and_domain(row.uri, settings);
        CHECK(found.host == row.host);
        CHECK(found.domain == row.domain);
    }
}

TEST_CASE("uri: characters know capitals and digits beyond ASCII, octets do not") {
    message::MessageSettings settings = uri_test_settings();
    // CAPITAL SHARP S: its lower case is the sharp s, while IDNA alone would make it "ss".
    std::string sharp = "http://a\xE1\xBA\x9E.de/";
    CHECK(uri_host_and_domain(UriString(sharp, true), settings).host == "xn--a-qfa.de");
    CHECK(uri_host_and_domain(UriString(sharp), settings).host == "ass.de");
    // ARABIC-INDIC DIGIT THREE as a port.
    std::string port = "http://a.de:\xD9\xA3";
    CHECK(uri_host_and_domain(UriString(port, true), settings).host == "a.de");
    CHECK(uri_host_and_domain(UriString(port), settings).host == "");
}

TEST_CASE("uri: rules see one byte per character where all fit") {
    CHECK(UriString("caf\xC3\xA9", true).rule_text() == "caf\xE9");
    CHECK(UriString("caf\xC3\xA9").rule_text() == "caf\xC3\xA9");
    CHECK(UriString("caf\xC3\xA9\xE2\x82\xAC", true).rule_text() == "caf\xC3\xA9\xE2\x82\xAC");
    CHECK(UriString("caf\xC3\xA9", true).length() == 4);
    CHECK(UriString("caf\xC3\xA9").length() == 5);

    UriString cut("\xC3\xA9\xC3\xA9x", true);
    CHECK_FALSE(cut.truncate(3));
    CHECK(cut.truncate(2));
    CHECK(cut.bytes == "\xC3\xA9\xC3\xA9");
    UriString octets("abc");
    CHECK(octets.truncate(2));
    CHECK(octets.bytes == "ab");
}
