#include <doctest/doctest.h>

#include "message/uri.h"
#include "tests/unit/message/uri_test_settings.h"

using message::canonicalize;
using message::UriString;

namespace {

using Forms = std::vector<std::string>;

Forms forms_of(std::string uri, const message::MessageSettings& settings = uri_test_settings()) {
    return canonicalize(Forms{std::move(uri)}, settings);
}

}  // namespace

TEST_CASE("canonicalize: a plain URI has one form") {
    CHECK(forms_of("http://example.com/x?y=1&z#f") == Forms{"http://example.com/x?y=1&z#f"});
    CHECK(forms_of("ftp://example.com/") == Forms{"ftp://example.com/"});
    CHECK(forms_of("tel:12345") == Forms{"tel:12345"});
}

TEST_CASE("canonicalize: forms, in the order in which they arise") {
    struct Row {
        const char* uri;
        Forms forms;
    } rows[] = {
        // Line ends and outer white space.
        {" http://exa\nmple.com/a\r\nb \t", {"http://example.com/ab"}},
        // Too little to be one.
        {"x", {"x"}},
        {"#top", {"#top"}},
        {"?q", {"?q"}},
        {"/image.gif", {"/image.gif"}},
        // Schemes.
        {"//example.com/x", {"//example.com/x", "http:////example.com/x"}},
        {"example.com/x", {"example.com/x", "http://example.com/x"}},
        {"ftp.example.com", {"ftp.example.com", "ftp://ftp.example.com"}},
        {"http:example.com", {"http:example.com", "http://example.com"}},
        {"HTTP:/example.com", {"HTTP:/example.com", "HTTP://example.com"}},
        {"http:\\\\example.com\\x", {"http:\\\\example.com\\x", "http://example.com/x"}},
        {"http://example.com?a", {"http://example.com?a", "http://example.com/?a"}},
        // Escapes.
        {"http://e%78ample.com/%20%e9%zz",
         {"http://e%78ample.com/%20%e9%zz", "http://example.com/%20%e9%25zz"}},
        // User and password, then ports.
        {"http://u:p@example.com/", {"http://u:p@example.com/"}},
        {"http://a@b@example.com/", {"http://a@b@example.com/", "http://example.com/"}},
        {"http://example.com:80/x", {"http://example.com:80/x", "http://example.com/x"}},
        {"https://example.com:443", {"https://example.com:443", "https://example.com"}},
        {"http://example.com:443/", {"http://example.com:443/"}},
        {"http://example.com:8080/", {"http://example.com:8080/"}},
        // IDN, with and without a port.
        {"http://B\xC3\xBC"
         "cher.de:80/x",
         {"http://B\xC3\xBC"
          "cher.de:80/x",
          "http://B\xC3\xBC"
          "cher.de/x",
          "http://xn--bcher-kva.de:80/x", "http://xn--bcher-kva.de/x"}},
        {"http://example\xE3\x80\x82"
         "com/",
         {"http://example\xE3\x80\x82"
          "com/",
          "http://example.com/"}},
        // Control characters in the host, and what stands behind it in a sentence.
        {"http://exa\tmple.com/", {"http://exa\tmple.com/", "http://example.com/"}},
        {"http://example.com!!", {"http://example.com!!", "http://example.com"}},
        // Addresses in disguise.
        {"http://0x7f.0.0.01/x", {"http://0x7f.0.0.01/x", "http://127...1/x"}},
        {"http://0300.0250.00000000.0x1", {"http://0300.0250.00000000.0x1", "http://192.168..1"}},
        {"http://0777.1.1.1/", {"http://0777.1.1.1/", "http://777.1.1.1/"}},
        {"http://0xffffffffffffffffff.1.1.1/",
         {"http://0xffffffffffffffffff.1.1.1/", "http://-1.1.1.1/"}},
        {"http://0x99c0a80001/", {"http://0x99c0a80001/", "http://192.168.0.1/"}},
        {"http://3232235521/", {"http://3232235521/", "http://192.168.0.1/"}},
        {"http://99999999999999999999/",
         {"http://99999999999999999999/", "http://255.255.255.255/"}},
        // One label.
        {"http://shop/x", {"http://shop/x", "http://www.shop.com/x"}},
        {"http://www.shop", {"http://www.shop", "http://www.shop.com"}},
        {"http://www.com", {"http://www.com"}},
        {"http://localhost/", {"http://localhost/"}},
        {"http://shop:8080/", {"http://shop:8080/"}},
        {"https://shop/", {"https://shop/"}},
        {"http://u@shop/", {"http://u@shop/"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.uri);
        CHECK(forms_of(row.uri) == row.forms);
    }
}

TEST_CASE("canonicalize: entities are decoded after a query has got its slash") {
    // "#" begins a fragment before the entity is seen as one, so a slash comes between.
    CHECK(forms_of("http://ex&#97;mple.com/") ==
          Forms{"http://ex&#97;mple.com/", "http://ex&/#97;mple.com/", "http://ex/#97;mple.com/",
                "http://www.ex&.com/#97;mple.com/"});
    CHECK(forms_of("http://example.com/&#0065;&#x42;&#x2f;&#12290;&#XFF0E;") ==
          Forms{"http://example.com/&#0065;&#x42;&#x2f;&#12290;&#XFF0E;",
                "http://example.com/AB&#x2f;.."});
    // Decimal ones come first and may complete a hexadecimal one.
    CHECK(forms_of("http://example.com/&#38;#x41;&#32;&#127;&#x7f;") ==
          Forms{"http://example.com/&#38;#x41;&#32;&#127;&#x7f;",
                "http://example.com/A&#32;&#127;&#x7f;"});
}

TEST_CASE("canonicalize: addresses lose parameters, blanks and display names") {
    struct Row {
        const char* uri;
        Forms forms;
    } rows[] = {
        {"mailto:joe@example.com", {"mailto:joe@example.com"}},
        {"joe@example.com?subject=x", {"joe@example.com?subject=x", "joe@example.com"}},
        {"mailto:joe@example.com?a&b", {"mailto:joe@example.com?a&b", "mailto:joe@example.com"}},
        {"mailto:joe@example.com&x.com?y",
         {"mailto:joe@example.com&x.com?y", "mailto:joe@example.com&x.com",
          "mailto:joe@example.com"}},
        {"mailto:%20joe@example.com%20",
         {"mailto:%20joe@example.com%20", "mailto:joe@example.com"}},
        {"mailto:%20@example.com", {"mailto:%20@example.com"}},
        {"mailto:@example.com%20", {"mailto:@example.com%20", "mailto:mailto:@example.com"}},
        {"mailto:\"Joe\"<joe@example.com>",
         {"mailto:\"Joe\"<joe@example.com>", "mailto:joe@example.com"}},
        {"mailto:<x><joe@example.com>", {"mailto:<x><joe@example.com>", "mailto:joe@example.com"}},
        {"mailto:joe@example.com?<a@b.com>",
         {"mailto:joe@example.com?<a@b.com>", "mailto:joe@example.com"}},
        {"mailto:joe", {"mailto:joe"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.uri);
        CHECK(forms_of(row.uri) == row.forms);
    }
}

TEST_CASE("canonicalize: URIs inside a URI are followed, one level after the other") {
    CHECK(forms_of("http://r.com/?u=http:/a.com/x?v=http://b.com&w") ==
          Forms{"http://r.com/?u=http:/a.com/x?v=http://b.com&w", "http:/a.com/x?v=http://b.com",
                "http://b.com", "http://a.com/x?v=http://b.com"});
    CHECK(forms_of("http://r.com/?u=http%3A%2F%2Fa.com") ==
          Forms{"http://r.com/?u=http%3A%2F%2Fa.com", "http://a.com",
                "http://r.com/?u=http://a.com"});
    // Only the first counts, and it must have a dot.
    CHECK(forms_of("http://r.com/http://a&http://b.com") ==
          Forms{"http://r.com/http://a&http://b.com"});
}

TEST_CASE("canonicalize: a redirector pattern comes before the general search") {
    message::MessageSettings settings = uri_test_settings();
    std::string asked;
    settings.redirector_target = [&](std::string_view uri) -> std::optional<std::string> {
        asked = uri;
        size_t at = uri.find("/to/");
        if (at == uri.npos)
            return std::nullopt;
        return std::string(uri.substr(at + 4));
    };
    CHECK(forms_of("http://u@r.com/to/a.com?x=http://b.com", settings) ==
          Forms{"http://u@r.com/to/a.com?x=http://b.com", "a.com?x=http://b.com", "http://b.com",
                "http://a.com/?x=http://b.com"});
    forms_of("http://u@R.com:80/x", settings);
    CHECK(asked == "http://R.com:80/x");
    // A target without a dot is none.
    CHECK(forms_of("http://r.com/to/abc", settings) == Forms{"http://r.com/to/abc"});
}

TEST_CASE("canonicalize: redirect targets are followed a limited number of times") {
    message::MessageSettings settings = uri_test_settings();
    settings.limits.max_redirect_targets = 5;
    std::string uri;
    for (int i = 0; i < 50; ++i)
        uri += "http://r" + std::to_string(i) + ".com/";
    CHECK(forms_of(uri, settings).size() == 6);
    settings.limits.max_redirect_targets = 1000;
    CHECK(forms_of(uri, settings).size() == 50);
}

TEST_CASE("canonicalize: several URIs share one list") {
    message::MessageSettings settings = uri_test_settings();
    CHECK(canonicalize(Forms{"a.com", "http://a.com", "a.com"}, settings) ==
          Forms{"a.com", "http://a.com"});
    CHECK(canonicalize(Forms{}, settings).empty());
}

TEST_CASE("canonicalize: escapes of characters carry the code point, escapes of octets the byte") {
    message::MessageSettings settings = uri_test_settings();
    std::string uri = "http://a.com/\xC3\xA9%41";
    std::vector<UriString> characters = canonicalize(std::vector{UriString(uri, true)}, settings);
    REQUIRE(characters.size() == 2);
    CHECK(characters[0].rule_text() == "http://a.com/\xE9%41");
    CHECK(characters[1].rule_text() == "http://a.com/%e9A");
    CHECK(forms_of(uri) == Forms{uri, "http://a.com/%c3%a9A"});
}

TEST_CASE("canonicalize: octets of a host that stays unconverted become characters by Latin-1") {
    message::MessageSettings settings = uri_test_settings();
    std::string label(70, 'x');
    std::string uri = "http://\xC3\xA9" + label + ".com/";
    std::vector<UriString> forms = canonicalize(std::vector{UriString(uri, true)}, settings);
    REQUIRE(forms.size() == 2);
    CHECK(forms[1].rule_text() == "http://\xC3\xA9" + label + ".com/");
    CHECK(forms[0].rule_text() == "http://\xE9" + label + ".com/");
}

TEST_CASE("url_encode: printable escapes are decoded, the rest is escaped") {
    CHECK(message::url_encode("%41%2F%7e") == "A/~");
    CHECK(message::url_encode("%20%7F%e9%00") == "%20%7F%e9%00");
    CHECK(message::url_encode("a b\x01\x7F\xE9\"<>%zz%4") == "a%20b%01%7f%e9%22%3c%3e%25zz%254");
    CHECK(message::url_encode("%%41") == "%25A");
    CHECK(message::url_encode("") == "");
}

TEST_CASE("decode_ulong_to_ip: the first four bytes count") {
    CHECK(message::decode_ulong_to_ip("0") == "0.0.0.0");
    CHECK(message::decode_ulong_to_ip("1113343453") == "66.92.69.221");
    CHECK(message::decode_ulong_to_ip("4294967296") == "16.0.0.0");
    CHECK(message::decode_ulong_to_ip("10000000000") == "37.64.190.64");
    CHECK(message::decode_ulong_to_ip(std::string(500, '9')) == "255.255.255.255");
}
