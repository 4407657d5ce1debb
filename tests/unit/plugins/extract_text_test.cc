#include <doctest/doctest.h>

#include "plugin_bench.h"

namespace {

PluginBench bench(std::string_view config) {
    return PluginBench(
        "ExtractText",
        "body TEXT /printed/\nheader ANY exists:X-ExtractText-Flags\n" + std::string(config));
}

const char kCat[] =
    "extracttext_external Show cat {}\nextracttext_use SHOW .txt2 application/x-text\n";

}  // namespace

TEST_CASE("extracttext: what a program prints is the text of the part") {
    PluginBench b("ExtractText", std::string("body TEXT /printed here/\n") + kCat);
    auto c = b.check(mail_with("application/octet-stream", "a.TXT2", "It is printed\nhere."));
    CHECK(c.hit("TEXT"));
    CHECK(c.tag("EXTRACTTEXTTOOLS") == "show");
    CHECK(c.tag("EXTRACTTEXTTYPES") == "application/octet-stream");
    CHECK(c.tag("EXTRACTTEXTEXTENSIONS") == "TXT2");
    CHECK(c.tag("EXTRACTTEXTCHARS") == "19");
    CHECK(c.tag("EXTRACTTEXTWORDS") == "3");
    CHECK(c.tag("EXTRACTTEXTFLAGS") == "");
    CHECK(c.metadata("X-ExtractText-Tools") == "show");

    CHECK(b.check(mail_with("application/x-text", "a.bin", "printed here")).hit("TEXT"));
    c = b.check(mail_with("application/x-texts", "a.txt2.bin", "printed here"));
    CHECK_FALSE(c.hit("TEXT"));
    CHECK(c.tag("EXTRACTTEXTTOOLS") == "(none)");
}

TEST_CASE("extracttext: texts of the message are left alone, but they count as parts") {
    PluginBench b("ExtractText",
                  "header ANY exists:X-ExtractText-Tools\n"
                  "extracttext_external cat cat {}\nextracttext_use cat .* .*/.*\n"
                  "extracttext_maxparts 1\n");
    CHECK_FALSE(b.check(mail_with("application/x", "a.bin", "printed")).hit("ANY"));
    PluginBench two("ExtractText",
                    "header ANY exists:X-ExtractText-Tools\n"
                    "extracttext_external cat cat {}\nextracttext_use cat .* .*/.*\n"
                    "extracttext_maxparts 2\n");
    CHECK(two.check(mail_with("application/x", "a.bin", "printed")).hit("ANY"));
    CHECK_FALSE(two.check(mail_with("text/plain", "a.txt", "printed")).hit("ANY"));
}

TEST_CASE("extracttext: flags tell of links, codes and nothing") {
    PluginBench b("ExtractText", kCat);
    auto flags = [&](std::string_view text) {
        return b.check(mail_with("application/x-text", "a", text)).tag("EXTRACTTEXTFLAGS");
    };
    CHECK(flags("   \n") == "NoText");
    CHECK(flags("see <a href=\"http://x.example/\">") == "ActionURI");
    CHECK(flags("QR-Code:http://y.example/ and") == "QR-Code");
    CHECK(flags("said NoText") == "NoText");
    CHECK(b.check(mail_with("application/x-text", "a", "QR-Code:http://y.example/ and"))
              .tag("EXTRACTTEXTURIS") == "http://y.example/");
}

TEST_CASE("extracttext: a program that fails gives nothing, one that is stopped what it printed") {
    auto with = [](const std::string& script) {
        auto b = bench(
            "extracttext_timeout 1 5\nextracttext_max_output 200000\n"
            "extracttext_external sh /bin/sh -c \"" +
            script +
            "\" {}\n"
            "extracttext_use sh .bin\n");
        auto c = b.check(mail_with("application/x", "a.bin", "x"));
        return std::pair(c.hit("TEXT"), c.hit("ANY"));
    };
    CHECK(with("echo printed") == std::pair(true, true));
    CHECK(with("echo printed; exit 1") == std::pair(false, false));
    CHECK(with("echo printed; sleep 60") == std::pair(true, true));
    CHECK(with("while :; do echo printed; done") == std::pair(true, true));
}

TEST_CASE("extracttext: variables, quotes and later programs") {
    auto b = bench(
        "extracttext_external one {WORD=printed} /bin/sh -c \"echo $WORD\" x\n"
        "extracttext_external two /bin/sh -c \"echo later\" x\n"
        "extracttext_use one .bin\nextracttext_use two application/x\n");
    CHECK(b.diagnostics.error_count() == 0);
    auto c = b.check(mail_with("application/x", "a.bin", "x"));
    CHECK(c.tag("EXTRACTTEXTTOOLS") == "one two");
    CHECK_FALSE(c.hit("TEXT"));  // the later one's text stands
    CHECK(b.check(mail_with("application/y", "a.bin", "x")).hit("TEXT"));
}

TEST_CASE("extracttext: lines that say nothing are reported") {
    for (const char* line : {"extracttext_external x", "extracttext_external x cat",
                             "extracttext_use x", "extracttext_use x (", "extracttext_timeout",
                             "extracttext_timeout a", "extracttext_timeout 1 2 3",
                             "extracttext_external x cat {}\nextracttext_external X cat {}"}) {
        CAPTURE(line);
        CHECK(bench(std::string(line) + "\n").diagnostics.error_count() == 1);
    }
    auto html = bench("extracttext_external x pdf2html {}\n");
    CHECK(html.diagnostics.error_count() == 0);
    CHECK_FALSE(html.diagnostics.all().empty());
}
