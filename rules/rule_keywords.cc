// The lines that define rules and say things about them.

#include <fmt/format.h>

#include <cstdio>

#include "rules/core_settings.h"
#include "rules/meta_expression.h"
#include "rules/regexp_syntax.h"
#include "rules/rule_set_builder.h"
#include "rules/rule_syntax.h"

namespace rules {

using config::Diagnostics;
using config::Directive;
using config::Settings;

class RuleKeywords {
public:
    using Method = void (RuleKeywords::*)(Settings&, const Directive&, Diagnostics&) const;

    explicit RuleKeywords(RuleSetBuilder& builder) : builder_(builder) {}

    void add(config::Schema& schema) const {
        using config::ValueType;
        using config::Who;
        row(schema, "header", Who::Privileged, ValueType::Special, &RuleKeywords::header,
            "Defines a rule over a header, or an eval rule.");
        row(schema, "body", Who::Privileged, ValueType::Special, &RuleKeywords::body,
            "Defines a rule over the rendered text, or an eval rule.");
        row(schema, "rawbody", Who::Privileged, ValueType::Special, &RuleKeywords::rawbody,
            "Defines a rule over the decoded but unrendered text, or an eval rule.");
        row(schema, "full", Who::Privileged, ValueType::Special, &RuleKeywords::full,
            "Defines a rule over the whole pristine message, or an eval rule.");
        row(schema, "uri", Who::Privileged, ValueType::Special, &RuleKeywords::uri,
            "Defines a rule over every URI.");
        row(schema, "meta", Who::Privileged, ValueType::Special, &RuleKeywords::meta,
            "Defines a rule as an expression of other rules.");
        row(schema, "reuse", Who::Privileged, ValueType::Special, &RuleKeywords::reuse,
            "Declares a rule that only a plugin can make hit.");
        row(schema, "test", Who::Admin, ValueType::Special, &RuleKeywords::test,
            "A sample text a rule should or should not hit; not used.");
        row(schema, "tflags", Who::Privileged, ValueType::KeyValue, &RuleKeywords::tflags,
            "Flags of a rule.");
        row(schema, "priority", Who::Privileged, ValueType::KeyValue, &RuleKeywords::priority,
            "When a rule runs; lower is earlier.");
        row(schema, "score", Who::User, ValueType::Special, &RuleKeywords::score,
            "Points of a rule, one for all or four for the score sets; 0 switches it off.");
        row(schema, "describe", Who::User, ValueType::KeyValue, &RuleKeywords::describe,
            "Text for reports.");
        row(schema, "subjprefix", Who::User, ValueType::KeyValue, &RuleKeywords::subjprefix,
            "Text in front of the Subject when the rule hits.");
    }

private:
    void row(config::Schema& schema, const char* name, config::Who who, config::ValueType type,
             Method method, const char* help) const {
        config::Keyword keyword;
        keyword.name = name;
        keyword.who = who;
        keyword.type = type;
        keyword.help = help;
        keyword.owner = "core";
        keyword.set = [keywords = *this, method](Settings& s, const Directive& d,
                                                 Diagnostics& diagnostics) {
            (keywords.*method)(s, d, diagnostics);
        };
        schema.add(std::move(keyword));
    }

    // Name and definition; reports and answers false if there are not both.
    static bool split(const Directive& d, Rule& rule, std::string& definition,
                      Diagnostics& diagnostics) {
        auto [name, rest] = split_word(d.value);
        if (rest.empty()) {
            report_invalid(d, diagnostics);
            return false;
        }
        rule.name = name;
        rule.position = d.position;
        definition = rest;
        return true;
    }

    void eval(Rule rule, std::string_view call, RuleType type, const Directive& d,
              Diagnostics& diagnostics) const {
        if (!is_eval_call(call)) {
            report_invalid(d, diagnostics);
            return;
        }
        if (!builder_.accepts_name(rule.name, d, diagnostics))
            return;
        rule.type = type;
        rule.header = call.substr(0, call.find('('));
        rule.text = call;
        builder_.define(std::move(rule));
    }

    // The regex of a rule, checked; false when it is refused.
    bool regexp(Rule& rule, std::string text, const Directive& d, Diagnostics& diagnostics) const {
        note_captures(text, rule);
        auto parsed = parse_regexp(text, Delimiters::Required, reject_always_matching_);
        std::string error;
        if (!parsed)
            error = parsed.error();
        else if (auto compile_error = regexp_error(*parsed))
            error = *compile_error;
        if (!error.empty()) {
            diagnostics.error(d.position, fmt::format("config: invalid regexp for {} '{}': {}",
                                                      rule.name, text, error));
            return false;
        }
        rule.pattern = std::move(parsed->pattern);
        rule.flag_letters = std::move(parsed->flags);
        return true;
    }

