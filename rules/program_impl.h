// The inside of a Program, shared by the one who builds it and the one who runs it.

#ifndef RULES_PROGRAM_IMPL_H
#define RULES_PROGRAM_IMPL_H

#include <memory>
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

struct HeaderRules : FilteredRules {
    std::string header;
};

// Active rules of one priority, by what they look at.
struct Bucket {
    int priority = 0;
    std::vector<HeaderRules> header;  // by name
    FilteredRules body, uri, rawbody;
    std::vector<RuleId> header_eval, body_eval, rawbody_eval, full, full_eval;
};

struct Program::Impl {
    std::vector<Bucket> buckets;        // ascending priority
    std::vector<regex::Regex> regexes;  // by RuleId
    // By RuleId: where a match can begin, null where that is not known.
    std::vector<std::unique_ptr<const StartFilter>> start_filters;
    std::vector<Prefilter::Slot> slots;  // by RuleId: in the prefilter of its bucket and view
    // By RuleId: hits only where its slot is a candidate, and runs always.
    std::vector<uint8_t> by_candidates;
    size_t filter_count = 0;        // filters are numbered
    std::vector<size_t> filter_of;  // by RuleId: the number of the filter of its slot
    // By RuleId: a sub-rule that nobody but metas sees. It may be decided when one asks.
    std::vector<uint8_t> deferrable;
    std::vector<EvalFunction> evals;  // by RuleId
    std::vector<RuleId> meta_order;   // dependencies first
    std::vector<MetaProgram> metas;   // beside meta_order
    static constexpr uint32_t kNoMeta = UINT32_MAX;
    std::vector<uint32_t> meta_index;  // by RuleId: into meta_order, kNoMeta for what is no meta

    bool is_meta(RuleId id) const { return meta_index[id] != kNoMeta; }
    // Once everything else is there.
    void find_deferrable(const RuleSet& rules);
};

}  // namespace rules

#endif  // RULES_PROGRAM_IMPL_H
