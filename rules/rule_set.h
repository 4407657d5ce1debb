// All rules of a configuration, immutable once built: what `header`, `body`, `meta`, `score` ...
// lines said, after ReplaceTags and priority fix-ups. Program (program.h) is its compiled form.

#ifndef RULES_RULE_SET_H
#define RULES_RULE_SET_H

#include <string_view>
#include <vector>

#include "rules/rule.h"
#include "util/strings.h"

namespace rules {

class RuleFinisher;

class RuleSet {
public:
    const std::vector<Rule>& rules() const { return rules_; }
    const Rule& rule(RuleId id) const { return rules_[id]; }
    // kNoRule when there is none of that name.
    RuleId find(std::string_view name) const {
        auto it = by_name_.find(name);
        return it == by_name_.end() ? kNoRule : it->second;
    }
    size_t size() const { return rules_.size(); }

private:
    friend class RuleSetBuilder;
    friend class RuleFinisher;
    std::vector<Rule> rules_;
    util::StringMap<RuleId> by_name_;
};

}  // namespace rules

#endif  // RULES_RULE_SET_H
