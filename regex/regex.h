// The fence around PCRE2. Patterns are Perl's, subjects are bytes, and the answers are those Perl
// gives under SpamAssassin's /aa: ASCII classes, Latin-1 case folding, no UTF mode ever.
//
// A Regex is compiled once, immutable and shared by every process after the fork; a MatchData is
// scratch, made once per worker, reused, and used by the thread that made it. Matching has three
// outcomes: "could not decide" (match limit, JIT stack) is neither a hit nor a miss, and callers
// must not fold it into one.
//
// Large patterns are compiled with their repeated groups as subroutines (see shared_groups.h). What
// is too large for PCRE2's 8-bit library even so (64 KiB compiled) is compiled by the 32-bit one,
// and its subjects are widened on the fly. All run as machine code.

#ifndef REGEX_REGEX_H
#define REGEX_REGEX_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/expected.h"

struct pcre2_real_match_context_8;

namespace regex {

struct CompileError {
    std::string message;
    size_t offset = 0;  // into the pattern
};

// Perl's modifiers; those without meaning for us (a, d, l, u, p) are accepted and dropped.
struct Flags {
    bool caseless = false;       // i
    bool multiline = false;      // m
    bool dotall = false;         // s
    bool extended = false;       // x
    bool extended_more = false;  // xx
    bool no_capture = false;     // n
    // Letters as they stand behind a pattern. nullopt on a letter a rule may not use (e, g, o, c,
    // r).
    static std::optional<Flags> parse(std::string_view letters);
};

enum class Outcome { Match, NoMatch, Undecided };

class Regex;

// Where the last match and its groups lie. Views stay valid while the subject does.
class MatchData {
public:
    MatchData();
    ~MatchData();
    MatchData(MatchData&&) noexcept;
    MatchData& operator=(MatchData&&) noexcept;

    // Group 0 is the whole match. Unset groups are nullopt.
    std::optional<std::string_view> group(size_t n) const;
    // Like group(), with "" for an unset one: what a Perl "$1" prints.
    std::string_view text(size_t n) const { return group(n).value_or(std::string_view()); }
    size_t start() const;
    size_t end() const;
    size_t group_count() const;

private:
    friend class Regex;
    friend class WideCode;
    struct State;
    std::unique_ptr<State> state_;
};

class Regex {
public:
    // Never matches; assign a compiled one over it.
    Regex();
    ~Regex();
    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;

    // Perl's syntax, see translate.h. An error where Perl refuses the pattern or warns about it.
    static util::Expected<Regex, CompileError> compile(std::string_view pattern, Flags flags = {});
    // Of a pattern that is translated already. match_at() is only for those compiled `for_places`,
    // and not for wide ones.
    static util::Expected<Regex, CompileError> compile_translated(std::string_view translated,
                                                                  Flags flags,
                                                                  bool for_places = false);
    // Only says whether compile() would succeed; much cheaper, because no machine code is made.
    static std::optional<CompileError> check(std::string_view pattern, Flags flags = {});
    // For patterns that are part of our own source: aborts if it does not compile.
    static Regex literal(std::string_view pattern, std::string_view flag_letters = "");

    Outcome match(std::string_view subject, MatchData& data, size_t from = 0) const;
    // Only a match that begins at `at`.
    Outcome match_at(std::string_view subject, MatchData& data, size_t at) const;
    // As match(), for loops over //g: a match that would be empty at `from` is refused.
    Outcome match_nonempty_at(std::string_view subject, MatchData& data, size_t from) const;

    // Convenience for code where a runaway is treated as no match on purpose.
    bool search(std::string_view subject, MatchData& data, size_t from = 0) const {
        return match(subject, data, from) == Outcome::Match;
    }
    bool search(std::string_view subject) const;  // uses a per-thread MatchData

    // Named groups: (name, number), in the order of their numbers.
    std::vector<std::pair<std::string, size_t>> names() const;
    size_t capture_count() const;
    bool is_compiled() const { return static_cast<bool>(code_); }
    bool is_wide() const;  // compiled by the 32-bit library

private:
    struct Code;
    enum class Use { Check, Match, MatchAt };
    static util::Expected<Regex, CompileError> build(std::string_view translated, Flags flags,
                                                     Use use);
    Outcome run(std::string_view subject, MatchData& data, size_t from, uint32_t options,
                pcre2_real_match_context_8* context) const;
    std::unique_ptr<Code> code_;
};

// Calls fn(const MatchData&) for every match of //g, with Perl's rule for empty matches. fn
// returns false to stop. The result says whether the walk ended undecided.
template <typename Fn>
Outcome for_each_match(const Regex& re, std::string_view subject, MatchData& data, Fn&& fn) {
    size_t from = 0;
    bool last_was_empty = false;
    while (from <= subject.size()) {
        Outcome o = last_was_empty ? re.match_nonempty_at(subject, data, from)
                                   : re.match(subject, data, from);
        if (o != Outcome::Match)
            return o;
        last_was_empty = data.end() == data.start();
        from = data.end();
        if (!fn(static_cast<const MatchData&>(data)))
            return Outcome::Match;
    }
    return Outcome::NoMatch;
}

// s/re/replacement/g with a function of the match for the replacement.
template <typename Fn>
std::string replace_all(const Regex& re, std::string_view subject, Fn&& fn) {
    MatchData data;
    std::string out;
    size_t copied = 0;
    for_each_match(re, subject, data, [&](const MatchData& m) {
        out.append(subject, copied, m.start() - copied);
        out += fn(m);
        copied = m.end();
        return true;
    });
    out.append(subject, copied);
    return out;
}

}  // namespace regex

#endif  // REGEX_REGEX_H
