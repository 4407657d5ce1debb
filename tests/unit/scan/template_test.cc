#include "scan/template.h"

#include <doctest/doctest.h>

#include "scan/tags.h"

namespace {

std::string expand(std::string_view text) {
    return scan::expand_template(
        text,
        [](std::string_view name,
           std::optional<std::string_view> arguments) -> std::optional<std::string> {
            if (name == "A")
                return "a";
            if (name == "B_C")
                return "_A_";
            if (name == "F")
                return arguments ? "<" + std::string(*arguments) + ">" : "no arguments";
            return std::nullopt;
        });
}

std::string tag(std::string_view name, std::optional<std::string_view> arguments,
                const scan::Verdict& verdict) {
    return scan::verdict_tag(name, arguments, verdict, {}).value_or("(unknown)");
}

}  // namespace

TEST_CASE("template: tags are replaced, unknown ones stay as written") {
    const char* rows[][2] = {
        {"x_A_y", "xay"},
        {"_A__A_", "aa"},
        {"__A__", "_a_"},
        {"_NOPE_ _NOPE(1)_", "_NOPE_ _NOPE(1)_"},
        {"_a_ _1_ _A", "_a_ _1_ _A"},
        {"_A_B", "aB"},
        {"_F(x)_", "<x>"},
        {"_F()_ _F_", "<> no arguments"},
        {"_F(a)b)_", "<a)b>"},
        {"_F(a\n)_", "_F(a\n)_"},
        {"_F(a", "_F(a"},
        {"", ""},
    };
    for (auto& row : rows) {
        CAPTURE(row[0]);
        CHECK(expand(row[0]) == row[1]);
    }
}

TEST_CASE("template: a value is not expanded again") {
    CHECK(expand("_B_C_") == "_A_");
}

TEST_CASE("tags: the score on ham never looks like the threshold") {
    scan::Verdict v;
    v.score = 4.96;
    v.required_score = 5;
    CHECK(tag("SCORE", {}, v) == "4.9");
    v.required_score = 6.1;
    v.score = 6.08;
    CHECK(tag("SCORE", {}, v) == "6");
    v.is_spam = true;
    v.score = 12.34;
    CHECK(tag("HITS", {}, v) == "12.3");
    CHECK(tag("SCORE", "00", v) == "012.3");
    CHECK(tag("SCORE", "ab", v) == "12.3");
    CHECK(tag("REQD", {}, v) == "6.1");
}

TEST_CASE("tags: yes and no may be said otherwise") {
    scan::Verdict v;
    CHECK(tag("YESNO", {}, v) == "No");
    CHECK(tag("YESNO", "ja", v) == "No");
    CHECK(tag("YESNO", "ja,nein", v) == "nein");
    CHECK(tag("YESNOCAPS", {}, v) == "NO");
    v.is_spam = true;
    CHECK(tag("YESNO", ", NOT", v) == "");
}

TEST_CASE("tags: tests are sorted, with their scores as configured") {
    scan::Verdict v;
    CHECK(tag("TESTS", {}, v) == "none");
    v.hits.push_back({.rule = "B", .score = 1.5, .score_text = "1.50"});
    v.hits.push_back({.rule = "A", .score = 0.001, .score_text = ""});
    CHECK(tag("TESTS", {}, v) == "A,B");
    CHECK(tag("TESTS", " ", v) == "A B");
    CHECK(tag("TESTSSCORES", {}, v) == "A=0.001,B=1.50");
    v.subtests = {"__A", "__A", "__B"};
    CHECK(tag("SUBTESTS", ";", v) == "__A;__A;__B");
    CHECK(tag("SUBTESTSCOLLAPSED", ";", v) == "__A(2),__B");
}

TEST_CASE("tags: stars are whole points, fifty at most, none below one") {
    scan::Verdict v;
    v.score = 3.99;
    CHECK(tag("STARS", "*", v) == "***");
    CHECK(tag("STARS", "ab", v) == "ababab");
    v.score = -3;
    CHECK(tag("STARS", "*", v) == "");
    v.score = 1000;
    CHECK(tag("STARS", {}, v).size() == 50);
}

TEST_CASE("tags: addresses are turned around for DNS") {
    CHECK(scan::reversed_address("192.0.2.7") == "7.2.0.192");
    CHECK(scan::reversed_address("2001:db8::1") ==
          "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
    CHECK(scan::reversed_address("unknown") == "");
}
