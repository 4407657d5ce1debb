// Mail::SpamAssassin::Plugin::Shortcircuit: a hit of certain rules, or a total beyond certain
// marks, ends the scan. The rest of the pass that is running still runs.

#include <algorithm>
#include <map>
#include <optional>

#include "plugins/makers.h"
#include "rules/rule_set.h"
#include "rules/rule_set_builder.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::MessageStatus;

constexpr int kPriority = -200;
constexpr char kRule[] = "SHORTCIRCUIT";

struct ShortcircuitSettings {
    std::map<std::string, std::string, std::less<>> rules;  // -> "ham", "spam", "on"
    double spam_score = 100, ham_score = -100;
    std::optional<double> min_ham_score, max_spam_score;
};

bool is_word(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return util::is_word(c); });
}

void shortcircuit_line(rules::RuleSetBuilder& builder, config::Settings& s,
                       const config::Directive& d, config::Diagnostics& diagnostics) {
    if (d.value.empty())
        return config::report_missing(d, diagnostics);
    auto words = util::words(d.value);
    if (words.size() != 2 || !is_word(words[0]) || !is_word(words[1]))
        return config::report_invalid(d, diagnostics);
    std::string name(words[0]), kind(words[1]);
    auto& own = s.edit<ShortcircuitSettings>().rules;
    if (kind == "off") {
        own.erase(name);
        return;
    }
    if (kind != "on" && kind != "ham" && kind != "spam")
        return config::report_invalid(d, diagnostics);
    own[name] = kind;
    // Preferences that are read when the rules stand change no rule.
    if (kind == "on" || (d.from_user && builder.size() == 0))
        return;
    rules::RuleId id = builder.id(name);
    if (builder.rule(id).priority == 0)
        builder.set_priority(id, kPriority);
    std::string& flags = builder.rule(id).tflags_text;
    flags += std::string(flags.empty() ? "" : " ") + (kind == "ham" ? "nice " : "") + "noautolearn";
}

class Shortcircuit : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::Shortcircuit"; }

    void register_in(rules::Registration& r) override {
        using config::ValueType;
        r.keyword({.name = "shortcircuit",
                   .help = "\"RULE ham|spam|on|off\": whether a hit of the rule ends the scan.",
                   .set = [&builder = r.rules()](config::Settings& s, const config::Directive& d,
                                                 config::Diagnostics& diagnostics) {
                       shortcircuit_line(builder, s, d, diagnostics);
                   }});
        auto score = [&](const char* keyword, const char* value, const char* help,
                         config::Setter set) {
            r.keyword({.name = keyword,
                       .type = ValueType::Number,
                       .default_value = value,
                       .help = help,
                       .set = std::move(set)});
        };
        score("shortcircuit_spam_score", "100", "Score of a scan that ended as spam.",
              config::set_number(&ShortcircuitSettings::spam_score));
        score("shortcircuit_ham_score", "-100", "Score of a scan that ended as ham.",
              config::set_number(&ShortcircuitSettings::ham_score));
        score("shortcircuit_min_ham_score", "", "A total below this ends the scan.",
              config::set_number(&ShortcircuitSettings::min_ham_score));
        score("shortcircuit_max_spam_score", "", "A total above this ends the scan.",
              config::set_number(&ShortcircuitSettings::max_spam_score));
        r.eval("check_shortcircuit",
               [](MessageStatus&, const rules::EvalCall&) -> double { return 0; });
    }

    void finish_parsing_start(rules::RuleSetBuilder& builder, config::Settings&,
                              config::Diagnostics&) override {
        builder.id(kRule);  // hit whether or not it is defined
        linting_ = builder.lint();
    }

    void parsed_metadata(MessageStatus& s) override {
        s.set_tag("SC", "no");
        s.set_tag("SCRULE", "none");
        s.set_tag("SCTYPE", "no");
    }

    bool hears_of_hits() const override { return true; }
    void hit_rule(MessageStatus& s, rules::RuleId id, double score) override {
        if (s.shortcircuited || linting_)
            return;
        const auto& own = s.settings().get<ShortcircuitSettings>();
        // The total without this rule.
        if ((own.min_ham_score && s.score() < *own.min_ham_score) ||
            (own.max_spam_score && s.score() > *own.max_spam_score))
            end(s, s.score() < 0, s.score() < 0 ? -0.001 : 0.001);
        const std::string& rule = s.rules().rule(id).name;
        auto it = own.rules.find(rule);
        if (it == own.rules.end())
            return;
        bool ham = it->second == "ham" || (it->second == "on" && score < 0);
        s.set_tag("SCRULE", rule);
        s.set_tag("SC", rule + (ham ? " (ham)" : " (spam)"));
        if (it->second == "on")
            end(s, ham, ham ? -0.0001 : 0.0001);
        else
            end(s, ham, ham ? own.ham_score : own.spam_score);
    }

    bool wants_subrules(const config::Settings& settings) const override {
        const auto& own = settings.get<ShortcircuitSettings>();
        return own.min_ham_score || own.max_spam_score ||
               std::any_of(own.rules.begin(), own.rules.end(),
                           [](const auto& rule) { return rule.first.starts_with("__"); });
    }

private:
    static void end(MessageStatus& s, bool ham, double score) {
        s.shortcircuited = true;
        s.set_tag("SCTYPE", ham ? "ham" : "spam");
        rules::HitOptions options;
        options.score = score;
        s.got_hit(kRule, options);
    }

    bool linting_ = false;
};

}  // namespace

std::unique_ptr<rules::Plugin> make_shortcircuit() {
    return std::make_unique<Shortcircuit>();
}

}  // namespace plugins
