#include "html/uri_reference.h"

#include <doctest/doctest.h>

TEST_CASE("uri: references resolve against a base") {
    const char* base = "http://a/b/c/d";
    struct {
        const char* reference;
        const char* target;
    } rows[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d?y"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {"#s", "http://a/b/c/d#s"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../../../g", "http://a/g"},
        {"./../g", "http://a/b/g"},
        {"g/./h/../i", "http://a/b/c/g/i"},
        {"g:h", "g:h"},
        {"https://x/y/../z", "https://x/z"},
        // The base's own scheme does not make a reference absolute.
        {"http:g", "http://a/b/c/g"},
        {"", "http://a/b/c/d"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.reference);
        CHECK(html::resolve({base}, {row.reference}).bytes == row.target);
    }
}

TEST_CASE("uri: without a base, references stay relative") {
    struct {
        const char* reference;
        const char* target;
    } rows[] = {
        {"foo.html", "foo.html"},
        {"//www.x.example/", "http://www.x.example/"},
        {"//www22.x", "http://www22.x"},
        {"//ftp.x", "ftp://ftp.x"},
        {"//wwwx.y", "//wwwx.y"},
        {"", ""},
        {"0", ""},
        {"a/0", "a/0"},
        {"../x", "/x"},
        {"x#a\nb", "x#a"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.reference);
        CHECK(html::resolve({}, {row.reference}).bytes == row.target);
    }
}

TEST_CASE("uri: octets and characters meet as characters") {
    html::CharString target = html::resolve({"http://h/\xE9/", false}, {"\xE2\x82\xAC", true});
    CHECK(target.utf8);
    CHECK(target.bytes == "http://h/\xC3\xA9/\xE2\x82\xAC");
}

TEST_CASE("uri: a base ends in a slash, its file name gone") {
    struct {
        const char* href;
        const char* base;
    } rows[] = {
        {"http://h", "http://h/"},
        {"http://h/x/index.html", "http://h/x/"},
        {"http://h/x/a.b.htm", "http://h/x/a./"},
        {"http://h/x/index.xhtml", "http://h/x/index.xhtml/"},
        {"http://h.example", "http://h.example/"},
        {"HTTPS:h/x.htm", "HTTPS:h/"},
        {"ftp:/h/d", "ftp:/h/d/"},
        {"foo/bar.html", ""},
        {"mailto:x", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.href);
        CHECK(html::base_of({row.href}).bytes == row.base);
    }
}

TEST_CASE("uri: white space and hard blanks around it go") {
    CHECK(html::trim_uri({" \n\xC2\xA0u v\xE3\x80\x80 ", true}).bytes == "u v");
    CHECK(html::trim_uri({"\xA0u\xC2\xA0", false}).bytes == "u\xC2");
}

TEST_CASE("uri: a refresh names its target after the last url= of the first line") {
    struct {
        const char* content;
        const char* target;
    } rows[] = {
        {"0;url=http://x/", "http://x/"},
        {"0; URL = http://x/ ; y", "http://x/"},
        {"5;url=a url=b", "b"},
        {"0;\nurl=x", "0\nurl=x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.content);
        std::string scratch;
        REQUIRE(html::has_refresh_target({row.content}));
        CHECK(html::refresh_target({row.content}, scratch).bytes == row.target);
    }
    CHECK_FALSE(html::has_refresh_target({"0;curl=x"}));
    CHECK_FALSE(html::has_refresh_target({"0;url x"}));
}
