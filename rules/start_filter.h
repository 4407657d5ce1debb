// Where in a text a match of one pattern can begin: at the places where one of its starts stands
// (see FactorAnalyzer::find_starts). PCRE2 tries a pattern at each place of a text, by way of all
// the alternatives it begins with; this names the few places that are worth it.
//
// The starts are spread over groups, a bit each, as in prefilter.h: a superset, never a verdict.
// Immutable once built. Four kilobytes.

#ifndef RULES_START_FILTER_H
#define RULES_START_FILTER_H

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "regex/regex.h"
#include "rules/required_factors.h"

namespace rules {

class StartFilter {
public:
    // Fewer ways to begin than this are seen by PCRE2 as quickly.
    static constexpr size_t kFewestStarts = 6;

    // nullopt where PCRE2 by itself would be as quick: there are few starts, or they stand nearly
    // everywhere.
    static std::optional<StartFilter> build(const RequiredFactors& starts,
                                            size_t fewest = kFewestStarts);

    // The first place from `from` on; npos where there is none.
    size_t next(std::string_view text, size_t from) const;

    // What re.match(text, data, from) says and finds. `re` is the pattern's, compiled for places.
    // A text that is full of starts is left to PCRE2 after a few: each may take as long as a match
    // may take.
    regex::Outcome match(const regex::Regex& re, std::string_view text, regex::MatchData& data,
                         size_t from = 0) const;

private:
    static constexpr size_t kPlaces = RequiredFactors::kStartLength;
    static constexpr size_t kGroups = 32;

    std::array<std::array<uint32_t, 256>, kPlaces> rows_{};  // by place, then byte
    std::array<uint32_t, kPlaces> ended_{};  // groups of which a start ends before the place
};

}  // namespace rules

#endif  // RULES_START_FILTER_H
