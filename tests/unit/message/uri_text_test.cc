#include <doctest/doctest.h>

#include "message/uri.h"
#include "message/uri_unicode.h"
#include "tests/unit/message/uri_test_settings.h"

using message::find_text_uris;
using message::TextUri;

namespace {

// "uri" or "uri (schemeless)" or "uri (unlinked)", joined by " | ".
std::string found_in(std::string_view text) {
    static const message::MessageSettings settings = uri_test_settings();
    std::string out;
    for (const TextUri& uri : find_text_uris(text, settings)) {
        if (!out.empty())
            out += " | ";
        out += uri.uri;
        if (uri.unlinked)
            out += " (unlinked)";
        else if (uri.schemeless)
            out += " (schemeless)";
    }
    return out;
}

}  // namespace

TEST_CASE("unicode: letters, digits and marks are word characters") {
    for (char32_t c : {U'a', U'_', U'7', U'\u00AA', U'\u00B5', U'\u0416', U'\u4E00', U'\U00020000'})
        CHECK(message::is_word_character(c));
    for (char32_t c : {U'-', U'\0', U'\u00A9', U'\u00AB', U'\u00D7', U'\u2014', U'\U0010FFFF'})
        CHECK_FALSE(message::is_word_character(c));
    CHECK(message::is_unicode_space(U'\u3000'));
    CHECK_FALSE(message::is_unicode_space(U'\u200B'));
}

