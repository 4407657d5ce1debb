// Mail::SpamAssassin::Plugin::Reuse: names of tests whose results mass-check takes from earlier
// runs. No message that comes to be scanned carries such results, so what is left is that the names
// exist as rules, and that run_reuse_tests_only switches all others off.

#include <set>

#include "plugins/makers.h"
#include "rules/rule_set_builder.h"
#include "rules/rule_syntax.h"
#include "util/strings.h"

namespace plugins {

namespace {

struct ReuseSettings {
    std::set<std::string, std::less<>> names;
    bool only = false;
};

class Reuse : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::Reuse"; }

    void register_in(rules::Registration& r) override {
        r.keyword({.name = "reuse",
                   .help = "\"NAME [OLD NAMES]\": a test whose results mass-check may reuse.",
                   .set = [](config::Settings& s, const config::Directive& d,
                             config::Diagnostics& diagnostics) {
                       auto words = util::words(d.value);
                       bool good = !words.empty();
                       for (auto word : words)
                           good = good && rules::is_rule_name(word);
                       if (!good)
                           return config::report_invalid(d, diagnostics);
                       s.edit<ReuseSettings>().names.emplace(words[0]);
                   }});
        r.keyword({.name = "run_reuse_tests_only",
                   .type = config::ValueType::Bool,
                   .default_value = "0",
                   .help = "Run no tests but those named by reuse, and net tests.",
                   .set = config::set_bool(&ReuseSettings::only)});
    }

    void finish_parsing_start(rules::RuleSetBuilder& builder, config::Settings& settings,
                              config::Diagnostics&) override {
        const auto& own = settings.get<ReuseSettings>();
        if (own.only) {
            for (rules::RuleId id = 0; id < builder.size(); ++id) {
                const rules::Rule& rule = builder.rule(id);
                if (!is_net(rule) && own.names.find(rule.name) == own.names.end())
                    builder.drop(id);
            }
            return;
        }
        auto define = [&](const std::string& name) {
            rules::RuleId id = builder.find(name);
            if (id != rules::kNoRule && builder.rule(id).type != rules::RuleType::Unset)
                return;
            rules::Rule rule;
            rule.name = name;
            rule.type = rules::RuleType::Placeholder;
            builder.define(std::move(rule));
        };
        std::vector<std::string> net;
        for (rules::RuleId id = 0; id < builder.size(); ++id)
            if (is_net(builder.rule(id)))
                net.push_back(builder.rule(id).name);
        for (const auto& name : own.names)
            define(name);
        for (const auto& name : net)
            define(name);
    }

private:
    static bool is_net(const rules::Rule& rule) {
        rules::Rule copy;
        copy.tflags_text = rule.tflags_text;
        rules::apply_tflags(copy);
        return copy.has(rules::kNet);
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_reuse() {
    return std::make_unique<Reuse>();
}

}  // namespace plugins
