// What happens to the rules when all configuration is read, in the order of SpamAssassin's
// Conf/Parser.pm: default scores, plugins' start hooks, meta dependencies, priorities, tflags, eval
// calls, networks, plugins' end hooks.

#include <fmt/format.h>

#include <queue>

#include "rules/core_settings.h"
#include "rules/eval_types.h"
#include "rules/meta_expression.h"
#include "rules/plugin_registry.h"
#include "rules/rule_set_builder.h"
#include "rules/rule_syntax.h"

namespace rules {

using config::Diagnostics;

class RuleFinisher {
public:
    RuleFinisher(RuleSetBuilder& builder, config::Settings& settings, const PluginRegistry& plugins,
                 Diagnostics& diagnostics)
        : builder_(builder), settings_(settings), plugins_(plugins), diagnostics_(diagnostics) {}

    void run() {
        default_scores();
        for (const auto& plugin : plugins_.loaded())
            plugin->finish_parsing_start(builder_, settings_, diagnostics_);
        for (Rule& rule : rules())
            apply_tflags(rule);
        collect_dependencies();
        exclude_cycles();
        pull_down_priorities();
        inherit_net();
        for (Rule& rule : rules()) {
            if (rule.priority == 0 && rule.has(kNet))
                rule.priority = kNetPriority;
            unpack_eval(rule);
        }
        finish_core_settings(settings_, diagnostics_);
        for (const auto& plugin : plugins_.loaded())
            plugin->finish_parsing_end(builder_, settings_, diagnostics_);
    }

private:
    static constexpr int kNetPriority = -100;

    std::vector<Rule>& rules() { return builder_.set_.rules_; }
    static bool is_meta(const Rule& rule) {
        return rule.type == RuleType::Meta ||
               (rule.type == RuleType::Placeholder && !rule.text.empty());
    }

    void default_scores() {
        auto& scores = settings_.edit<Scores>();
        scores.resize(rules().size());
        for (RuleId id = 0; id < rules().size(); ++id) {
            Rule& rule = rules()[id];
            if (rule.type == RuleType::Unset || scores.has(id))
                continue;
            apply_tflags(rule);
            double score = rule.name.compare(0, 2, "T_") == 0 ? 0.01 : 1.0;
            if (rule.has(kNice))
                score = -score;
            scores.assign(id, false, {score, score, score, score});
        }
    }

    void collect_dependencies() {
        dependencies_.resize(rules().size());
        for (RuleId id = 0; id < rules().size(); ++id) {
            if (rules()[id].type != RuleType::Meta)
                continue;
            auto expression = MetaExpression::parse(rules()[id].text);
            if (!expression)
                continue;
            auto& needs = dependencies_[id];
            for (const auto& name : expression->names())
                if (RuleId need = builder_.find(name); need != kNoRule)
                    needs.push_back(need);
            for (const auto& glob : expression->globs())
                for (RuleId other = 0; other < rules().size(); ++other)
                    if (other != id && rules()[other].type != RuleType::Unset &&
                        rule_name_matches(glob, rules()[other].name))
                        needs.push_back(other);
        }
    }

    // Metas that (directly or not) wait for themselves never hit.
    void exclude_cycles() {
        size_t n = rules().size();
        std::vector<size_t> waiting(n, 0);
        std::vector<std::vector<RuleId>> wanted_by(n);
        std::vector<RuleId> ready;
        size_t metas = 0;
        for (RuleId id = 0; id < n; ++id) {
            if (!is_meta(rules()[id]))
                continue;
            ++metas;
            for (RuleId need : dependencies_[id]) {
                if (is_meta(rules()[need])) {
                    ++waiting[id];
                    wanted_by[need].push_back(id);
                }
            }
            if (waiting[id] == 0)
                ready.push_back(id);
        }
        size_t done = 0;
        while (done < ready.size())
            for (RuleId dependent : wanted_by[ready[done++]])
                if (--waiting[dependent] == 0)
                    ready.push_back(dependent);
        if (done == metas)
            return;
        for (RuleId id = 0; id < n; ++id) {
            if (waiting[id] == 0)
                continue;
            std::string unsolved;
            for (RuleId need : dependencies_[id])
                if (waiting[need] != 0)
                    unsolved += (unsolved.empty() ? "" : ", ") + rules()[need].name;
            diagnostics_.error(rules()[id].position,
                               fmt::format("rules: excluding meta test {}, unsolved meta "
                                           "dependencies: {}",
                                           rules()[id].name, unsolved));
            rules()[id].type = RuleType::Placeholder;
            excluded_.push_back(id);
        }
        for (RuleId id : excluded_)
            dependencies_[id].clear();
    }

