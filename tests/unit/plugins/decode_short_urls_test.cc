#include <doctest/doctest.h>

#include "plugin_bench.h"

namespace {

bool is_short(const std::string& uri) {
    PluginBench b("DecodeShortURLs",
                  "url_shortener sho.com .many.com\nurl_shortener_get GET.org gone.com\n"
                  "clear_url_shortener gone.com\nbody S eval:short_url()\n"
                  "body R eval:short_url_redir()\n");
    CHECK(b.diagnostics.error_count() == 0);
    auto c = b.check("Subject: x\nContent-Type: text/html\n\n<a href=\"" + uri + "\">x</a>\n");
    CHECK_FALSE(c.hit("R"));
    return c.hit("S");
}

}  // namespace

TEST_CASE("decode short urls: hosts count with a path, with www, and by their domain") {
    const std::pair<const char*, bool> rows[] = {
        {"http://sho.com/abc", true},       {"https://SHO.com/abc?x=1", true},
        {"http://sho.com/", false},         {"http://sho.com", false},
        {"http://sho.com/#abc", false},     {"http://u:p@sho.com:80/abc", true},
        {"http://www.sho.com/abc", true},   {"http://www.sho.com/", true},
        {"http://a.sho.com/abc", false},    {"http://a.many.com/", true},
        {"http://www.many.com/abc", false}, {"http://a.b.many.com/abc", false},
        {"http://get.org/abc", true},       {"http://gone.com/abc", false},
        {"ftp://sho.com/abc", false},       {"http://other.com/http://sho.com", false},
    };
    for (const auto& [uri, expected] : rows) {
        CAPTURE(uri);
        CHECK(is_short(uri) == expected);
    }
}

TEST_CASE("decode short urls: the old way to write rules is warned about") {
    PluginBench b("DecodeShortURLs", "body S eval:short_url_tests()\n");
    REQUIRE(b.diagnostics.all().size() == 1);
    CHECK(b.diagnostics.all()[0].severity == config::Severity::Warning);
}
