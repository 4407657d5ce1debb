#include "rules/start_filter.h"

#include <doctest/doctest.h>

#include "regex/translate.h"

using namespace rules;

namespace {

std::optional<StartFilter> filter_of(std::string_view pattern, size_t fewest = 1) {
    auto starts = FactorAnalyzer().find_starts(*regex::translate(pattern, {}), {});
    return starts ? StartFilter::build(*starts, fewest) : std::nullopt;
}

}  // namespace

TEST_CASE("start filter: names the places where a match can begin") {
    auto filter = filter_of("(?:red|green|blue)fish");
    REQUIRE(filter.has_value());
    const std::string_view text = "a redhead, a greenfish, blue";
    CHECK(filter->next(text, 0) == 13);
    CHECK(filter->next(text, 14) == 24);
    CHECK(filter->next(text, 25) == std::string_view::npos);
    CHECK(filter->next("", 0) == std::string_view::npos);
    CHECK(filter->next("x", 5) == std::string_view::npos);
}

TEST_CASE("start filter: a match may end with the text") {
    auto filter = filter_of("(?:ab|cde)");
    REQUIRE(filter.has_value());
    CHECK(filter->next("xxab", 0) == 2);
    CHECK(filter->next("xxcd", 0) == std::string_view::npos);
    CHECK(filter->next("cde", 0) == 0);
}

TEST_CASE("start filter: none where a match can begin with anything, or depends on the search") {
    for (const char* pattern : {".*x", "[a-z]{4}", "", "a?", "\\Gabc", "abc(*SKIP)d|bcd"})
        CHECK_MESSAGE(!filter_of(pattern), pattern);
    CHECK_FALSE(filter_of("abc|bcd", 6));
}

TEST_CASE("start filter: more starts than are tried one by one change nothing") {
    const std::string pattern = "(?:ab|cd|ef)+!";
    auto filter = filter_of(pattern);
    REQUIRE(filter.has_value());
    auto re = regex::Regex::compile_translated(*regex::translate(pattern, {}), {}, true);
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "ab.cd.";
    regex::MatchData data;
    CHECK(filter->match(*re, text, data) == regex::Outcome::NoMatch);
    text += "efab!";
    REQUIRE(filter->match(*re, text, data) == regex::Outcome::Match);
    CHECK(data.start() == 600);
    CHECK(data.end() == 605);
    CHECK(filter->match(*re, text, data, 601) == regex::Outcome::Match);
    CHECK(data.start() == 602);
}