    void text_rule(const Settings& s, const Directive& d, Diagnostics& diagnostics, RuleType type,
                   RuleType eval_type) const {
        Rule rule;
        std::string definition;
        if (!split(d, rule, definition, diagnostics))
            return;
        if (eval_type != RuleType::Unset && definition.compare(0, 5, "eval:") == 0) {
            eval(std::move(rule), std::string_view(definition).substr(5), eval_type, d,
                 diagnostics);
            return;
        }
        if (!builder_.accepts_name(rule.name, d, diagnostics))
            return;
        note_strictness(s);
        if (!regexp(rule, definition, d, diagnostics))
            return;
        rule.type = type;
        rule.text = std::move(definition);
        builder_.define(std::move(rule));
    }

    void body(Settings& s, const Directive& d, Diagnostics& diagnostics) const {
        text_rule(s, d, diagnostics, RuleType::Body, RuleType::BodyEval);
    }
    void rawbody(Settings& s, const Directive& d, Diagnostics& diagnostics) const {
        text_rule(s, d, diagnostics, RuleType::RawBody, RuleType::RawBodyEval);
    }
    void full(Settings& s, const Directive& d, Diagnostics& diagnostics) const {
        text_rule(s, d, diagnostics, RuleType::Full, RuleType::FullEval);
    }
    void uri(Settings& s, const Directive& d, Diagnostics& diagnostics) const {
        text_rule(s, d, diagnostics, RuleType::Uri, RuleType::Unset);
    }

    void header(Settings& s, const Directive& d, Diagnostics& diagnostics) const {
        Rule rule;
        std::string definition;
        if (!split(d, rule, definition, diagnostics))
            return;
        for (std::string_view prefix : {"eval:", "rbleval:"}) {
            if (definition.compare(0, prefix.size(), prefix) == 0) {
                eval(std::move(rule), std::string_view(definition).substr(prefix.size()),
                     RuleType::HeaderEval, d, diagnostics);
                return;
            }
        }
        if (!builder_.accepts_name(rule.name, d, diagnostics))
            return;
        auto test = parse_header_test(definition);
        if (!test) {
            std::string text;
            switch (test.error()) {
                case HeaderTestError::InvalidHeader:
                    text = fmt::format("config: invalid head test {} header: {}", rule.name,
                                       definition.substr(7));
                    break;
                case HeaderTestError::InvalidTest:
                    text = fmt::format("config: invalid head test {}: {}", rule.name, definition);
                    break;
                case HeaderTestError::InvalidModifier:
                    text = fmt::format("config: invalid header modifier for {}: {}", rule.name,
                                       definition.substr(0, definition.find_first_of("=! \t")));
                    break;
            }
            diagnostics.error(d.position, std::move(text));
            return;
        }
        note_strictness(s);
        if (!test->exists && !regexp(rule, test->regexp, d, diagnostics))
            return;
        rule.type = RuleType::Header;
        rule.header = std::move(test->header);
        rule.exists = test->exists;
        rule.negated = test->negated;
        rule.has_if_unset = test->has_if_unset;
        rule.if_unset = std::move(test->if_unset);
        rule.text = std::move(definition);
        builder_.define(std::move(rule));
    }

    void meta(Settings&, const Directive& d, Diagnostics& diagnostics) const {
        Rule rule;
        std::string definition;
        if (!split(d, rule, definition, diagnostics))
            return;
        // Perl's power operator, blanks allowed between.
        for (size_t star = definition.find('*'); star != std::string::npos;
             star = definition.find('*', star + 1)) {
            auto rest = util::trim_left(std::string_view(definition).substr(star + 1));
            if (!rest.empty() && rest[0] == '*') {
                report_invalid(d, diagnostics);
                return;
            }
        }
        if (!builder_.accepts_name(rule.name, d, diagnostics))
            return;
        if (definition.find("::") != std::string::npos ||
            definition.find("->") != std::string::npos ||
            definition.find_first_of("$@%;{}") != std::string::npos) {
            diagnostics.warn(
                d.position, fmt::format("config: invalid meta {} rule: {}", rule.name, definition));
            return;
        }
        auto expression = MetaExpression::parse(definition);
        if (!expression) {
            constexpr std::string_view kToken = "invalid token: ";
            const std::string& why = expression.error();
            diagnostics.error(
                d.position, why.compare(0, kToken.size(), kToken) == 0
                                ? fmt::format("config: invalid meta {} token: {}", rule.name,
                                              why.substr(kToken.size()))
                                : fmt::format("config: invalid expression for rule {}: \"{}\": {}",
                                              rule.name, definition, why));
            return;
        }
        rule.type = expression->is_placeholder() ? RuleType::Placeholder : RuleType::Meta;
        rule.text = std::move(definition);
        builder_.define(std::move(rule));
    }

