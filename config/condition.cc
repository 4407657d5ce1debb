#include "config/condition.h"

#include <fmt/format.h>

#include "config/expression.h"
#include "config/reader.h"

namespace config {

std::string_view resolve_plugin_alias(std::string_view class_name) {
    if (class_name == "Mail::SpamAssassin::Plugin::Dmarc")
        return "Mail::SpamAssassin::Plugin::DMARC";
    if (class_name == "Mail::SpamAssassin::Plugin::WhiteListSubject")
        return "Mail::SpamAssassin::Plugin::WelcomeListSubject";
    return class_name;
}

// [+-]?\d+(\.\d+)?
static bool is_plain_number(std::string_view token) {
    if (!token.empty() && (token[0] == '+' || token[0] == '-'))
        token.remove_prefix(1);
    size_t i = 0;
    while (i < token.size() && util::is_digit(static_cast<unsigned char>(token[i])))
        ++i;
    if (i == 0)
        return false;
    if (i == token.size())
        return true;
    if (token[i] != '.')
        return false;
    size_t fraction = ++i;
    while (i < token.size() && util::is_digit(static_cast<unsigned char>(token[i])))
        ++i;
    return i > fraction && i == token.size();
}

bool is_class_name(std::string_view token) {
    int parts = 1;
    size_t i = 0;
    for (;;) {
        size_t start = i;
        while (i < token.size() && util::is_word(static_cast<unsigned char>(token[i])))
            ++i;
        if (i == start)
            return false;
        if (i == token.size())
            return parts <= 11;
        if (token.substr(i, 2) != "::")
            return false;
        i += 2;
        ++parts;
    }
}

ConditionResult evaluate_condition(std::string_view text, const Conditions& conditions,
                                   bool in_user_prefs) {
    using Kind = ExpressionToken::Kind;
    ConditionResult result;
    std::vector<ExpressionToken> tokens;
    auto value = [&](double n) { tokens.push_back({Kind::Value, {}, Scalar::of(n), {}}); };
    for (std::string_view token : lex(text)) {
        if (token == "plugin" || token == "can" || token == "has") {
            tokens.push_back({Kind::Call, token, {}, {}});
        } else if (token == "version") {
            value(conditions.version());
        } else if (token == "perl_version") {
            value(kPerlVersion);
        } else if (token == "local_tests_only") {
            value(conditions.local_tests_only() ? 1 : 0);
        } else if (is_plain_number(token)) {
            // A sign in front of the digits is Perl's operator: "3 -2" is 1.
            if (!util::is_digit(static_cast<unsigned char>(token[0]))) {
                tokens.push_back({Kind::Operator, token.substr(0, 1), {}, {}});
                token.remove_prefix(1);
            }
            double n = 0;
            if (!parse_perl_number(token, n))
                result.syntax_error = "illegal octal digit";
            value(n);
        } else if (!util::is_word(static_cast<unsigned char>(token[0])) && token.size() <= 5 &&
                   token.find_first_of("0123456789") == std::string_view::npos) {
            if (token == "+-" || token == "-+") {
                tokens.push_back({Kind::Operator, token.substr(0, 1), {}, {}});
                token.remove_prefix(1);
            }
            tokens.push_back({Kind::Operator, token, {}, {}});
        } else if (util::is_word(static_cast<unsigned char>(token[0])) && token.size() > 1 &&
                   !util::is_digit(static_cast<unsigned char>(token[0]))) {
            if (!is_class_name(token)) {
                result.bad_token_error = fmt::format("config: not allowed value '{}'", token);
                return result;
            }
            tokens.push_back({Kind::Value, {}, {0, true}, resolve_plugin_alias(token)});
        } else {
            result.bad_token_error = fmt::format("config: unparseable value '{}'", token);
            return result;
        }
    }
    if (!result.syntax_error.empty())
        return result;
    auto call = [&](std::string_view name, std::string_view argument) {
        if (name == "plugin")
            return argument == "Mail::SpamAssassin::Plugin::RaciallyCharged" ||
                   conditions.plugin(argument);
        if (name == "can" && in_user_prefs) {
            result.asked_can_in_user_prefs = true;
            return false;
        }
        if (argument.empty()) {
            result.bad_argument_error =
                fmt::format("config: bad 'if' line, no argument to {}()", name);
            return false;
        }
        if (argument.find("::") == std::string_view::npos) {
            result.bad_argument_error =
                fmt::format("config: bad 'if' line, cannot find '::' in {}({})", name, argument);
            return false;
        }
        return name == "can" ? conditions.can(argument) : conditions.has(argument);
    };
    // An empty line of words is Perl's eval of nothing: false, without complaint.
    if (tokens.empty())
        return result;
    ExpressionResult evaluated = evaluate(tokens, call);
    result.syntax_error = evaluated.error;
    result.truth = evaluated.ok() && evaluated.value.truth;
    return result;
}

}  // namespace config
