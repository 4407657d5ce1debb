#include <doctest/doctest.h>

#include "plugin_bench.h"

namespace {

const char kMail[] =
    "From: a@b.example\nSubject: x\nContent-Type: text/html\n\n"
    "<a href=\"http://one.example.com/pay\">Your <b>Bank</b></a>\n"
    "<img src=\"http://pics.example.org/a.gif\"> see http://plain.example.net/\n";

bool hits(const std::string& criteria) {
    PluginBench b("URIDetail", "uri_detail R " + criteria + "\n");
    CAPTURE(criteria);
    CHECK(b.diagnostics.error_count() == 0);
    return b.check(kMail).hit("R");
}

}  // namespace

TEST_CASE("uri detail: all criteria hold for the same URI") {
    const std::pair<const char*, bool> rows[] = {
        {"raw =~ /pay/", true},
        {"raw =~ /^pay/", false},
        {"text =~ /Bank/ domain =~ /^example\\.com$/", true},
        {"text =~ /Bank/ domain =~ /^example\\.org$/", false},
        {"type =~ /^img$/ cleaned =~ /gif/i", true},
        {"type =~ /^img$/ host !~ /^pics/", false},
        {"type =~ /^img$/ host !~ /^one/", true},
        {"type =~ m{^parsed$} host=~m!plain!", true},
        {"text !~ /Bank/", false},                // URIs without an anchor have no text to differ
        {"raw =~ /nowhere/ raw =~ /pay/", true},  // the last of a key counts
    };
    for (const auto& [criteria, expected] : rows)
        CHECK(hits(criteria) == expected);
}

TEST_CASE("uri detail: what is no criterion is refused") {
    PluginBench b("URIDetail",
                  "uri_detail A colour =~ /x/\nuri_detail B raw =~ /(/\nuri_detail C nothing\n"
                  "uri_detail D\nuri_detail 5 raw =~ /x/\n");
    CHECK(b.diagnostics.error_count() == 5);
    CHECK(b.rules.find("A") == rules::kNoRule);
    CHECK(b.plugins.has_feature("Mail::SpamAssassin::Plugin::URIDetail::has_host_key"));
}

TEST_CASE("uri detail: a second line adds to the criteria of the first") {
    PluginBench b("URIDetail", "uri_detail R raw =~ /pay/\nuri_detail R type =~ /^img$/\n");
    CHECK_FALSE(b.check(kMail).hit("R"));
}
