// Patterns that are too large for PCRE2's 8-bit library, compiled by the 32-bit one.

#ifndef REGEX_WIDE_CODE_H
#define REGEX_WIDE_CODE_H

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regex/regex.h"

struct pcre2_real_code_32;

namespace regex {

class WideCode {
public:
    // nullptr and PCRE2's error number when it does not compile.
    static std::unique_ptr<WideCode> compile(std::string_view translated, Flags flags, bool jit,
                                             int& error);
    ~WideCode();
    WideCode(const WideCode&) = delete;
    WideCode& operator=(const WideCode&) = delete;

    Outcome match(std::string_view subject, MatchData::State& state, size_t from,
                  uint32_t options) const;
    std::vector<std::pair<std::string, size_t>> names() const;
    size_t capture_count() const;

private:
    WideCode() = default;
    pcre2_real_code_32* code_ = nullptr;
    bool jit_ = false;
};

}  // namespace regex

#endif  // REGEX_WIDE_CODE_H
