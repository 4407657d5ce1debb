// What regex.cc and wide_code.cc share and nobody else sees.

#ifndef REGEX_MATCH_STATE_H
#define REGEX_MATCH_STATE_H

#include <cstdint>
#include <string_view>
#include <vector>

#include "regex/regex.h"

struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_32;

namespace regex {

// Guards against runaway patterns. The machine code counts fewer steps than the interpreter does.
inline constexpr uint32_t kMatchLimit = 10'000'000;
inline constexpr uint32_t kHeapLimitKiB = 20'000;
inline constexpr size_t kJitStackStart = 32 * 1024;
inline constexpr size_t kJitStackMax = 1024 * 1024;
// Groups beyond this are not reported; no rule file comes near.
inline constexpr uint32_t kMaxGroups = 64;

struct MatchData::State {
    pcre2_real_match_data_8* narrow = nullptr;
    pcre2_real_match_context_8* context = nullptr;    // of this thread, not owned
    pcre2_real_match_context_8* one_place = nullptr;  // so, for matches that begin at one place
    pcre2_real_match_data_32* wide = nullptr;         // made on first use
    std::vector<uint32_t> widened;                    // subject of the 32-bit library
    const size_t* offsets = nullptr;                  // of the library that matched last
    std::string_view subject;
    uint32_t count = 0;
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State();
    void free_wide();
};

// PCRE2's character tables with Latin-1 case folding; classes stay ASCII.
const unsigned char* latin1_tables();
uint32_t compile_options(std::string_view translated, Flags flags);

}  // namespace regex

#endif  // REGEX_MATCH_STATE_H
