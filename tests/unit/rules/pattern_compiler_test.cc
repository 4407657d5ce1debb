#include "rules/pattern_compiler.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "regex/translate.h"

using namespace rules;

namespace {

std::vector<CompiledPattern> compile(const std::vector<std::string>& patterns, size_t threads) {
    PatternCompiler compiler;
    for (size_t i = 0; i < patterns.size(); ++i)
        CHECK(compiler.add(patterns[i], {}, i % 5 != 0) == i);
    return compiler.run(threads);
}

}  // namespace

TEST_CASE("pattern compiler: any number of threads makes the same") {
    std::vector<std::string> patterns;
    for (int i = 0; i < 200; ++i) {
        std::string n = std::to_string(i);
        patterns.push_back("offer" + n + "(?:free|cheap|no cost){1,3}[a-f" + n + "]z");
        patterns.push_back("[unclosed" + n);
        patterns.push_back("(?:a|b" + n + ")\\y");
        patterns.push_back(".*");
    }
    auto one = compile(patterns, 1);
    REQUIRE(one.size() == patterns.size());
    for (size_t threads : {0, 2, 3, 16}) {
        auto many = compile(patterns, threads);
        REQUIRE(many.size() == patterns.size());
        for (size_t i = 0; i < patterns.size(); ++i) {
            CAPTURE(patterns[i]);
            REQUIRE(many[i].error.has_value() == one[i].error.has_value());
            CHECK(many[i].regex.is_compiled() == one[i].regex.is_compiled());
            CHECK(many[i].regex.is_compiled() == !many[i].error.has_value());
            if (one[i].error) {
                CHECK(many[i].error->message == one[i].error->message);
                CHECK(many[i].error->offset == one[i].error->offset);
            }
            REQUIRE(many[i].required.factors.has_value() == one[i].required.factors.has_value());
            if (!one[i].required.factors)
                continue;
            CHECK(many[i].required.factors->factors == one[i].required.factors->factors);
            CHECK(many[i].required.factors->classes == one[i].required.factors->classes);
        }
    }
}

TEST_CASE("pattern compiler: factors that are not sought are those that the cache knows") {
    PatternCompiler compiler;
    const std::string known = "offer[ab]", unknown = "viagra";
    compiler.add(known, {}, true);
    compiler.add(unknown, {}, true);
    auto factors = required_factors(known, {});
    REQUIRE(factors.has_value());
    RuleCacheBuilder builder;
    builder.add(RuleCache::pattern_key(*regex::translate(known, {}), {}), factors);
    auto cache = RuleCache::parse(builder.bytes());
    REQUIRE(cache.has_value());
    auto made = compiler.run(1, &*cache, false);
    REQUIRE(made[0].required.factors.has_value());
    CHECK(made[0].required.factors->factors == factors->factors);
    CHECK_FALSE(made[1].required.factors.has_value());
    CHECK(made[1].regex.search("viagra"));
    CHECK_FALSE(compiler.run(1, nullptr, false)[0].required.factors.has_value());
    CHECK(compiler.run(1, &*cache)[1].required.factors.has_value());
}

TEST_CASE("pattern compiler: what comes out") {
    auto made = compile({"unasked", "offer[ab]", "(", ".*"}, 2);
    REQUIRE(made.size() == 4);
    CHECK(made[0].regex.search("unasked"));
    CHECK_FALSE(made[0].required.factors.has_value());
    CHECK(made[1].regex.search("an offera"));
    CHECK_FALSE(made[1].regex.search("an offer"));
    REQUIRE(made[1].required.factors.has_value());
    CHECK(made[1].required.factors->factors.size() == 1);
    CHECK(made[2].error.has_value());
    CHECK_FALSE(made[2].required.factors.has_value());
    CHECK(made[3].regex.search(""));
    CHECK_FALSE(made[3].required.factors.has_value());
    CHECK(compile({}, 2).empty());
}

TEST_CASE("pattern compiler: patterns that begin in many ways have a filter of their starts") {
    auto made = compile({"unasked", "(?:one|two|three|four|five|six|seven) times", "one times"}, 1);
    CHECK(made[0].start_filter == nullptr);
    REQUIRE(made[1].start_filter != nullptr);
    CHECK(made[1].regex.search("six times"));
    regex::MatchData data;
    CHECK(made[1].regex.match_at("six times", data, 0) == regex::Outcome::Match);
    CHECK(made[2].start_filter == nullptr);
}
