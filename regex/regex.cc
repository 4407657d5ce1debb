#include "regex/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "regex/byte_class.h"
#include "regex/match_state.h"
#include "regex/shared_groups.h"
#include "regex/translate.h"
#include "regex/wide_code.h"
#include "util/check.h"

namespace regex {

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
                flags.extended_more = flags.extended;
                flags.extended = true;
                break;
            case 'n':
                flags.no_capture = true;
                break;
            case 'a':
            case 'd':
            case 'l':
            case 'u':
            case 'p':
                break;
            default:
                return std::nullopt;
        }
    }
    return flags;
}

namespace {
// Of a thread; they share the stack of the machine code.
struct MatchContexts {
    pcre2_match_context* any = make();
    pcre2_match_context* one_place = make();
    pcre2_jit_stack* stack = pcre2_jit_stack_create(kJitStackStart, kJitStackMax, nullptr);

    MatchContexts() {
        for (auto* context : {any, one_place})
            pcre2_jit_stack_assign(context, nullptr, stack);
    }
    static pcre2_match_context* make() {
        auto* c = pcre2_match_context_create(nullptr);
        pcre2_set_match_limit(c, kMatchLimit);
        pcre2_set_heap_limit(c, kHeapLimitKiB);
        return c;
    }
};
}  // namespace

static const MatchContexts& match_contexts() {
    thread_local const MatchContexts contexts;
    return contexts;
}

MatchData::MatchData() : state_(std::make_unique<State>()) {
    state_->narrow = pcre2_match_data_create(kMaxGroups, nullptr);
    UTIL_CHECK(state_->narrow != nullptr);
    state_->context = match_contexts().any;
    state_->one_place = match_contexts().one_place;
    state_->offsets = pcre2_get_ovector_pointer(state_->narrow);
}
MatchData::State::~State() {
    pcre2_match_data_free(narrow);
    free_wide();
}
MatchData::~MatchData() = default;
MatchData::MatchData(MatchData&&) noexcept = default;
MatchData& MatchData::operator=(MatchData&&) noexcept = default;

std::optional<std::string_view> MatchData::group(size_t n) const {
    if (n >= state_->count)
        return std::nullopt;
    size_t from = state_->offsets[2 * n], to = state_->offsets[2 * n + 1];
    if (from == PCRE2_UNSET || to < from)
        return std::nullopt;
    return state_->subject.substr(from, to - from);
}

size_t MatchData::start() const {
    return state_->offsets[0];
}
size_t MatchData::end() const {
    return state_->offsets[1];
}
size_t MatchData::group_count() const {
    return state_->count;
}

struct Regex::Code {
    pcre2_code* narrow = nullptr;
    bool jit = false;
    bool is_shared = false;          // its groups are subroutines, the pattern has no captures
    std::unique_ptr<WideCode> wide;  // instead of narrow
    ~Code() { pcre2_code_free(narrow); }
};

Regex::Regex() = default;
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

const unsigned char* latin1_tables() {
    static const std::vector<unsigned char> tables = [] {
        const unsigned char* made = pcre2_maketables(nullptr);
        std::vector<unsigned char> t(made, made + 1088);
        pcre2_maketables_free(nullptr, made);
        for (int c = 0; c < 256; ++c) {
            auto byte = static_cast<unsigned char>(c);
            t[byte] = fold_case(byte);
            t[256u + byte] = other_case(byte);
        }
        return t;
    }();
    return tables.data();
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

// Whether parts of the pattern may be atomic groups, "(?>a)" or "(?:a)?+".
static bool may_be_atomic(std::string_view translated) {
    for (std::string_view sign : {"(?>", "?+", "*+", "++", "}+"})
        if (translated.find(sign) != std::string_view::npos)
            return true;
    return false;
}

uint32_t compile_options(std::string_view translated, Flags flags) {
    uint32_t options = PCRE2_DUPNAMES | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
    // PCRE2 (10.42 at least) makes the repetition in "\s?(?>(?:a|b)*)\s" possessive, as if the
    // group could not be passed without its letters, and does not match a single blank.
    if (may_be_atomic(translated))
        options |= PCRE2_NO_AUTO_POSSESS;
    if (flags.caseless)
        options |= PCRE2_CASELESS;
    if (flags.multiline)
        options |= PCRE2_MULTILINE;
    if (flags.dotall)
        options |= PCRE2_DOTALL;
    return options;
}

// Bytes of a translated pattern from which on its groups are shared. PCRE2 knows less of the bytes
// that such a pattern can begin with, so small ones are compiled as they are.
static constexpr size_t kMinSharing = 16 * 1024;

util::Expected<Regex, CompileError> Regex::build(std::string_view translated, Flags flags,
                                                 Use use) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    auto code = std::make_unique<Code>();
    auto compile_narrow = [&](std::string_view pattern) {
        code->narrow = pcre2_compile(
            reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
            compile_options(pattern, flags) | (use == Use::MatchAt ? PCRE2_USE_OFFSET_LIMIT : 0),
            &error, &offset, compile_context());
    };
    if (translated.size() >= kMinSharing)
        if (auto shared = share_groups(translated)) {
            compile_narrow(*shared);
            code->is_shared = code->narrow != nullptr;
        }
    // Also where the shared one is refused: errors are those of the pattern as it was written.
    if (!code->is_shared)
        compile_narrow(translated);
    if (code->narrow == nullptr && error == PCRE2_ERROR_PATTERN_TOO_LARGE)
        code->wide = WideCode::compile(translated, flags, use != Use::Check, error);
    if (code->narrow == nullptr && !code->wide) {
        char text[256] = "";
        pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(text), sizeof text);
        return util::Unexpected(CompileError{text, offset});
    }
    if (code->narrow != nullptr && use != Use::Check)
        code->jit = pcre2_jit_compile(code->narrow, PCRE2_JIT_COMPLETE) == 0;
    Regex re;
    re.code_ = std::move(code);
    return re;
}

