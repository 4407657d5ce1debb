#include "tests/support/plugin_table.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "plugin_bench.h"

namespace {

// What SpamAssassin 4.0.1 brings under Mail::SpamAssassin::Plugin.
constexpr std::string_view kPluginsOfSpamAssassin[] = {
    "ASN",
    "AWL",
    "AccessDB",
    "AntiVirus",
    "AskDNS",
    "AuthRes",
    "Bayes",
    "BodyEval",
    "AutoLearnThreshold",
    "Check",
    "DCC",
    "BodyRuleBaseExtractor",
    "DKIM",
    "DMARC",
    "DNSEval",
    "ExtractText",
    "FreeMail",
    "DecodeShortURLs",
    "HTMLEval",
    "HashBL",
    "FromNameSpoof",
    "HeaderEval",
    "ImageInfo",
    "HTTPSMismatch",
    "MIMEEval",
    "MIMEHeader",
    "OLEVBMacro",
    "P595Body",
    "PDFInfo",
    "OneLineBodyRuleType",
    "PhishTag",
    "Phishing",
    "Pyzor",
    "Razor2",
    "RelayEval",
    "RelayCountry",
    "ReplaceTags",
    "Reuse",
    "ResourceLimits",
    "Rule2XSBody",
    "SPF",
    "Shortcircuit",
    "SpamCop",
    "Test",
    "TextCat",
    "TxRep",
    "URIDNSBL",
    "URIDetail",
    "URIEval",
    "URILocalBL",
    "VBounce",
    "WLBLEval",
    "WelcomeListSubject",
};

}  // namespace

TEST_CASE("plugins: doc/plugins.md says what the registry says") {
    std::ifstream file(TEST_SOURCE_DIR "/../doc/plugins.md");
    REQUIRE(file);
    std::stringstream text;
    text << file.rdbuf();
    // When it does not: build/dev/bin/plugin_table > doc/plugins.md
    CHECK(text.str() == plugin_table());
}

TEST_CASE("plugins: the table has every plugin of SpamAssassin") {
    std::string table = plugin_table();
    CHECK(table.find("| ReplaceTags | native | – |") != std::string::npos);
    CHECK(table.find("| URIEval | native | `check_for_http_redirector`") != std::string::npos);
    CHECK(table.find("| PhishTag | accepted and inert | – |") != std::string::npos);
    for (auto name : kPluginsOfSpamAssassin) {
        CAPTURE(name);
        CHECK(table.find("\n| " + std::string(name) + " | ") != std::string::npos);
    }
}

TEST_CASE("plugins: an unknown one costs one warning and the rules under its ifplugin") {
    PluginBench b("URIEval",
                  "loadplugin My::Own my_own.pm\n"
                  "ifplugin My::Own\nbody A eval:my_own()\nendif\nbody B /text/\n");
    CHECK(b.diagnostics.error_count() == 0);
    CHECK(b.diagnostics.all().size() == 1);
    CHECK(b.rules.find("A") == rules::kNoRule);
    CHECK(b.check("Subject: x\n\ntext\n").hit("B"));
}
