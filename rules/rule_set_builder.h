// Collects rules while configuration is read, then turns them into a RuleSet.
//
// A later definition of a rule replaces an earlier one, as in SpamAssassin; score, describe,
// tflags and priority lines may come before or after it. A definition that is refused (bad regex,
// bad meta) is a diagnostic and leaves the earlier one in force. Rules that turn out not to work
// when all is read (bad eval arguments, metas in a cycle) become Placeholders: they never hit.
//
// After build() the builder stays useful for one thing: score, describe and subjprefix lines of
// user preferences find their rules through it, so it must live as long as the Schema its keywords
// were added to. It owns no rules then.

#ifndef RULES_RULE_SET_BUILDER_H
#define RULES_RULE_SET_BUILDER_H

#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/schema.h"
#include "config/settings.h"
#include "rules/rule.h"
#include "rules/rule_set.h"

namespace rules {

class PluginRegistry;

class RuleSetBuilder {
public:
    // --lint refuses always-matching regexes and complains of long names.
    void set_lint(bool lint) { lint_ = lint; }
    bool lint() const { return lint_; }

    // The id of a name, made (type Unset) if new. Ids stay valid through build().
    RuleId id(std::string_view name);
    RuleId find(std::string_view name) const {
        return built_ != nullptr ? built_->find(name) : set_.find(name);
    }
    Rule& rule(RuleId id) { return set_.rules_[id]; }
    const Rule& rule(RuleId id) const { return set_.rules_[id]; }
    size_t size() const { return set_.rules_.size(); }
    // False, with a diagnostic, for a name no rule can have.
    bool accepts_name(std::string_view name, const config::Directive& d,
                      config::Diagnostics& diagnostics) const;
    // Replaces the definition, keeping tflags/priority lines already seen for the name; a rule
    // that captures gets priority -10000.
    RuleId define(Rule definition);
    // Removes the definition: the rule becomes Unset and never hits.
    void drop(RuleId id);
    void set_priority(RuleId id, int priority);

    // header, body, rawbody, full, uri, meta, test, reuse, tflags, priority, score, describe,
    // subjprefix keywords.
    void add_keywords(config::Schema& schema);

    // Defaults (scores 1.0 / 0.01 for T_ / negative for nice), priority fix-ups, net inheritance,
    // capture rules to priority -10000, cycle detection, and the plugins' finish_parsing hooks.
    RuleSet build(config::Settings& settings, const PluginRegistry& plugins,
                  config::Diagnostics& diagnostics);
    // Where the rules live now, for the look-ups of user preferences.
    void serve(const RuleSet& rules) { built_ = &rules; }

private:
    friend class RuleFinisher;
    friend class RuleKeywords;
    RuleSet set_;
    const RuleSet* built_ = nullptr;
    // By id: the rule was defined or has a priority line, so that metas may pull it down.
    std::vector<char> has_priority_;
    bool lint_ = false;
};

}  // namespace rules

#endif  // RULES_RULE_SET_BUILDER_H
