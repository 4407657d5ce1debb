// The inside of a Program, shared by the one who builds it and the one who runs it.

#ifndef RULES_PROGRAM_IMPL_H
#define RULES_PROGRAM_IMPL_H

#include <memory>
#include <span>
#include <vector>

#include "regex/regex.h"
#include "rules/meta_expression.h"
#include "rules/plugin.h"
#include "rules/prefilter.h"
#include "rules/program.h"
#include "rules/rule_set.h"
#include "rules/start_filter.h"

namespace rules {

// Rules that look at the same texts, which are scanned once for all.
struct FilteredRules {
    std::vector<RuleId> rules;
    Prefilter filter;
    size_t number = 0;  // of the filter
};

// A header of the message; or, of all priorities, of its parts.
struct HeaderRules : FilteredRules {
    std::string header;
};

// An eval or mimeheader rule, with what is needed to run it in one place.
struct EvalRule {
    EvalCall call;
    uint32_t tflags = 0;
    const EvalFunction* function = nullptr;  // null for a mimeheader rule
};

// Active rules of one priority, by what they look at.
struct Bucket {
    int priority = 0;
    std::vector<HeaderRules> header;  // by name
    FilteredRules body, uri, rawbody;
    std::vector<EvalRule> header_eval, body_eval, rawbody_eval, full_eval;
    std::vector<RuleId> full;
};

// What is looked at before the code of a meta, those of all metas in one piece.
struct MetaTable {
    struct Row {
        RuleId rule = kNoRule;
        uint32_t first_dependency = 0, first_condition = 0;  // those up to the next row's
        uint32_t bucket = 0;  // the last that a rule it depends on runs in
    };
    std::vector<Row> rows;  // beside the metas, and one more
    std::vector<RuleId> dependencies;
    std::vector<MetaProgram::Condition> conditions;
    std::vector<std::vector<uint32_t>> by_bucket;  // rows, ascending

    std::span<const RuleId> dependencies_of(uint32_t row) const {
        return {&dependencies[rows[row].first_dependency],
                &dependencies[rows[row + 1].first_dependency]};
    }
    std::span<const MetaProgram::Condition> conditions_of(uint32_t row) const {
        return {&conditions[rows[row].first_condition], &conditions[rows[row + 1].first_condition]};
    }
};

struct Program::Impl {
    std::vector<Bucket> buckets;            // ascending priority
    std::vector<HeaderRules> part_headers;  // mimeheader rules
    std::vector<regex::Regex> regexes;      // by RuleId
    // By RuleId: where a match can begin, null where that is not known.
    std::vector<std::unique_ptr<const StartFilter>> start_filters;
    std::vector<Prefilter::Slot> slots;  // by RuleId: in the prefilter of its bucket and view
    // By RuleId: hits only where its slot is a candidate, and runs always.
    std::vector<uint8_t> by_candidates;
    size_t filter_count = 0;        // filters are numbered, those of part_headers first
    std::vector<size_t> filter_of;  // by RuleId: the number of the filter of its slot
    // By RuleId: a sub-rule that nobody but metas sees. It may be decided when one asks.
    std::vector<uint8_t> deferrable;
    std::vector<EvalFunction> evals;  // by RuleId
    std::vector<RuleId> meta_order;   // dependencies first
    std::vector<MetaProgram> metas;   // beside meta_order
    static constexpr uint32_t kNoMeta = UINT32_MAX;
    std::vector<uint32_t> meta_index;  // by RuleId: into meta_order, kNoMeta for what is no meta

    bool is_meta(RuleId id) const { return meta_index[id] != kNoMeta; }
    MetaTable meta_table;

    // Once everything else is there.
    void find_deferrable(const RuleSet& rules);
    void tabulate_metas(size_t rules);
};

}  // namespace rules

#endif  // RULES_PROGRAM_IMPL_H
