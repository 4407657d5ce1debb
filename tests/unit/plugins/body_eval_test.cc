#include <doctest/doctest.h>

#include "plugin_bench.h"

namespace {

bool all_differs(const std::string& text, const std::string& html) {
    PluginBench b("BodyEval", "body R eval:multipart_alternative_difference('99', '100')\n");
    CHECK(b.diagnostics.error_count() == 0);
    return b
        .check(
            "Content-Type: multipart/alternative; boundary=b\n\n"
            "--b\nContent-Type: text/plain; charset=utf-8\n\n" +
            text + "\n--b\nContent-Type: text/html; charset=utf-8\n\n" + html + "\n--b--\n")
        .hit("R");
}

}  // namespace

TEST_CASE("body eval: words of alternatives are compared") {
    CHECK(all_differs("one two", "<p>three</p>"));
    CHECK_FALSE(all_differs("one two", "<p>two three</p>"));
    CHECK_FALSE(all_differs("one two", "<p>... ---</p>"));
}

TEST_CASE("body eval: words of alternatives are Unicode's, and so is the space between them") {
    CHECK(all_differs("one", "<p>\xEF\xBC\xB6\xEF\xBD\x89</p>"));  // fullwidth letters
    CHECK_FALSE(all_differs("one", "<p>\xE3\x80\x82</p>"));        // an ideographic full stop
    // Hiragana, an ideographic space, Hiragana: two words.
    CHECK_FALSE(all_differs("\xE3\x81\x93", "<p>\xE3\x81\x93\xE3\x80\x80\xE3\x82\x93</p>"));
}
