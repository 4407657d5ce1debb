#include "util/strings.h"

#include <doctest/doctest.h>

TEST_CASE("strings: words are split at runs of white space and never empty") {
    CHECK(util::words("  a\t b\n") == std::vector<std::string_view>{"a", "b"});
    CHECK(util::words("   ").empty());
}

TEST_CASE("strings: a number must be the whole string") {
    CHECK(util::parse_int("+42") == 42);
    CHECK_FALSE(util::parse_int("4 2"));
    CHECK_FALSE(util::parse_int(""));
    CHECK(util::parse_double("-1.5") == -1.5);
    CHECK_FALSE(util::parse_double("1e5"));
}

TEST_CASE("strings: overlong, surrogate and cut-off sequences are not UTF-8") {
    CHECK(util::is_valid_utf8("gr\xC3\xBC\xC3\x9F"));
    CHECK_FALSE(util::is_valid_utf8("\xC0\xAF"));
    CHECK_FALSE(util::is_valid_utf8("\xED\xA0\x80"));
    CHECK_FALSE(util::is_valid_utf8("\xE2\x82"));
}
