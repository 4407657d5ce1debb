// Collects rules while configuration is read, then turns them into a RuleSet.
//
// A later definition of a rule replaces an earlier one, as in SpamAssassin; score, describe,
// tflags and priority lines may come before or after it. Rules that cannot work (unknown eval
// function, bad regex, meta in a cycle) become inactive with a diagnostic; they never hit.

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
    // The id of a name, made (type Unset) if new. Ids stay valid through build().
    RuleId id(std::string_view name);
    RuleId find(std::string_view name) const { return set_.find(name); }
    Rule& rule(RuleId id) { return set_.rules_[id]; }
    const Rule& rule(RuleId id) const { return set_.rules_[id]; }
    size_t size() const { return set_.rules_.size(); }
    // Replaces the definition, keeping tflags/priority lines already seen for the name.
    RuleId define(Rule definition);
    // Removes the definition: the rule becomes Unset and never hits.
    void drop(RuleId id);

    // header, body, rawbody, full, uri, meta, test, reuse, tflags, priority, score, describe,
    // subjprefix keywords.
    void add_keywords(config::Schema& schema);

    // Defaults (scores 1.0 / 0.01 for T_ / negative for nice), priority fix-ups, net inheritance,
    // capture rules to priority -10000, cycle detection. The builder is empty afterwards.
    RuleSet build(config::Settings& settings, const PluginRegistry& plugins,
                  config::Diagnostics& diagnostics);

private:
    RuleSet set_;
};

}  // namespace rules

#endif  // RULES_RULE_SET_BUILDER_H
