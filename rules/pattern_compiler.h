// The patterns of a rule set made ready for matching: PCRE2's code and required factors. They do
// not depend on each other, so several threads share the work; what comes out does not depend on
// how many there are.

#ifndef RULES_PATTERN_COMPILER_H
#define RULES_PATTERN_COMPILER_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regex/regex.h"
#include "rules/required_factors.h"
#include "rules/rule_cache.h"
#include "rules/start_filter.h"

namespace rules {

struct CompiledPattern {
    // Factors, where they were asked for and there are some.
    struct Sought {
        std::optional<RequiredFactors> factors;
        std::optional<RuleCache::Key> key;  // where there is a cache
        bool was_known = false;             // to the cache
    };
    regex::Regex regex;
    std::optional<regex::CompileError> error;  // of a pattern that does not compile
    Sought required;
    Sought starts;
    // Of the starts. The regex is compiled for places then.
    std::unique_ptr<const StartFilter> start_filter;
};

class PatternCompiler {
public:
    // The text of `pattern` must stay until run() returns. Patterns are numbered from 0.
    size_t add(std::string_view pattern, regex::Flags flags, bool wants_factors);
    // Uses up to `threads` threads, the caller's among them; none of them is left when it returns.
    // Where the system gives no more threads, those that are there do it. Factors that `known`
    // knows are not sought, others only if `seeks_factors`.
    std::vector<CompiledPattern> run(size_t threads, const RuleCache* known = nullptr,
                                     bool seeks_factors = true) const;

private:
    struct Job {
        std::string_view pattern;
        regex::Flags flags;
        bool wants_factors;
    };
    std::vector<Job> jobs_;
};

}  // namespace rules

#endif  // RULES_PATTERN_COMPILER_H
