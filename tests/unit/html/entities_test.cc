#include "html/entities.h"

#include <doctest/doctest.h>

using html::CharString;

namespace {
CharString decode(std::string_view text, bool utf8, bool expand_prefix = true) {
    CharString out;
    html::decode_entities({text, utf8}, expand_prefix, out);
    return out;
}
}  // namespace

TEST_CASE("entities: names and numbers become characters") {
    struct {
        const char* in;
        const char* out;
    } rows[] = {
        {"&amp;&lt;&gt;&quot;&apos;", "&<>\"'"},
        {"&eacute;", "\xC3\xA9"},
        {"&euro; &#8364; &#x20AC; &#X20ac", "\xE2\x82\xAC \xE2\x82\xAC \xE2\x82\xAC \xE2\x82\xAC"},
        {"&#65;&#066&#x43 ", "ABC "},
        {"&#128;", "\xC2\x80"},
        // Latin-1 names need no semicolon, others do.
        {"&eacutex &ampx &copyfoo",
         "\xC3\xA9x &x \xC2\xA9"
         "foo"},
        {"&euro &hearts", "&euro &hearts"},
        {"&notit; &notin;", "\xC2\xACit; \xE2\x88\x89"},
        {"&ampamp;lt;", "&amp;lt;"},
        // Left as written.
        {"&AMP; &unknown; & &; &#; &#x; &#0; &#1114112; &#xFFFE;",
         "&AMP; &unknown; & &; &#; &#x; &#0; &#1114112; &#xFFFE;"},
        // Surrogates pair up; alone they are replaced.
        {"&#xd83d;&#xde00;", "\xF0\x9F\x98\x80"},
        {"&#xd83d; &#xde00;", "\xEF\xBF\xBD \xEF\xBF\xBD"},
        {"&#xFDD0;", "\xEF\xBF\xBD"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.in);
        CHECK(decode(row.in, true).bytes == row.out);
    }
}

TEST_CASE("entities: NUL passes for a hex digit") {
    CHECK(decode(std::string_view("&#x4\0;", 6), true).bytes == "@");
}

TEST_CASE("entities: in attributes a name is not cut out of a longer one") {
    CHECK(decode("a&copyb=1&amp=2", true, false).bytes == "a&copyb=1&=2");
    CHECK(decode("&copy", true, false).bytes == "\xC2\xA9");
}

TEST_CASE("entities: octets stay octets until a wider character comes") {
    CharString narrow = decode("\xE9&eacute;", false);
    CHECK_FALSE(narrow.utf8);
    CHECK(narrow.bytes == "\xE9\xE9");

    CharString wide = decode("\xE9&eacute;&euro;\xE9&#233;", false);
    CHECK(wide.utf8);
    CHECK(wide.bytes == "\xC3\xA9\xC3\xA9\xE2\x82\xAC\xC3\xA9\xC3\xA9");
}
