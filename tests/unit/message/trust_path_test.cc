#include <doctest/doctest.h>

#include "message/relay.h"

using namespace message;

namespace {

std::string hop(const std::string& ip, const std::string& with = "ESMTP") {
    return "from h.example (h.example [" + ip + "]) by mx.example.net (Postfix) with " + with +
           " id ABCDEF; Mon, 1 Jan 2024 00:00:00 +0000";
}

// "192.0.2.1 10.0.0.1"
std::string ips(const std::vector<Relay>& relays) {
    std::string out;
    for (const Relay& relay : relays)
        out += (out.empty() ? "" : " ") + relay.ip;
    return out;
}

const std::vector<std::pair<std::string, std::string>> kNoOriginating;

}  // namespace

TEST_CASE("trust: without networks it ends at the first public address") {
    const MessageSettings settings;
    const TrustPath path =
        build_trust_path({hop("127.0.0.1"), hop("10.0.0.1"), hop("192.0.2.1"), hop("10.0.0.2")},
                         kNoOriginating, settings);
    CHECK(ips(path.trusted) == "127.0.0.1 10.0.0.1");
    CHECK(ips(path.internal) == "127.0.0.1 10.0.0.1");
    CHECK(ips(path.untrusted) == "192.0.2.1 10.0.0.2");
    CHECK(ips(path.external) == "192.0.2.1 10.0.0.2");
    CHECK(path.last_trusted_header == 1);
    CHECK(path.last_internal_header == 1);
    CHECK(path.trusted[0].internal);
    CHECK_FALSE(path.untrusted[1].internal);
    CHECK(path.untrusted[1].ip_private);
    CHECK_FALSE(path.is_all_trusted());
    CHECK(path.last_external()->ip == "192.0.2.1");
    CHECK(path.envelope_hop()->ip == "192.0.2.1");
    CHECK(path.first_trusted()->ip == "10.0.0.1");
    CHECK(TrustPath::reverse_ips(path.untrusted) == std::vector<std::string>{"1.2.0.192"});
}

TEST_CASE("trust: authentication extends it by one hop") {
    const TrustPath path = build_trust_path({hop("192.0.2.1", "ESMTPSA"), hop("192.0.2.2")},
                                            kNoOriginating, MessageSettings());
    CHECK(ips(path.trusted) == "192.0.2.1");
    CHECK(ips(path.untrusted) == "192.0.2.2");
    CHECK(path.trusted[0].auth == "ESMTPSA");
}

TEST_CASE("trust: configured networks decide, and msa_networks end the question") {
    MessageSettings settings;
    settings.trusted_networks.add("192.0.2.0/24");
    settings.trusted_networks_configured = true;
    const std::vector<std::string> received = {hop("192.0.2.1"), hop("192.0.2.2"),
                                               hop("198.51.100.1"), hop("192.0.2.3")};
    SUBCASE("internal follows trusted when it is not set") {
        const TrustPath path = build_trust_path(received, kNoOriginating, settings);
        CHECK(ips(path.trusted) == "192.0.2.1 192.0.2.2");
        CHECK(ips(path.internal) == "192.0.2.1 192.0.2.2");
    }
    SUBCASE("trusted follows internal when it is not set") {
        settings.internal_networks.add("192.0.2.1");
        settings.internal_networks_configured = true;
        settings.trusted_networks_configured = false;
        const TrustPath path = build_trust_path(received, kNoOriginating, settings);
        CHECK(ips(path.trusted) == "192.0.2.1");
    }
    SUBCASE("internal is the narrower") {
        settings.internal_networks.add("192.0.2.1");
        settings.internal_networks_configured = true;
        const TrustPath path = build_trust_path(received, kNoOriginating, settings);
        CHECK(ips(path.trusted) == "192.0.2.1 192.0.2.2");
        CHECK(ips(path.internal) == "192.0.2.1");
        CHECK(ips(path.external) == "192.0.2.2 198.51.100.1 192.0.2.3");
        CHECK(path.last_trusted_header == 1);
        CHECK(path.last_internal_header == 0);
    }
    SUBCASE("what an MSA took is trusted to the end") {
        settings.msa_networks.add("192.0.2.2");
        settings.msa_networks_configured = true;
        const TrustPath path = build_trust_path(received, kNoOriginating, settings);
        CHECK(path.untrusted.empty());
        CHECK(ips(path.internal) == "192.0.2.1 192.0.2.2 198.51.100.1 192.0.2.3");
        CHECK(path.trusted[1].msa);
        CHECK_FALSE(path.trusted[2].msa);
        CHECK(path.is_all_trusted());
    }
    SUBCASE("private addresses mean nothing then") {
        CHECK(build_trust_path({hop("10.0.0.1")}, kNoOriginating, settings).trusted.empty());
        CHECK(build_trust_path({hop("127.0.0.1")}, kNoOriginating, settings).trusted.size() == 1);
    }
}

