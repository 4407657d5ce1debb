#include "regex/wide_code.h"

#define PCRE2_CODE_UNIT_WIDTH 32
#include <pcre2.h>

#include <algorithm>

#include "regex/match_state.h"
#include "util/check.h"

namespace regex {

static void widen(std::string_view bytes, std::vector<uint32_t>& out) {
    out.resize(bytes.size());
    std::transform(bytes.begin(), bytes.end(), out.begin(),
                   [](char c) { return static_cast<uint32_t>(static_cast<unsigned char>(c)); });
}

static pcre2_match_context* match_context() {
    thread_local pcre2_match_context* context = [] {
        auto* c = pcre2_match_context_create(nullptr);
        pcre2_set_match_limit(c, kMatchLimit);
        pcre2_set_heap_limit(c, kHeapLimitKiB);
        pcre2_jit_stack_assign(c, nullptr,
                               pcre2_jit_stack_create(kJitStackStart, kJitStackMax, nullptr));
        return c;
    }();
    return context;
}

static pcre2_compile_context* compile_context() {
    static pcre2_compile_context* context = [] {
        auto* c = pcre2_compile_context_create(nullptr);
        pcre2_set_character_tables(c, latin1_tables());
        pcre2_set_newline(c, PCRE2_NEWLINE_LF);
        return c;
    }();
    return context;
}

void MatchData::State::free_wide() {
    pcre2_match_data_free(wide);
}

std::unique_ptr<WideCode> WideCode::compile(std::string_view translated, Flags flags, bool jit,
                                            int& error) {
    std::vector<uint32_t> pattern;
    widen(translated, pattern);
    std::unique_ptr<WideCode> out(new WideCode());
    PCRE2_SIZE offset = 0;
    out->code_ = pcre2_compile(pattern.data(), pattern.size(), compile_options(translated, flags),
                               &error, &offset, compile_context());
    if (out->code_ == nullptr)
        return nullptr;
    if (jit)
        out->jit_ = pcre2_jit_compile(out->code_, PCRE2_JIT_COMPLETE) == 0;
    return out;
}

WideCode::~WideCode() {
    pcre2_code_free(code_);
}

Outcome WideCode::match(std::string_view subject, MatchData::State& state, size_t from,
                        uint32_t options) const {
    if (state.wide == nullptr) {
        state.wide = pcre2_match_data_create(kMaxGroups, nullptr);
        UTIL_CHECK(state.wide != nullptr);
    }
    widen(subject, state.widened);
    static const uint32_t nothing = 0;
    const uint32_t* units = state.widened.empty() ? &nothing : state.widened.data();
    int rc = jit_ ? pcre2_jit_match(code_, units, subject.size(), from, options, state.wide,
                                    match_context())
                  : pcre2_match(code_, units, subject.size(), from, options, state.wide,
                                match_context());
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = pcre2_match(code_, units, subject.size(), from, options | PCRE2_NO_JIT, state.wide,
                         match_context());
    if (rc >= 0) {
        state.offsets = pcre2_get_ovector_pointer(state.wide);
        state.subject = subject;
        state.count = rc == 0 ? kMaxGroups : static_cast<uint32_t>(rc);
        return Outcome::Match;
    }
    return rc == PCRE2_ERROR_NOMATCH ? Outcome::NoMatch : Outcome::Undecided;
}

std::vector<std::pair<std::string, size_t>> WideCode::names() const {
    std::vector<std::pair<std::string, size_t>> out;
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = nullptr;
    pcre2_pattern_info(code_, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code_, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(code_, PCRE2_INFO_NAMETABLE, &table);
    for (uint32_t i = 0; i < count; ++i, table += size) {
        std::string name;
        for (const auto* c = table + 1; *c != 0; ++c)
            name += static_cast<char>(*c);
        out.emplace_back(std::move(name), table[0]);
    }
    std::sort(out.begin(), out.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
    return out;
}

size_t WideCode::capture_count() const {
    uint32_t count = 0;
    pcre2_pattern_info(code_, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

}  // namespace regex
