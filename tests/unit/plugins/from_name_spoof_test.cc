#include <doctest/doctest.h>

#include "plugin_bench.h"

namespace {

constexpr std::string_view kRules =
    "header SPOOF eval:check_fromname_spoof()\nheader SPOOF0 eval:check_fromname_spoof('0')\n"
    "header SPOOF2 eval:check_fromname_spoof('2')\n"
    "header DIFF eval:check_fromname_different()\n"
    "header DOMAIN eval:check_fromname_domain_differ()\n"
    "header OWNER eval:check_fromname_owners_differ()\n"
    "header EMAIL eval:check_fromname_contains_email()\n"
    "header EQ_TO eval:check_fromname_equals_to()\n"
    "header EQ_REPLY eval:check_fromname_equals_replyto()\n";

std::string hits(std::string_view headers, std::string_view more = "") {
    PluginBench b("FromNameSpoof", std::string(kRules) + std::string(more));
    auto c = b.check(std::string(headers) + "\nSubject: x\n\nbody\n");
    std::string all;
    for (const auto& hit : c.status->hits())
        all += (all.empty() ? "" : " ") + b.rules.rule(hit.rule).name;
    return all;
}

}  // namespace

TEST_CASE("from name spoof: an address in the name is compared with the address") {
    const std::pair<const char*, const char*> rows[] = {
        {"From: Me <me@one.example.com>", ""},
        {"From: \"me@one.com\" <me@one.com>", "EMAIL"},
        {"From: \"boss@one.com\" <me@one.com>", "SPOOF0 DIFF EMAIL"},
        {"From: \"boss@one.com\" <boss@two.net>", "SPOOF SPOOF0 SPOOF2 DIFF DOMAIN OWNER EMAIL"},
        {"From: \"Boss@One.com\" <boss@one.net>", "SPOOF0 SPOOF2 DIFF DOMAIN EMAIL"},
        {"From: \"a@b.com\" <x@y.net>\nTo: a@b.com\nReply-To: a@b.com",
         "SPOOF SPOOF0 SPOOF2 DIFF DOMAIN OWNER EMAIL EQ_TO EQ_REPLY"},
        {"From: \"a@no-such-tld.invalid\" <x@y.net>", ""},
    };
    for (const auto& [from, expected] : rows) {
        CAPTURE(from);
        std::string sorted = hits(from);
        auto words = util::words(sorted);
        auto wanted = util::words(expected);
        std::sort(words.begin(), words.end());
        std::sort(wanted.begin(), wanted.end());
        CHECK(words == wanted);
    }
}

TEST_CASE(
    "from name spoof: owners may have many domains, and names may hold more than an address") {
    const char from[] = "From: \"help@bank.com\" <news@mail.bank-offers.net>";
    CHECK(hits(from).find("OWNER") != std::string::npos);
    CHECK(hits(from, "fns_add_addrlist (BANK) *@bank.com *@bank-offers.net\n").find("OWNER") ==
          std::string::npos);
    CHECK(hits(from,
               "fns_add_addrlist (MAIN) *@bank.com *@bank-offers.net\n"
               "fns_remove_addrlist (main) *@bank.com\n")
              .find("OWNER") != std::string::npos);
    CHECK(hits("From: \"the help desk, help@bank.com\" <a@b.net>", "fns_extrachars 5\n") ==
          "EMAIL");
    CHECK(hits(std::string(from) + "\nX-List: 1", "fns_ignore_headers X-List\n").empty());
    CHECK(hits(from, "fns_check 0\n").find("SPOOF") != std::string::npos);
}

TEST_CASE("from name spoof: bad values are reported") {
    PluginBench b("FromNameSpoof",
                  "fns_check 3\nfns_check\nfns_add_addrlist x y\nfns_ignore_dkim\n"
                  "fns_ignore_headers\nfns_extrachars x\n");
    CHECK(b.diagnostics.error_count() == 6);
}
