#include "bayes/classifier.h"

#include <doctest/doctest.h>

#include <cmath>

using bayes::TokenCounts;

TEST_CASE("classifier: a token seen once in spam leans to spam by Robinson's formula") {
    auto p = bayes::token_probability({1, 0, 0}, {10, 10}, true);
    REQUIRE(p.has_value());
    CHECK(*p == doctest::Approx((0.030 * 0.538 + 1.0) / 1.030));
    CHECK(!bayes::token_probability({1, 0, 0}, {10, 10}, false).has_value());
    CHECK(bayes::token_probability({1, 1, 0}, {10, 10}, false).has_value());
    CHECK(!bayes::token_probability({0, 0, 0}, {10, 10}, true).has_value());
    CHECK(!bayes::token_probability({1, 0, 0}, {10, 0}, true).has_value());
}

TEST_CASE("classifier: the corpus sizes weigh the counts") {
    auto p = bayes::token_probability({5, 5, 0}, {1000, 10}, true);
    CHECK(*p < 0.05);
}

TEST_CASE("classifier: combining is symmetric and sure of itself with many strong tokens") {
    CHECK(!bayes::combine({}, {1, 1}).has_value());
    CHECK(*bayes::combine({0.99, 0.01}, {5, 5}) == doctest::Approx(0.5));
    CHECK(*bayes::combine(std::vector<double>(150, 0.999), {5, 5}) == doctest::Approx(1.0));
    CHECK(*bayes::combine(std::vector<double>(150, 0.001), {5, 5}) == doctest::Approx(0.0));
    // Products far below the smallest double must not become zero.
    double score = *bayes::combine(std::vector<double>(5000, 0.999), {5, 5});
    CHECK(std::isfinite(score));
    CHECK(score == doctest::Approx(1.0));
}

TEST_CASE("classifier: tokens are listed with probability and distance") {
    std::vector<bayes::SignificantToken> tokens = {{"free", 0.999, {90, 0, 0}},
                                                   {"pills", 0.98, {3, 0, 0}}};
    CHECK(bayes::describe_tokens(tokens, {100, 100}, true, "1,short", 0) == "free");
    CHECK(bayes::describe_tokens(tokens, {100, 100}, true, "2,Short", 0) ==
          "Token: \"free\", Token: \"pills\"");
    CHECK(bayes::describe_tokens(tokens, {100, 100}, true, "", 0).substr(0, 14) ==
          "0.999-+--free,");
    CHECK(bayes::describe_tokens(tokens, {100, 100}, true, "1,odd", 0).substr(0, 14) ==
          "Invalid format");
    CHECK(bayes::describe_tokens({}, {100, 100}, true, "5", 0).empty());
}

TEST_CASE("classifier: a token without a say has no distance") {
    CHECK(bayes::declassification_distance({1, 1, 0}, {10, 10}, 0.5, true) == 0);
    CHECK(bayes::declassification_distance({1, 0, 0}, {10, 10}, 0.98, true) == 1);
}
