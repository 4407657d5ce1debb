#include "rules/meta_expression.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using rules::MetaExpression;
using rules::RuleId;

namespace {

// Rules A..F have ids 0..5 and these values.
const std::vector<double> kValues = {1, 0, 3, 0, 2, 1};

std::optional<double> value_of(std::string_view text) {
    auto expression = MetaExpression::parse(text);
    if (!expression)
        return std::nullopt;
    auto program = expression->compile(
        [](std::string_view name) {
            return name.size() == 1 && name[0] >= 'A' && name[0] <= 'F'
                       ? static_cast<RuleId>(name[0] - 'A')
                       : rules::kNoRule;
        },
        [](std::string_view glob) {
            std::vector<RuleId> out;
            for (char c = 'A'; c <= 'F'; ++c) {
                if (rules::rule_name_matches(glob, std::string_view(&c, 1)))
                    out.push_back(static_cast<RuleId>(c - 'A'));
            }
            return out;
        });
    return program.evaluate(kValues, true);
}

}  // namespace

TEST_CASE("meta: operators bind as in Perl and and/or yield the deciding operand") {
    struct Row {
        const char* text;
        double value;
    };
    const Row rows[] = {{"A", 1},
                        {"A && C", 3},
                        {"C || A", 3},
                        {"B || C", 3},
                        {"B && C", 0},
                        {"!A", 0},
                        {"!B && C", 3},
                        {"!A == B", 1},
                        {"A + C * E", 7},
                        {"(A + C) * E", 8},
                        {"C - E - A", 0},
                        {"A - - C", 4},
                        {"C / (E || 1)", 1.5},
                        {"A + B + C > 3", 1},
                        {"A + B + C > 4", 0},
                        {"C >= 3", 1},
                        {"A < E < C", 1},
                        {"A < C < E", 0},
                        {"A == F == 1", 1},
                        {"C != 3", 0},
                        {"C ^ E", 1},
                        {"A ? C : E", 3},
                        {"B ? C : E", 2},
                        {"B ? C : D ? E : 9", 9},
                        {"A || B && D", 1},
                        {"local_tests_only", 1},
                        {"0.5 + A", 1.5},
                        {"010 + A", 9},
                        {"UNKNOWN + A", 1},
                        {"rules_matching(?) > 6", 1},
                        {"rules_matching( * ) + 0", 7},
                        {"rules_matching(NOPE*)", 0},
                        {"A\t&& (C)", 3},
                        {"()", 0}};
    for (const Row& row : rows) {
        CAPTURE(std::string(row.text));
        auto got = value_of(row.text);
        REQUIRE(got.has_value());
        CHECK(*got == row.value);
    }
}

TEST_CASE("meta: what Perl would not take is refused") {
    for (const char* text :
         {"A +1", "A B", "A &&", "(A", "A)", "A ** B", "A | B", "A = B", "A::B", "A ? B", "A ?B:C",
          "1 / A", "5. + A", ".5", "09", "$A", "A--B", "3D_RULE", ""}) {
        CAPTURE(std::string(text));
        CHECK_FALSE(MetaExpression::parse(text).has_value());
    }
    std::string deep(100000, '(');
    CHECK_FALSE(MetaExpression::parse(deep).has_value());
}

TEST_CASE("meta: a division by zero at run time is undecided") {
    CHECK_FALSE(value_of("C / (1 - A)").has_value());
    CHECK(value_of("A || C / (1 - A)") == 1.0);
}

TEST_CASE("meta: only empty parentheses make a placeholder, and dependencies are distinct") {
    CHECK(MetaExpression::parse("()")->is_placeholder());
    CHECK(MetaExpression::parse(" ( ) ")->is_placeholder());
    CHECK_FALSE(MetaExpression::parse("0")->is_placeholder());
    auto e = MetaExpression::parse("__A && __B || __A");
    REQUIRE(e.has_value());
    CHECK(e->names() == std::vector<std::string>{"__A", "__B"});
}