TEST_CASE("text uris: what mail readers make a link of is found") {
    struct Row {
        const char *text, *found;
    } rows[] = {
        {"see http://example.com/a today", "http://example.com/a"},
        {"HTTPS://EXAMPLE.COM", "HTTPS://EXAMPLE.COM"},
        {"ftp://example.com/x", "ftp://example.com/x"},
        {"www.example.com/x", "http://www.example.com/x (schemeless)"},
        {"WWW12.example.com", "http://WWW12.example.com (schemeless)"},
        {"ftp.example.com", "ftp://ftp.example.com (schemeless)"},
        {"joe@example.com", "mailto:joe@example.com (schemeless)"},
        {"mailto:joe@example.com", "mailto:joe@example.com"},
        {"example.com", "http://example.com (unlinked)"},
        {"go to Example.COM:8080/x now", "http://Example.COM:8080/x (unlinked)"},
        {"example.com.", "http://example.com (unlinked)"},
        {"example.com.:80/x", "http://example.com.:80/x (unlinked)"},
        // Several, in order.
        {"a.com <http://b.com> c@d.com",
         "http://a.com (unlinked) | http://b.com | "
         "mailto:c@d.com (schemeless)"},
        {"a@b.com,http://c.com", "mailto:a@b.com (schemeless) | http://c.com"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(found_in(row.text) == row.found);
    }
}

TEST_CASE("text uris: what only looks like one is not") {
    for (const char* text : {"",
                             ".",
                             "@",
                             "http://",
                             "www.",
                             "mailto:",
                             "a@b",
                             "Vi@gra",
                             "word.Next",
                             "1.5",
                             "e.g.",
                             "example.com/",
                             "example.com, and",
                             "example.com)",
                             "a.unknown",
                             "xhttp:/example",
                             "a_b.com",
                             "-.com",
                             "a..com",
                             "example.com:123456",
                             "example.com:",
                             "[cid:a@b.com]",
                             "mid:a@b.com",
                             "a@b.unknown",
                             "a@b.com&nbsp;x",
                             "%example.com"}) {
        CAPTURE(text);
        CHECK(found_in(text) == "");
    }
}

TEST_CASE("text uris: they end at delimiters and lose punctuation at their end") {
    struct Row {
        const char *text, *found;
    } rows[] = {
        {"<http://a.com/x>", "http://a.com/x"},
        {"\"http://a.com/x\"y", "http://a.com/x"},
        {"http://a.com/x]y", "http://a.com/x"},
        {"http://a.com/x\xA0y", "http://a.com/x"},
        {"http://a.com/x\x1B(B", "http://a.com/x"},
        {"http://a.com/x!!!...", "http://a.com/x"},
        {"http://a.com/x'", "http://a.com/x"},
        {"http://a.com/x$", "http://a.com/x$"},
        {"http://a.com/,y", "http://a.com/,y"},
        // ")" ends it unless there is a "(" before.
        {"(http://a.com/x) y", "http://a.com/x"},
        {"http://a.com/x)y", "http://a.com/x"},
        {"http://a.com/x)y)z", "http://a.com/x)y"},
        {"http://a.com/(x)y", "http://a.com/(x)y"},
        // Addresses end sooner.
        {"joe@example.com,jim", "mailto:joe@example.com (schemeless)"},
        {"joe@example.com'", "mailto:joe@example.com (schemeless)"},
        {"joe@example.com\xC3\xA9", "mailto:joe@example.com (schemeless)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(found_in(row.text) == row.found);
    }
}

TEST_CASE("text uris: they begin at a word boundary, a delimiter or an ISO-2022 shift") {
    CHECK(found_in("xhttp://a.com/y") == "http://a.com/y (unlinked)");  // from "a" on
    CHECK(found_in("-http://a.com/y") == "http://a.com/y");
    CHECK(found_in("\xE3\x81\x82http://a.com/y") == "http://a.com/y");
    CHECK(found_in("\x1B(Bhttp://a.com/y") == "http://a.com/y");
    // A bare host name wants punctuation in front; the start of the text will do.
    CHECK(found_in("=a.com") == "http://a.com (unlinked)");
    CHECK(found_in("%a.com") == "");
    CHECK(found_in("\xE3\x81\x82"
                   "a.com") == "");
    CHECK(found_in("-joe@example.com") == "mailto:joe@example.com (schemeless)");
}

TEST_CASE("text uris: the leftmost start wins, known schemes before addresses") {
    CHECK(found_in("http://joe@example.com/") == "http://joe@example.com/");
    CHECK(found_in("joe@www.example.com") == "mailto:joe@www.example.com (schemeless)");
    CHECK(found_in("(joe@http://example.com") == "mailto:joe@http://example.com (schemeless)");
}

TEST_CASE("text uris: addresses are checked and their prefixes cleared away") {
    struct Row {
        const char *text, *found;
    } rows[] = {
        {"e-mail:joe@example.com", "mailto:joe@example.com (schemeless)"},
        {"Email::joe@example.com", "mailto:joe@example.com (schemeless)"},
        {"skype:joe@example.com", "mailto:joe@example.com (schemeless)"},
        {"x/joe@example.com", "http://x/joe@example.com (schemeless)"},
        {"mailto:joe%40example%2Ecom", ""},
        {"joe@example%2Ecom", ""},
        {"joe@a.com%20%20", "mailto:joe@a.com%20%20 (schemeless)"},
        {"joe@a.com?subject=x", "mailto:joe@a.com?subject=x (schemeless)"},
        {"joe@a.com&x", "mailto:joe@a.com&x (schemeless)"},
        {"joe@b\xFC"
         "cher.de",
         ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(found_in(row.text) == row.found);
    }
}

TEST_CASE("text uris: lengths are limited") {
    std::string path(2048 - 2, 'x');  // with "h/" before it
    CHECK(found_in("http://h/" + path) == "http://h/" + path);
    CHECK(found_in("http://h/" + path + "x") == "");
    CHECK(found_in("a.com/" + std::string(2048, 'x')) != "");
    CHECK(found_in("a.com/" + std::string(2049, 'x')) == "");
    std::string local(251, 'j');
    CHECK(found_in(local + "@a.com") != "");
    CHECK(found_in(local + "j@a.com") == "http://a.com (unlinked)");
    // Too long from its start, but a later word boundary is near enough.
    CHECK(found_in("x." + local + "@a.com") == "mailto:" + local + "@a.com (schemeless)");
    CHECK(found_in("a@" + std::string(247, 'b') + ".com") != "");
    CHECK(found_in("a@" + std::string(248, 'b') + ".com") == "");
}

TEST_CASE("text uris: one that was seen is not taken again, in whatever line") {
    message::MessageSettings settings = uri_test_settings();
    std::vector<std::string> lines = {"http://a.com b.com\n", "http://a.com! b.com c.com\n"};
    std::vector<TextUri> uris = find_text_uris(lines, settings);
    REQUIRE(uris.size() == 3);
    CHECK(uris[0].raw == "http://a.com");
    CHECK(uris[1].raw == "b.com");
    CHECK(uris[1].uri == "http://b.com");
    CHECK(uris[2].raw == "c.com");
    // Even if it did not count the first time: here an address lost its "@".
    CHECK(find_text_uris(std::vector<std::string>{"d.com@.", "d.com"}, settings).empty());
}

TEST_CASE("text uris: their number is limited") {
    message::MessageSettings settings = uri_test_settings();
    settings.limits.max_uris = 3;
    CHECK(find_text_uris("a.com b.com c.com d.com e.com", settings).size() == 3);
}

TEST_CASE("text uris: without a registry only those with a scheme are found") {
    message::MessageSettings settings;
    std::vector<TextUri> uris = find_text_uris("a.com b@c.com http://d.com", settings);
    REQUIRE(uris.size() == 1);
    CHECK(uris[0].uri == "http://d.com");
}

TEST_CASE("text uris: a megabyte of anchors is read in linear time") {
    // Quadratic work would take hours; no clock is needed to tell.
    for (std::string_view unit : {"@", ".", "a@", "a.", "mailto:", "www.", "http://", "/a.com",
                                  "a@b,", "-.a:", "\x1B(B@.", "a.com."}) {
        std::string text;
        while (text.size() < 1000000)
            text += unit;
        CAPTURE(unit);
        CHECK(found_in(text).size() < 5000);
    }
}