util::Expected<Regex, CompileError> Regex::compile_translated(std::string_view translated,
                                                              Flags flags, bool for_places) {
    return build(translated, flags, for_places ? Use::MatchAt : Use::Match);
}

util::Expected<Regex, CompileError> Regex::compile(std::string_view pattern, Flags flags) {
    auto translated = translate(pattern, flags);
    if (!translated)
        return util::Unexpected(translated.error());
    return build(*translated, flags, Use::Match);
}

std::optional<CompileError> Regex::check(std::string_view pattern, Flags flags) {
    auto translated = translate(pattern, flags);
    if (!translated)
        return translated.error();
    auto built = build(*translated, flags, Use::Check);
    if (built)
        return std::nullopt;
    return built.error();
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

Outcome Regex::run(std::string_view subject, MatchData& data, size_t from, uint32_t options,
                   pcre2_real_match_context_8* context) const {
    MatchData::State& state = *data.state_;
    state.count = 0;
    if (!code_)
        return Outcome::NoMatch;
    if (subject.data() == nullptr)
        subject = std::string_view("", 0);
    if (code_->wide)
        return code_->wide->match(subject, state, from, options);
    auto* bytes = reinterpret_cast<PCRE2_SPTR>(subject.data());
    int rc = code_->jit ? pcre2_jit_match(code_->narrow, bytes, subject.size(), from, options,
                                          state.narrow, context)
                        : pcre2_match(code_->narrow, bytes, subject.size(), from, options,
                                      state.narrow, context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return Outcome::NoMatch;
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = pcre2_match(code_->narrow, bytes, subject.size(), from, options | PCRE2_NO_JIT,
                         state.narrow, context);
    if (rc >= 0) {
        state.offsets = pcre2_get_ovector_pointer(state.narrow);
        state.subject = subject;
        state.count = rc == 0 ? kMaxGroups : static_cast<uint32_t>(rc);
        return Outcome::Match;
    }
    return rc == PCRE2_ERROR_NOMATCH ? Outcome::NoMatch : Outcome::Undecided;
}

Outcome Regex::match(std::string_view subject, MatchData& data, size_t from) const {
    return run(subject, data, from, 0, data.state_->context);
}

Outcome Regex::match_at(std::string_view subject, MatchData& data, size_t at) const {
    pcre2_set_offset_limit(data.state_->one_place, at);
    return run(subject, data, at, 0, data.state_->one_place);
}

Outcome Regex::match_nonempty_at(std::string_view subject, MatchData& data, size_t from) const {
    return run(subject, data, from, PCRE2_NOTEMPTY_ATSTART, data.state_->context);
}

bool Regex::search(std::string_view subject) const {
    thread_local MatchData data;
    return match(subject, data) == Outcome::Match;
}

std::vector<std::pair<std::string, size_t>> Regex::names() const {
    std::vector<std::pair<std::string, size_t>> out;
    if (!code_)
        return out;
    if (code_->wide)
        return code_->wide->names();
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = nullptr;
    pcre2_pattern_info(code_->narrow, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code_->narrow, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(code_->narrow, PCRE2_INFO_NAMETABLE, &table);
    for (uint32_t i = 0; i < count; ++i, table += size)
        out.emplace_back(reinterpret_cast<const char*>(table + 2),
                         static_cast<size_t>(table[0] << 8 | table[1]));
    std::sort(out.begin(), out.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
    return out;
}

size_t Regex::capture_count() const {
    uint32_t count = 0;
    if (code_ && code_->wide)
        return code_->wide->capture_count();
    if (code_ && !code_->is_shared)
        pcre2_pattern_info(code_->narrow, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

bool Regex::is_wide() const {
    return code_ && code_->wide;
}

}  // namespace regex