TEST_CASE("trust: skipped and unparseable headers") {
    const TrustPath path = build_trust_path({"by mx.example.net with LMTP", hop("10.0.0.1"),
                                             "from nothing", hop("192.0.2.1"), "from nothing"},
                                            kNoOriginating, MessageSettings());
    CHECK(path.unparseable == 2);
    CHECK(path.last_trusted_header == 2);
    CHECK(ips(path.trusted) == "10.0.0.1");

    const TrustPath unread =
        build_trust_path({hop("10.0.0.1"), "from nothing"}, kNoOriginating, MessageSettings());
    CHECK_FALSE(unread.is_all_trusted());
    CHECK_FALSE(unread.is_without_relays());
    CHECK(build_trust_path({}, kNoOriginating, MessageSettings()).is_without_relays());
    CHECK(build_trust_path({}, kNoOriginating, MessageSettings()).first_trusted() == nullptr);
}

TEST_CASE("trust: a fetch from a mailbox forgets the hops above it, while still trusted") {
    const std::string fetch =
        "from pop.example.net [192.0.2.9] by localhost with POP3 (fetchmail-6.4.0) for x@localhost";
    const TrustPath path =
        build_trust_path({hop("127.0.0.1"), fetch, hop("10.0.0.1"), hop("192.0.2.1")},
                         kNoOriginating, MessageSettings());
    CHECK(ips(path.trusted) == "10.0.0.1");
    CHECK(ips(path.untrusted) == "192.0.2.1");
    CHECK(path.last_trusted_header == 2);

    const TrustPath late = build_trust_path({hop("192.0.2.1"), fetch, hop("192.0.2.2")},
                                            kNoOriginating, MessageSettings());
    CHECK(ips(late.untrusted) == "192.0.2.1 192.0.2.2");
}

TEST_CASE("trust: the envelope sender of qmail-scanner belongs to the next header") {
    const std::string scanner =
        "from h.example by mx.example.net (envelope-from <a@example.org>, uid 500) with "
        "qmail-scanner-1.24 (clamdscan: 0.80)";
    const TrustPath path = build_trust_path({scanner, hop("192.0.2.1"), hop("192.0.2.2")},
                                            kNoOriginating, MessageSettings());
    REQUIRE(path.untrusted.size() == 2);
    CHECK(path.untrusted[0].envfrom == "a@example.org");
    CHECK(path.untrusted[0].has_envfrom);
    CHECK_FALSE(path.untrusted[1].has_envfrom);
    CHECK(path.last_trusted_header == 0);
}

TEST_CASE("trust: X-Originating-IP and its kin are the oldest hops") {
    const TrustPath path = build_trust_path(
        {hop("192.0.2.1")},
        {{"X-Originating-IP", "[198.51.100.7]"}, {"X-SenderIP", "none"}, {"X", "x ::1 y"}},
        MessageSettings());
    CHECK(ips(path.untrusted) == "192.0.2.1 198.51.100.7 ::1");
    CHECK(path.untrusted[1].by.empty());
}

TEST_CASE("trust: the text of a relay keeps its order, and authentication cannot forge its end") {
    const TrustPath path = build_trust_path({hop("192.0.2.1")}, kNoOriginating, MessageSettings());
    CHECK(TrustPath::as_string(path.untrusted) ==
          "[ ip=192.0.2.1 rdns=h.example helo=h.example by=mx.example.net ident= envfrom= intl=0 "
          "id=ABCDEF auth= msa=0 ]");
    Relay relay;
    relay.auth = "Postfix (x msa=0 y)";
    relay.msa = true;
    CHECK(relay.as_string() ==
          "[ ip= rdns= helo= by= ident= envfrom= intl=0 id= auth=Postfix (x msa=1 y) msa=0 ]");
}

TEST_CASE("trust: ALL-TRUSTED runs through the header that ends trust, the rest begins there") {
    // Return-Path, Received 0, X-Spam, Received 1, Received 2, Subject
    const std::vector<bool> received = {false, true, false, true, true, false};
    CHECK(fields_through_received(received, -1).end == 2);
    CHECK(fields_through_received(received, 0).end == 4);
    CHECK(fields_through_received(received, 1).end == 5);
    CHECK(fields_through_received(received, 2).end == 6);
    CHECK(fields_from_received(received, -1).begin == 1);
    CHECK(fields_from_received(received, 1).begin == 4);
    CHECK(fields_from_received(received, 2).begin == 6);
    CHECK(fields_from_received(received, 2).end == 6);
}
