#include "rules/rule_set_builder.h"

#include <fmt/format.h>

#include "rules/rule_syntax.h"

namespace rules {

static constexpr int kCapturePriority = -10000;
static constexpr size_t kMaxRuleName = 100;  // longer ones are refused
static constexpr size_t kLongRuleName = 40;  // --lint complains

RuleId RuleSetBuilder::id(std::string_view name) {
    auto it = set_.by_name_.find(name);
    if (it != set_.by_name_.end())
        return it->second;
    auto new_id = static_cast<RuleId>(set_.rules_.size());
    set_.by_name_.emplace(name, new_id);
    set_.rules_.emplace_back();
    set_.rules_.back().name = name;
    has_priority_.push_back(0);
    return new_id;
}

bool RuleSetBuilder::accepts_name(std::string_view name, const config::Directive& d,
                                  config::Diagnostics& diagnostics) const {
    if (!is_rule_name(name)) {
        diagnostics.error(d.position,
                          fmt::format("config: error: rule '{}' has invalid characters (not "
                                      "Alphanumeric + Underscore + starting with a non-digit)",
                                      name));
        return false;
    }
    if (name.size() > kMaxRuleName) {
        diagnostics.error(d.position, fmt::format("config: error: rule '{}' is too long "
                                                  "(recommended maximum length is 22 characters)",
                                                  name));
        return false;
    }
    if (lint_ && name.size() > kLongRuleName && name.substr(0, 2) != "__" &&
        name.substr(0, 2) != "T_")
        diagnostics.error(d.position,
                          fmt::format("config: warning: rule name '{}' is over 40 chars "
                                      "(recommended maximum length is 22 characters)",
                                      name));
    return true;
}

RuleId RuleSetBuilder::define(Rule definition) {
    RuleId rule_id = id(definition.name);
    Rule& old = set_.rules_[rule_id];
    definition.priority = definition.captures ? kCapturePriority : old.priority;
    definition.tflags_text = std::move(old.tflags_text);
    has_priority_[rule_id] = 1;
    old = std::move(definition);
    return rule_id;
}

void RuleSetBuilder::drop(RuleId rule_id) {
    Rule& rule = set_.rules_[rule_id];
    Rule empty;
    empty.name = std::move(rule.name);
    empty.tflags_text = std::move(rule.tflags_text);
    empty.priority = rule.priority;
    rule = std::move(empty);
}

void RuleSetBuilder::set_priority(RuleId rule_id, int priority) {
    set_.rules_[rule_id].priority = priority;
    has_priority_[rule_id] = 1;
}

}  // namespace rules
