#include "scan/wrap.h"

#include <doctest/doctest.h>

using scan::wrap;
using scan::WrapAt;

TEST_CASE("wrap: lines break at white space, the blank goes if it still fits") {
    CHECK(wrap("aaa bbb ccc", {.prefix = "> ", .width = 7}) == "aaa bbb\n>  ccc");
    CHECK(wrap("aaa bbb ccc", {.prefix = "> ", .width = 9}) == "aaa bbb\n> ccc");
}

TEST_CASE("wrap: an over-long word stays whole") {
    CHECK(wrap("a bbbbbbbbbbbb c", {.prefix = " ", .width = 5}) == "a\n bbbbbbbbbbbb\n  c");
}

TEST_CASE("wrap: with overflow a line is full only once it is too long") {
    CHECK(wrap("aaa bbb ccc", {.prefix = "", .width = 5, .may_overflow = true}) == "aaa bbb\n ccc");
}

TEST_CASE("wrap: a tab counts eight columns") {
    CHECK(wrap("aaaaaa bbbb", {.prefix = "\t", .width = 11}) == "aaaaaa bbbb");
    CHECK(wrap("aaaa,bbbb,cc,", {.prefix = "\t", .width = 12, .at = WrapAt::AfterSpaceOrComma}) ==
          "aaaa,bbbb,\n\tcc,");
}

TEST_CASE("wrap: the text before the first line counts but is not broken") {
    CHECK(wrap("bb cc", {.first = "12345 ", .prefix = "-", .width = 8}) == "12345 bb\n- cc");
}

TEST_CASE("wrap: a prefix wider than the line ends all the same") {
    CHECK(wrap("a b", {.prefix = "123456789", .width = 1}) == "a\n123456789b");
}
