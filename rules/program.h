// A RuleSet compiled for matching: regexes (with their prefilter), metas as bytecode, evals bound
// to their functions, all grouped by priority and view. Built before the fork, immutable, shared.

#ifndef RULES_PROGRAM_H
#define RULES_PROGRAM_H

#include <memory>
#include <vector>

#include "config/diagnostics.h"
#include "config/settings.h"
#include "rules/plugin_registry.h"
#include "rules/rule_cache.h"
#include "rules/rule_set.h"

namespace rules {

struct CompileOptions {
    // Threads that share the work; none is left afterwards. The program is the same for any number.
    size_t threads = 1;
    // False: rules of which the cache does not know the required factors have none.
    bool seeks_factors = true;
    // What was found out before; null = find out all.
    const RuleCache* cache = nullptr;
    // Told everything that was found out, also what the cache knew, if something was not in it. May
    // be null, and must be where not all is sought.
    RuleCacheBuilder* collected = nullptr;
};

class Program {
public:
    // Never throws for bad rules: those become inactive, with a diagnostic each. The rules must
    // stay where they are as long as the program is used.
    static std::unique_ptr<const Program> compile(const RuleSet& rules,
                                                  const config::Settings& settings,
                                                  const PluginRegistry& plugins,
                                                  config::Diagnostics& diagnostics,
                                                  CompileOptions options = {});
    ~Program();

    // Rules that never run and why (unknown eval function, bad regex), for -D config and --lint.
    struct Inactive {
        RuleId rule;
        std::string reason;
    };
    const std::vector<Inactive>& inactive() const { return inactive_; }

private:
    friend class Matcher;
    friend class MatcherRun;
    Program();
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::vector<Inactive> inactive_;
};

}  // namespace rules

#endif  // RULES_PROGRAM_H
