#include "rules/program.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <map>

#include "rules/pattern_compiler.h"
#include "rules/program_impl.h"
#include "util/check.h"
#include "util/strings.h"

namespace rules {

Program::Program() : impl_(std::make_unique<Impl>()) {}
Program::~Program() = default;

namespace {

// Metas whose dependencies come first, so that one pass over them settles all that can be settled.
std::vector<RuleId> in_dependency_order(const std::map<RuleId, MetaProgram>& metas) {
    std::vector<RuleId> out;
    std::map<RuleId, int> state;  // 1 = on the stack, 2 = done
    for (const auto& [start, unused] : metas) {
        std::vector<std::pair<RuleId, size_t>> stack{{start, 0}};
        while (!stack.empty()) {
            auto& [id, next] = stack.back();
            if (next == 0 && state[id] != 0) {
                stack.pop_back();
                continue;
            }
            state[id] = 1;
            const auto& dependencies = metas.at(id).dependencies();
            while (next < dependencies.size() &&
                   (metas.count(dependencies[next]) == 0 || state[dependencies[next]] != 0))
                ++next;
            if (next < dependencies.size()) {
                RuleId deeper = dependencies[next++];
                stack.emplace_back(deeper, 0);
            } else {
                state[id] = 2;
                out.push_back(id);
                stack.pop_back();
            }
        }
    }
    return out;
}

// Metas that are deferred ask each other; so deep and no deeper.
constexpr uint32_t kMaxDeferredDepth = 50;
constexpr uint32_t kMaxCost = 1'000'000;

constexpr size_t kNoPattern = SIZE_MAX;

// A cache that lacks nothing is left as it is.
void collect(const std::vector<CompiledPattern>& compiled, RuleCacheBuilder& collected) {
    for (const CompiledPattern& made : compiled)
        for (const auto* sought : {&made.required, &made.starts})
            if (sought->key && !sought->was_known)
                collected.set_news();
    if (!collected.has_news())
        return;
    for (const CompiledPattern& made : compiled)
        for (const auto* sought : {&made.required, &made.starts})
            if (sought->key)
                collected.add(*sought->key, sought->factors);
}

void build_prefilter(FilteredRules& group, const std::vector<CompiledPattern>& compiled,
                     const std::vector<size_t>& patterns, std::vector<Prefilter::Slot>& slots,
                     const CompileOptions& options) {
    for (RuleId id : group.rules)
        if (patterns[id] != kNoPattern)
            slots[id] = group.filter.add(compiled[patterns[id]].required.factors);
    group.filter.finish(options.cache, options.collected);
}

bool has_prefilter(RuleType type) {
    return type == RuleType::Header || type == RuleType::Body || type == RuleType::Uri ||
           type == RuleType::RawBody || type == RuleType::MimeHeader;
}

// What a pattern with templates matches at most, whatever the tags will be.
std::string with_any_values(const Rule& rule) {
    std::string pattern = rule.pattern;
    for (const auto& tag : rule.capture_templates)
        pattern = util::replace_all(std::move(pattern), "%\\{" + tag + "\\}", "(?s:.*)");
    return pattern;
}

// All patterns; `patterns` gets their numbers by rule. Of those that wait for a message, only the
// factors are of use.
std::vector<CompiledPattern> compile_patterns(const RuleSet& rules, std::vector<size_t>& patterns,
                                              const CompileOptions& options) {
    PatternCompiler compiler;
    std::deque<std::string> made;
    patterns.assign(rules.size(), kNoPattern);
    for (RuleId id = 0; id < rules.size(); ++id) {
        const Rule& rule = rules.rule(id);
        bool has_pattern = has_prefilter(rule.type) || rule.type == RuleType::Full;
        auto flags = regex::Flags::parse(rule.flag_letters);
        if (!has_pattern || rule.exists || !flags)
            continue;
        patterns[id] =
            compiler.add(rule.capture_templates.empty() ? std::string_view(rule.pattern)
                                                        : made.emplace_back(with_any_values(rule)),
                         *flags, has_prefilter(rule.type));
    }
    UTIL_CHECK(options.seeks_factors || options.collected == nullptr);
    return compiler.run(options.threads, options.cache, options.seeks_factors);
}

}  // namespace

void Program::Impl::find_deferrable(const RuleSet& rules) {
    deferrable.assign(rules.size(), 0);
    for (RuleId id = 0; id < rules.size(); ++id) {
        const Rule& rule = rules.rule(id);
        bool has_lines = rule.type == RuleType::Header || rule.type == RuleType::Body ||
                         rule.type == RuleType::Uri || rule.type == RuleType::RawBody;
        deferrable[id] = rule.is_subrule() && has_lines && !rule.exists && !rule.captures &&
                         rule.capture_templates.empty();
    }
    // What it takes to decide a rule, very roughly; nothing for what is decided anyway.
    std::vector<uint32_t> costs(rules.size());
    for (RuleId id = 0; id < rules.size(); ++id)
        if (deferrable[id])
            costs[id] = rules.rule(id).type == RuleType::Header ? 1
                        : rules.rule(id).type == RuleType::Uri  ? 2
                                                                : 4;
    std::vector<uint32_t> depths(rules.size());
    for (size_t i = 0; i < metas.size(); ++i) {
        RuleId id = meta_order[i];
        uint32_t depth = 1;
        for (RuleId dependency : metas[i].dependencies())
            depth = std::max(depth, depths[dependency] + 1);
        deferrable[id] = rules.rule(id).is_subrule() && depth <= kMaxDeferredDepth;
        if (deferrable[id])
            for (RuleId dependency : metas[i].dependencies())
                costs[id] = std::min(kMaxCost, costs[id] + costs[dependency]);
        metas[i].sort_conditions(costs);
        // What is not deferred asks from here.
        depths[id] = deferrable[id] ? depth : 0;
    }
}

void Program::Impl::tabulate_metas(size_t rules) {
    // What runs in no bucket may be decided at any time.
    std::vector<uint32_t> bucket_of(rules);
    for (uint32_t b = 0; b < buckets.size(); ++b) {
        auto note = [&](const std::vector<RuleId>& ids) {
            for (RuleId id : ids)
                bucket_of[id] = b;
        };
        for (const HeaderRules& group : buckets[b].header)
            note(group.rules);
        for (const FilteredRules* group : {&buckets[b].body, &buckets[b].uri, &buckets[b].rawbody})
            note(group->rules);
        note(buckets[b].full);
        for (const auto* evals_of : {&buckets[b].header_eval, &buckets[b].body_eval,
                                     &buckets[b].rawbody_eval, &buckets[b].full_eval})
            for (const EvalRule& rule : *evals_of)
                bucket_of[rule.call.rule] = b;
    }
    MetaTable& table = meta_table;
    table.by_bucket.resize(buckets.size());
    for (uint32_t i = 0; i < metas.size(); ++i) {
        MetaTable::Row row;
        row.rule = meta_order[i];
        row.first_dependency = static_cast<uint32_t>(table.dependencies.size());
        row.first_condition = static_cast<uint32_t>(table.conditions.size());
        for (RuleId dependency : metas[i].dependencies()) {
            row.bucket = std::max(row.bucket, bucket_of[dependency]);
            table.dependencies.push_back(dependency);
        }
        for (const auto& condition : metas[i].conditions())
            table.conditions.push_back(condition);
        bucket_of[row.rule] = row.bucket;
        table.rows.push_back(row);
        if (!buckets.empty())
            table.by_bucket[row.bucket].push_back(i);
    }
    MetaTable::Row end;
    end.first_dependency = static_cast<uint32_t>(table.dependencies.size());
    end.first_condition = static_cast<uint32_t>(table.conditions.size());
    table.rows.push_back(end);
    // So that the last row's end has an address.
    table.dependencies.push_back(kNoRule);
    table.conditions.push_back({kNoRule, false});
}

std::unique_ptr<const Program> Program::compile(const RuleSet& rules, const config::Settings&,
                                                const PluginRegistry& plugins,
                                                config::Diagnostics& diagnostics,
                                                CompileOptions options) {
    std::unique_ptr<Program> program(new Program());
    Impl& impl = *program->impl_;
    impl.regexes.resize(rules.size());
    impl.start_filters.resize(rules.size());
    impl.evals.resize(rules.size());
    impl.slots.assign(rules.size(), Prefilter::kAlways);
    auto inactive = [&](RuleId id, std::string reason) {
        program->inactive_.push_back({id, std::move(reason)});
    };
    std::map<int, Bucket> buckets;
    std::map<std::pair<int, std::string_view>, std::vector<RuleId>> by_header;
    std::map<std::string_view, std::vector<RuleId>> by_part_header;
    std::map<RuleId, MetaProgram> metas;

    std::vector<size_t> patterns;
    std::vector<CompiledPattern> compiled = compile_patterns(rules, patterns, options);
    // Returns false when the regex is bad.
    auto compile_regex = [&](RuleId id) {
        const Rule& rule = rules.rule(id);
        if (!rule.capture_templates.empty())
            return true;  // compiled per message
        if (patterns[id] == kNoPattern) {
            diagnostics.error(rule.position, "rules: invalid regexp for " + rule.name +
                                                 ": modifiers '" + rule.flag_letters + "'");
            inactive(id, "bad modifiers");
            return false;
        }
        CompiledPattern& made = compiled[patterns[id]];
        if (made.error) {
            diagnostics.error(rule.position, "rules: invalid regexp for " + rule.name + ": " +
                                                 made.error->message);
            inactive(id, made.error->message);
            return false;
        }
        impl.regexes[id] = std::move(made.regex);
        impl.start_filters[id] = std::move(made.start_filter);
        return true;
    };

    for (RuleId id = 0; id < rules.size(); ++id) {
        const Rule& rule = rules.rule(id);
        Bucket* bucket = rule.type == RuleType::Unset || rule.type == RuleType::Placeholder
                             ? nullptr
                             : &buckets[rule.priority];
        switch (rule.type) {
            case RuleType::Header:
                if (rule.exists || compile_regex(id))
                    by_header[{rule.priority, rule.header}].push_back(id);
                break;
            case RuleType::Body:
                if (compile_regex(id))
                    bucket->body.rules.push_back(id);
                break;
            case RuleType::RawBody:
                if (compile_regex(id))
                    bucket->rawbody.rules.push_back(id);
                break;
            case RuleType::Full:
                if (compile_regex(id))
                    bucket->full.push_back(id);
                break;
            case RuleType::Uri:
                if (compile_regex(id))
                    bucket->uri.rules.push_back(id);
                break;
            case RuleType::MimeHeader:
                if (compile_regex(id)) {
                    by_part_header[rule.header].push_back(id);
                    bucket->body_eval.push_back(
                        {{id, rule.name, rule.header, rule.eval_args, rule.type}, rule.tflags});
                }
                break;
            case RuleType::HeaderEval:
            case RuleType::BodyEval:
            case RuleType::RawBodyEval:
            case RuleType::FullEval:
            case RuleType::UriDetail: {
                const PluginRegistry::Eval* eval = plugins.find_eval(rule.header);
                if (eval == nullptr) {
                    diagnostics.error(rule.position, fmt::format("rules: unknown eval '{}' for {}",
                                                                 rule.header, rule.name));
                    inactive(id, "unknown eval function " + rule.header);
                    break;
                }
                EvalCall call{id, rule.name, rule.header, rule.eval_args, rule.type};
                impl.evals[id] = eval->factory ? eval->factory(call, diagnostics, rule.position)
                                               : eval->function;
                if (!impl.evals[id]) {
                    inactive(id, "bad arguments for " + rule.header);
                    break;
                }
                auto& list = rule.type == RuleType::HeaderEval    ? bucket->header_eval
                             : rule.type == RuleType::RawBodyEval ? bucket->rawbody_eval
                             : rule.type == RuleType::FullEval    ? bucket->full_eval
                                                                  : bucket->body_eval;
                list.push_back({call, rule.tflags, &impl.evals[id]});
                break;
            }
            case RuleType::Meta: {
                auto expression = MetaExpression::parse(rule.text);
                if (!expression) {
                    diagnostics.error(rule.position,
                                      "rules: meta " + rule.name + ": " + expression.error());
                    inactive(id, expression.error());
                } else if (!expression->is_placeholder()) {
                    metas.emplace(id,
                                  expression->compile(
                                      [&](std::string_view name) { return rules.find(name); },
                                      [&](std::string_view glob) {
                                          std::vector<RuleId> found;
                                          for (RuleId other = 0; other < rules.size(); ++other)
                                              if (other != id &&
                                                  rules.rule(other).type != RuleType::Unset &&
                                                  rule_name_matches(glob, rules.rule(other).name))
                                                  found.push_back(other);
                                          return found;
                                      }));
                }
                break;
            }
            case RuleType::AskDns:
            case RuleType::Placeholder:
            case RuleType::Unset:
                break;
        }
    }
    for (auto& [key, ids] : by_header) {
        HeaderRules group;
        group.header = key.second;
        group.rules = std::move(ids);
        buckets[key.first].header.push_back(std::move(group));
    }
    impl.filter_of.resize(rules.size());
    auto finish = [&](FilteredRules& group) {
        build_prefilter(group, compiled, patterns, impl.slots, options);
        group.number = impl.filter_count++;
        for (RuleId id : group.rules)
            impl.filter_of[id] = group.number;
    };
    for (auto& [header, ids] : by_part_header) {
        HeaderRules& group = impl.part_headers.emplace_back();
        group.header = header;
        group.rules = std::move(ids);
        finish(group);
    }
    for (auto& [priority, bucket] : buckets) {
        for (HeaderRules& group : bucket.header)
            finish(group);
        for (FilteredRules* group : {&bucket.body, &bucket.uri, &bucket.rawbody})
            finish(*group);
        bucket.priority = priority;
        impl.buckets.push_back(std::move(bucket));
    }
    impl.by_candidates.resize(rules.size());
    for (RuleId id = 0; id < rules.size(); ++id) {
        const Rule& rule = rules.rule(id);
        impl.by_candidates[id] = impl.slots[id] != Prefilter::kAlways && !rule.negated &&
                                 !rule.has_if_unset && rule.capture_templates.empty();
    }
    if (options.collected != nullptr)
        collect(compiled, *options.collected);
    impl.meta_order = in_dependency_order(metas);
    impl.meta_index.assign(rules.size(), Impl::kNoMeta);
    for (RuleId id : impl.meta_order) {
        impl.meta_index[id] = static_cast<uint32_t>(impl.metas.size());
        impl.metas.push_back(std::move(metas.at(id)));
    }
    impl.find_deferrable(rules);
    impl.tabulate_metas(rules.size());
    return program;
}

}  // namespace rules
