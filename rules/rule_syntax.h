// The right-hand sides of rule lines, taken apart. Pure functions of text; what SpamAssassin's
// Conf/Parser.pm and Util.pm accept and refuse.

#ifndef RULES_RULE_SYNTAX_H
#define RULES_RULE_SYNTAX_H

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/rule.h"
#include "util/expected.h"

namespace rules {

// A letter or underscore, then letters, digits and underscores; 128 at most.
bool is_rule_name(std::string_view text);

// The first word of `text` and what follows it.
std::pair<std::string_view, std::string_view> split_word(std::string_view text);

// "Name:mods =~ /re/flags [if-unset: x]" or "exists:Name". The regex is still delimited.
struct HeaderTest {
    std::string header;
    bool exists = false, negated = false, has_if_unset = false;
    std::string if_unset;
    std::string regexp;
};
// The error is a message without the rule's name: "header", "test" or "header modifier".
enum class HeaderTestError { InvalidHeader, InvalidTest, InvalidModifier };
util::Expected<HeaderTest, HeaderTestError> parse_header_test(std::string_view text);

// Cuts " [if-unset: x]" off a regex.
bool cut_if_unset(std::string& regexp, std::string& if_unset);

// \w+\(.*\)
bool is_eval_call(std::string_view text);
// "function('a', 1.2.3.4)" -> function and arguments without quotes. nullopt: syntax error.
struct EvalText {
    std::string function;
    std::vector<std::string> args;
};
std::optional<EvalText> parse_eval(std::string_view text);

// Looks for (?<NAME>) groups and %{TAG} templates, notes them in the rule and makes the braces of
// templates literal.
void note_captures(std::string& regexp, Rule& rule);

// The words of a tflags value as bits; maxhits=N and range=A-B into the rule.
void apply_tflags(Rule& rule);

}  // namespace rules

#endif  // RULES_RULE_SYNTAX_H
