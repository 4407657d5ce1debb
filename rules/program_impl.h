// The inside of a Program, shared by the one who builds it and the one who runs it.

#ifndef RULES_PROGRAM_IMPL_H
#define RULES_PROGRAM_IMPL_H

#include <vector>

#include "regex/regex.h"
#include "rules/meta_expression.h"
#include "rules/plugin.h"
#include "rules/prefilter.h"
#include "rules/program.h"

namespace rules {

// Rules of one header: its value is looked up and scanned once.
struct HeaderRules {
    std::string header;
    std::vector<RuleId> rules;
    Prefilter filter;
    size_t number = 0;  // of the filter
};

// Active rules of one priority, by what they look at.
struct Bucket {
    int priority = 0;
    std::vector<HeaderRules> header;  // by name
    std::vector<RuleId> header_eval, body, uri, body_eval, rawbody, rawbody_eval, full, full_eval;
    Prefilter body_filter, uri_filter, rawbody_filter;
    size_t body_number = 0, uri_number = 0, rawbody_number = 0;  // of the filters
};

struct Program::Impl {
    std::vector<Bucket> buckets;         // ascending priority
    std::vector<regex::Regex> regexes;   // by RuleId
    std::vector<Prefilter::Slot> slots;  // by RuleId: in the prefilter of its bucket and view
    std::vector<uint8_t> by_candidates;  // by RuleId: hits only where its slot is a candidate
    size_t filter_count = 0;             // filters are numbered
    std::vector<size_t> filter_of;       // by RuleId: the number of the filter of its slot
    // By RuleId: a sub-rule that nobody but metas sees. It may be decided when one asks.
    std::vector<uint8_t> deferrable;
    std::vector<EvalFunction> evals;   // by RuleId
    std::vector<RuleId> meta_order;    // dependencies first
    std::vector<MetaProgram> metas;    // beside meta_order
    std::vector<uint8_t> is_meta;      // by RuleId: evaluated as a meta
    std::vector<uint32_t> meta_index;  // by RuleId, of metas: into meta_order
};

}  // namespace rules

#endif  // RULES_PROGRAM_IMPL_H