    // Names come at the end of the line; only the first of them matters, and only if no rule of
    // that name exists yet.
    void reuse(Settings&, const Directive& d, Diagnostics& diagnostics) const {
        std::string_view value = d.value;
        auto is_name_part = [](char c) {
            return util::is_word(static_cast<unsigned char>(c)) ||
                   util::is_space(static_cast<unsigned char>(c));
        };
        size_t start = value.size();
        while (start > 0 && is_name_part(value[start - 1]))
            --start;
        auto names = util::words(value.substr(start));
        if (names.empty()) {
            report_invalid(d, diagnostics);
            return;
        }
        RuleId existing = builder_.find(names[0]);
        if (existing != kNoRule && builder_.rule(existing).type != RuleType::Unset)
            return;
        if (!builder_.accepts_name(names[0], d, diagnostics))
            return;
        Rule rule;
        rule.name = names[0];
        rule.type = RuleType::Placeholder;
        rule.position = d.position;
        builder_.define(std::move(rule));
    }

    void test(Settings&, const Directive&, Diagnostics&) const {}

    void tflags(Settings&, const Directive& d, Diagnostics& diagnostics) const {
        auto [name, flags] = split_word(d.value);
        if (flags.empty()) {
            report_missing(d, diagnostics);
            return;
        }
        builder_.rule(builder_.id(name)).tflags_text = flags;
    }

    void priority(Settings&, const Directive& d, Diagnostics& diagnostics) const {
        auto [name, text] = split_word(d.value);
        if (text.empty()) {
            report_missing(d, diagnostics);
            return;
        }
        auto number = text[0] == '+' ? std::nullopt : util::parse_int(text);
        if (!is_rule_name(name) || !number || *number < INT32_MIN || *number > INT32_MAX) {
            report_invalid(d, diagnostics);
            return;
        }
        builder_.set_priority(builder_.id(name), static_cast<int>(*number));
    }

    void score(Settings& s, const Directive& d, Diagnostics& diagnostics) const {
        auto words = util::words(d.value);
        if (words.size() != 2 && words.size() != 5) {
            report_missing(d, diagnostics);
            return;
        }
        bool relative = false;
        std::array<double, 4> numbers{};
        for (size_t i = 1; i < words.size(); ++i) {
            std::string_view word = words[i];
            if (word.size() > 2 && word.front() == '(' && word.back() == ')') {
                relative = true;
                word = word.substr(1, word.size() - 2);
            }
            double n = 0;
            if (word.front() == '+' || word.back() == '.' || !config::parse_number(word, n)) {
                report_invalid(d, diagnostics);
                return;
            }
            numbers[i - 1] = n;
        }
        if (words.size() == 2)
            numbers.fill(numbers[0]);

        bool known = builder_.built_ == nullptr;
        RuleId rule = known ? builder_.id(words[0]) : builder_.find(words[0]);
        auto& scores = s.edit<Scores>();
        if (rule != kNoRule && rule >= scores.size())
            scores.resize(known ? std::max<size_t>(rule + 1, builder_.size()) : rule + 1);
        if (relative && !scores.has(rule)) {
            report_invalid(d, diagnostics);
            return;
        }
        if (rule != kNoRule)  // else a user's score for a rule that does not exist
            scores.assign(rule, relative, numbers);
    }

    void describe(Settings& s, const Directive& d, Diagnostics& diagnostics) const {
        auto [name, text] = split_word(d.value);
        if (text.empty()) {
            report_missing(d, diagnostics);
            return;
        }
        RuleId rule = builder_.built_ == nullptr ? builder_.id(name) : builder_.find(name);
        if (rule == kNoRule)
            return;
        auto& by_rule = s.edit<Descriptions>().by_rule;
        if (rule >= by_rule.size())
            by_rule.resize(rule + 1);
        by_rule[rule] = text;
    }

    void subjprefix(Settings& s, const Directive& d, Diagnostics& diagnostics) const {
        auto [name, text] = split_word(d.value);
        if (text.empty())
            report_missing(d, diagnostics);
        else
            s.edit<CoreSettings>().subjprefix[std::string(name)] = text;
    }

    void note_strictness(const Settings& s) const {
        reject_always_matching_ =
            builder_.lint() || s.get<CoreSettings>().ignore_always_matching_regexps;
    }

    RuleSetBuilder& builder_;
    mutable bool reject_always_matching_ = false;
};

void RuleSetBuilder::add_keywords(config::Schema& schema) {
    RuleKeywords(*this).add(schema);
}

static std::string perl_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", value);
    return text;
}

void Scores::resize(size_t rules) {
    for (auto& values : values_)
        values.resize(rules);
    texts_.resize(rules);
    set_.resize(rules);
}

const std::string& Scores::text(RuleId rule, size_t score_set) const {
    static const std::string none;
    return rule < texts_.size() ? texts_[rule][score_set] : none;
}

void Scores::assign(RuleId rule, bool relative, const std::array<double, kSets>& numbers) {
    for (size_t i = 0; i < kSets; ++i) {
        double& value = values_[i][rule];
        value = relative ? value + numbers[i] : numbers[i];
        if (value == 0)
            value = 0;  // no "-0"
        texts_[rule][i] = perl_number(value);
    }
    set_[rule] = 1;
}

}  // namespace rules
