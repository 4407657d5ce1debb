#include "regex/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "util/check.h"

namespace regex {

// Guards against runaway patterns; PCRE2's defaults are ten times as much.
static constexpr uint32_t kMatchLimit = 1'000'000;
static constexpr uint32_t kHeapLimitKiB = 20'000;

std::optional<Flags> Flags::parse(std::string_view letters) {
    Flags flags;
    for (char c : letters) {
        switch (c) {
            case 'i':
                flags.caseless = true;
                break;
            case 'm':
                flags.multiline = true;
                break;
            case 's':
                flags.dotall = true;
                break;
            case 'x':
                flags.extended = true;
                break;
            case 'a':
            case 'd':
            case 'l':
            case 'u':
            case 'n':
            case 'p':
                break;
            default:
                return std::nullopt;
        }
    }
    return flags;
}

struct MatchData::State {
    pcre2_match_data* data = nullptr;
    std::string_view subject;
    uint32_t count = 0;
    ~State() { pcre2_match_data_free(data); }
};

MatchData::MatchData() : state_(std::make_unique<State>()) {
    // PCRE2 ignores groups beyond this; no rule file comes near.
    state_->data = pcre2_match_data_create(64, nullptr);
    UTIL_CHECK(state_->data != nullptr);
}
MatchData::~MatchData() = default;
MatchData::MatchData(MatchData&&) noexcept = default;
MatchData& MatchData::operator=(MatchData&&) noexcept = default;

std::optional<std::string_view> MatchData::group(size_t n) const {
    if (n >= state_->count)
        return std::nullopt;
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(state_->data);
    size_t start = offsets[2 * n], end = offsets[2 * n + 1];
    if (start == PCRE2_UNSET || end < start)
        return std::nullopt;
    return state_->subject.substr(start, end - start);
}

size_t MatchData::start() const {
    return pcre2_get_ovector_pointer(state_->data)[0];
}
size_t MatchData::end() const {
    return pcre2_get_ovector_pointer(state_->data)[1];
}
size_t MatchData::group_count() const {
    return state_->count;
}

struct Regex::Code {
    pcre2_code* code = nullptr;
    bool jit = false;
    ~Code() { pcre2_code_free(code); }
};

Regex::Regex() = default;
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

namespace {

// PCRE2's character tables with Perl's Latin-1 case folding on bytes: lower-case and flip-case
// tables fold 0xC0-0xDE with 0xE0-0xFE, except the signs at 0xD7 and 0xF7. Classes stay ASCII.
const unsigned char* latin1_tables() {
    static const std::array<unsigned char, 1088> tables = [] {
        std::array<unsigned char, 1088> t{};
        const unsigned char* made = pcre2_maketables(nullptr);
        std::copy(made, made + 1088, t.begin());
        pcre2_maketables_free(nullptr, made);
        for (int c = 0xC0; c <= 0xDE; ++c) {
            if (c == 0xD7)
                continue;
            t[static_cast<size_t>(c)] = static_cast<unsigned char>(c + 0x20);
            t[static_cast<size_t>(256 + c)] = static_cast<unsigned char>(c + 0x20);
            t[static_cast<size_t>(256 + c + 0x20)] = static_cast<unsigned char>(c);
        }
        return t;
    }();
    return tables.data();
}

pcre2_compile_context* compile_context() {
    static pcre2_compile_context* context = [] {
        auto* c = pcre2_compile_context_create(nullptr);
        pcre2_set_character_tables(c, latin1_tables());
        pcre2_set_newline(c, PCRE2_NEWLINE_LF);
        return c;
    }();
    return context;
}

pcre2_match_context* match_context() {
    thread_local pcre2_match_context* context = [] {
        auto* c = pcre2_match_context_create(nullptr);
        pcre2_set_match_limit(c, kMatchLimit);
        pcre2_set_heap_limit(c, kHeapLimitKiB);
        pcre2_jit_stack_assign(c, nullptr, pcre2_jit_stack_create(32 * 1024, 1024 * 1024, nullptr));
        return c;
    }();
    return context;
}

}  // namespace

util::Expected<Regex, CompileError> Regex::compile(std::string_view pattern, Flags flags) {
    uint32_t options = PCRE2_DUPNAMES | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
    if (flags.caseless)
        options |= PCRE2_CASELESS;
    if (flags.multiline)
        options |= PCRE2_MULTILINE;
    if (flags.dotall)
        options |= PCRE2_DOTALL;
    if (flags.extended)
        options |= PCRE2_EXTENDED;
    int error = 0;
    PCRE2_SIZE offset = 0;
    auto code = std::make_unique<Code>();
    code->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                               options, &error, &offset, compile_context());
    if (code->code == nullptr) {
        char text[256];
        pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(text), sizeof text);
        return util::Unexpected(CompileError{text, offset});
    }
    code->jit = pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE) == 0;
    Regex re;
    re.code_ = std::move(code);
    return re;
}

Regex Regex::literal(std::string_view pattern, std::string_view flag_letters) {
    auto flags = Flags::parse(flag_letters);
    UTIL_CHECK(flags.has_value());
    auto compiled = compile(pattern, *flags);
    if (!compiled) {
        std::fprintf(stderr, "pattern %.*s: %s\n", static_cast<int>(pattern.size()), pattern.data(),
                     compiled.error().message.c_str());
        std::abort();
    }
    return std::move(*compiled);
}

Outcome Regex::run(std::string_view subject, MatchData& data, size_t from, uint32_t options) const {
    data.state_->count = 0;
    if (!code_)
        return Outcome::NoMatch;
    auto* bytes = reinterpret_cast<PCRE2_SPTR>(subject.data() ? subject.data() : "");
    int rc = pcre2_match(code_->code, bytes, subject.size(), from, options, data.state_->data,
                         match_context());
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = pcre2_match(code_->code, bytes, subject.size(), from, options | PCRE2_NO_JIT,
                         data.state_->data, match_context());
    if (rc >= 0) {
        data.state_->subject = subject;
        data.state_->count = rc == 0 ? 64 : static_cast<uint32_t>(rc);
        return Outcome::Match;
    }
    return rc == PCRE2_ERROR_NOMATCH ? Outcome::NoMatch : Outcome::Undecided;
}

Outcome Regex::match(std::string_view subject, MatchData& data, size_t from) const {
    return run(subject, data, from, 0);
}

Outcome Regex::match_nonempty_at(std::string_view subject, MatchData& data, size_t from) const {
    // First a non-empty match at this very place, then whatever comes later.
    Outcome here = run(subject, data, from, PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED);
    if (here != Outcome::NoMatch || from >= subject.size())
        return here;
    return run(subject, data, from + 1, 0);
}

bool Regex::search(std::string_view subject) const {
    thread_local MatchData data;
    return match(subject, data) == Outcome::Match;
}

std::vector<std::pair<std::string, size_t>> Regex::names() const {
    std::vector<std::pair<std::string, size_t>> out;
    if (!code_)
        return out;
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = nullptr;
    pcre2_pattern_info(code_->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code_->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(code_->code, PCRE2_INFO_NAMETABLE, &table);
    for (uint32_t i = 0; i < count; ++i, table += size)
        out.emplace_back(reinterpret_cast<const char*>(table + 2),
                         static_cast<size_t>(table[0] << 8 | table[1]));
    std::sort(out.begin(), out.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
    return out;
}

size_t Regex::capture_count() const {
    uint32_t count = 0;
    if (code_)
        pcre2_pattern_info(code_->code, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

}  // namespace regex
