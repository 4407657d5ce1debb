#include "rules/pattern_compiler.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <numeric>
#include <system_error>
#include <thread>

#include "regex/translate.h"

namespace rules {

size_t PatternCompiler::add(std::string_view pattern, regex::Flags flags, bool wants_factors) {
    jobs_.push_back({pattern, flags, wants_factors});
    return jobs_.size() - 1;
}

std::vector<CompiledPattern> PatternCompiler::run(size_t threads, const RuleCache* known,
                                                  bool seeks_factors) const {
    std::vector<CompiledPattern> out(jobs_.size());
    // The longest first, so that no thread is left alone with one in the end.
    std::vector<uint32_t> order(jobs_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        size_t left = jobs_[a].pattern.size(), right = jobs_[b].pattern.size();
        return left != right ? left > right : a < b;
    });
    std::atomic<size_t> next = 0;
    auto work = [&] {
        FactorAnalyzer analyzer;
        for (size_t i = next++; i < order.size(); i = next++) {
            const Job& job = jobs_[order[i]];
            CompiledPattern& made = out[order[i]];
            auto translated = regex::translate(job.pattern, job.flags);
            if (!translated) {
                made.error = translated.error();
                continue;
            }
            if (job.wants_factors) {
                auto sought = [&](CompiledPattern::Sought& what, auto key_of, auto find) {
                    if (known != nullptr) {
                        what.key = key_of(*translated, job.flags);
                        if (auto found = known->factors(*what.key)) {
                            what.factors = std::move(*found);
                            what.was_known = true;
                            return;
                        }
                    }
                    if (seeks_factors)
                        what.factors = (analyzer.*find)(*translated, job.flags);
                };
                sought(made.required, &RuleCache::pattern_key, &FactorAnalyzer::find);
                sought(made.starts, &RuleCache::starts_key, &FactorAnalyzer::find_starts);
                if (made.starts.factors)
                    if (auto filter = StartFilter::build(*made.starts.factors))
                        made.start_filter = std::make_unique<const StartFilter>(*filter);
            }
            auto compiled = regex::Regex::compile_translated(*translated, job.flags,
                                                             made.start_filter != nullptr);
            if (!compiled) {
                made.error = compiled.error();
                continue;
            }
            made.regex = std::move(*compiled);
            if (made.regex.is_wide())
                made.start_filter = nullptr;
        }
    };

    std::vector<std::exception_ptr> failures(std::max<size_t>(threads, 1));
    auto guarded = [&](size_t n) {
        try {
            work();
        } catch (...) {
            failures[n] = std::current_exception();
            next = order.size();
        }
    };
    std::vector<std::thread> helpers;
    try {
        for (size_t n = 1; n < threads; ++n)
            helpers.emplace_back(guarded, n);
    } catch (const std::system_error&) {
        // No more threads to be had.
    }
    guarded(0);
    for (auto& helper : helpers)
        helper.join();
    for (const auto& failure : failures)
        if (failure)
            std::rethrow_exception(failure);
    return out;
}

}  // namespace rules