    // What a meta needs runs no later than the meta, except that rules which wait for the network
    // are not started before -100. Lowest priority first, so that what is pulled down pulls down
    // what it needs itself.
    void pull_down_priorities() {
        using Entry = std::pair<int, RuleId>;
        std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
        for (RuleId id = 0; id < rules().size(); ++id)
            if (!dependencies_[id].empty())
                queue.emplace(rules()[id].priority, id);
        while (!queue.empty()) {
            auto [base, id] = queue.top();
            queue.pop();
            if (rules()[id].priority != base)
                continue;
            for (RuleId need : dependencies_[id]) {
                int& priority = rules()[need].priority;
                if (!builder_.has_priority_[need] || priority <= base)
                    continue;
                int pulled = base < kNetPriority && rules()[need].has(kNet) ? kNetPriority : base;
                if (priority == pulled)
                    continue;
                priority = pulled;
                if (!dependencies_[need].empty())
                    queue.emplace(pulled, need);
            }
        }
    }

    // A meta over a net rule is a net rule.
    void inherit_net() {
        bool changed = true;
        while (changed) {
            changed = false;
            for (RuleId id = 0; id < rules().size(); ++id) {
                Rule& rule = rules()[id];
                if (rule.has(kNet))
                    continue;
                for (RuleId need : dependencies_[id]) {
                    if (rules()[need].has(kNet)) {
                        rule.tflags |= kNet;
                        changed = true;
                        break;
                    }
                }
            }
        }
    }

    void unpack_eval(Rule& rule) {
        if (rule.type != RuleType::HeaderEval && rule.type != RuleType::BodyEval &&
            rule.type != RuleType::RawBodyEval && rule.type != RuleType::FullEval)
            return;
        auto call = parse_eval(rule.text);
        if (!call) {
            diagnostics_.error(rule.position, fmt::format("syntax error for eval function {}: {}",
                                                          rule.name, rule.text));
            rule.type = RuleType::Placeholder;
            return;
        }
        rule.header = std::move(call->function);
        rule.eval_args = std::move(call->args);
        const PluginRegistry::Eval* eval = plugins_.find_eval(rule.header);
        if (eval == nullptr)
            return;
        EvalType expected = expected_eval_type(rule.header);
        if (expected == EvalType::Any)
            return;
        // check_rbl* and check_dns* are a type of their own, which is written "header" as well.
        EvalType actual = EvalType::Header;
        if (rule.type == RuleType::HeaderEval && is_rbl_call(rule.header))
            actual = EvalType::Rbl;
        else if (rule.type == RuleType::FullEval)
            actual = EvalType::Full;
        else if (rule.type != RuleType::HeaderEval)
            actual = EvalType::Body;  // rawbody is as good where body is expected
        if (actual == expected)
            return;
        std::string_view name = expected == EvalType::Full   ? "full"
                                : expected == EvalType::Body ? "body"
                                                             : "header";
        diagnostics_.error(
            rule.position,
            fmt::format("wrong rule type defined for {}, expected '{}'", rule.name, name));
        rule.type = RuleType::Placeholder;
    }
    static bool is_rbl_call(std::string_view function) {
        return function.substr(0, 9) == "check_rbl" || function.substr(0, 9) == "check_dns";
    }

    RuleSetBuilder& builder_;
    config::Settings& settings_;
    const PluginRegistry& plugins_;
    Diagnostics& diagnostics_;
    std::vector<std::vector<RuleId>> dependencies_;
    std::vector<RuleId> excluded_;
};

RuleSet RuleSetBuilder::build(config::Settings& settings, const PluginRegistry& plugins,
                              Diagnostics& diagnostics) {
    RuleFinisher(*this, settings, plugins, diagnostics).run();
    RuleSet out = std::move(set_);
    set_ = RuleSet();
    has_priority_.clear();
    return out;
}

}  // namespace rules
