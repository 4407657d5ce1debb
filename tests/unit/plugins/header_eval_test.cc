#include <doctest/doctest.h>

#include "plugin_bench.h"
#include "plugins/patterns.h"

namespace {

const char kRules[] =
    "header ADDRESS eval:check_for_to_in_subject('address')\n"
    "header USER eval:check_for_to_in_subject('user')\n"
    "header RATWARE eval:check_ratware_envelope_from()\n"
    "header AOL eval:check_for_fake_aol_relay_in_rcvd()\n"
    "header FORGED eval:check_for_forged_hotmail_received_headers()\n"
    "header MISSING eval:check_for_no_hotmail_received_headers()\n";

}  // namespace

TEST_CASE("patterns: what no pattern can find is told beforehand") {
    CHECK(plugins::may_contain("Hi BOB!", "bob"));
    CHECK(plugins::may_contain("\xC4rger", "\xE4rger"));
    CHECK(plugins::may_contain("", ""));
    CHECK_FALSE(plugins::may_contain("Hi Bo", "bob"));
    CHECK_FALSE(plugins::may_contain("", "b"));
}

TEST_CASE("header_eval: the recipient in the subject, the whole address or in front of it") {
    PluginBench bench("HeaderEval", kRules);
    REQUIRE(bench.diagnostics.all().empty());
    auto found = [&](std::string_view to, std::string_view subject) {
        auto c = bench.check("To: " + std::string(to) + "\nSubject: " + std::string(subject) +
                             "\n\nx\n");
        return std::string(c.hit("ADDRESS") ? "address " : "") + (c.hit("USER") ? "user" : "");
    };
    CHECK(found("bob@example.org", "For Bob@Example.ORG only") == "address ");
    CHECK(found("bob@example.org", "For xbob@example.org only") == "");
    CHECK(found("bob@example.org", "bob, look at this") == "user");
    CHECK(found("bob@example.org", "Bob, look at this") == "");
    CHECK(found("bob@example.org", "BOB") == "user");
    CHECK(found("bob@example.org", "Re: Bob") == "user");
    CHECK(found("bob@example.org", "Re: for you") == "");
}

TEST_CASE("header_eval: a sender made from the recipient's address") {
    PluginBench bench("HeaderEval", kRules);
    auto ratware = [&](std::string_view sender) {
        return bench
            .check("Return-Path: <" + std::string(sender) + ">\nTo: bob@mx.example.org\n\nx\n")
            .hit("RATWARE");
    };
    CHECK(ratware("news-example.org-bob@spam.example"));
    CHECK(ratware("news-Example.org=BOB@spam.example"));
    CHECK_FALSE(ratware("news-example.org-bobby@spam.example"));
    CHECK_FALSE(ratware("news-example.net-bob@spam.example"));
    CHECK_FALSE(ratware("SRS0=x=example.org=bob@spam.example"));
}

TEST_CASE("header_eval: relays that say they are AOL's or Hotmail's") {
    PluginBench bench("HeaderEval", kRules);
    auto hits = [&](std::string_view received, std::string_view from = "a@b.example") {
        auto c = bench.check("Received: " + std::string(received) + "\nFrom: " + std::string(from) +
                             "\n\nx\n");
        return std::string(c.hit("AOL") ? "aol " : "") + (c.hit("FORGED") ? "forged " : "") +
               (c.hit("MISSING") ? "missing" : "");
    };
    CHECK(hits("from x by\n\tRLY-ab12.mx.example (1.2)") == "aol ");
    CHECK(hits("from x by\n rly-ab12.mx.example ESMTP id RELAY") == "");
    CHECK(hits("from x (HELO hotmail.com) by y") == "forged ");
    CHECK(hits("from x by y", "a@hotmail.com") == "missing");
    CHECK(hits("from x (HELO hotmail.com) by y", "a@hotmail.com") == "forged ");
    CHECK(hits("from mail pickup service by hotmail.com with Microsoft SMTPSVC; x",
               "a@hotmail.com") == "");
    CHECK(hits("from x by y") == "");
}
