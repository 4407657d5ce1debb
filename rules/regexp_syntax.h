// Regexes as rule lines write them: /re/flags, m{re}flags, qr!re!flags. What is accepted and
// refused is what SpamAssassin's Util::compile_regexp accepts and refuses.

#ifndef RULES_REGEXP_SYNTAX_H
#define RULES_REGEXP_SYNTAX_H

#include <optional>
#include <string>
#include <string_view>

#include "regex/regex.h"
#include "util/expected.h"

namespace rules {

struct Regexp {
    std::string pattern;  // without delimiters
    std::string flags;    // letters behind the end delimiter
};

enum class Delimiters { None, Required, Optional };

// The error is the reason ("missing regexp delimiters", ...). The pattern itself is not compiled.
// `reject_always_matching`: also refuse the empty pattern and empty alternatives, as --lint does.
util::Expected<Regexp, std::string> parse_regexp(std::string_view text,
                                                 Delimiters delimiters = Delimiters::Required,
                                                 bool reject_always_matching = false);

// Why Perl or PCRE2 would not take the pattern; nullopt if they do. Flags are checked as well.
std::optional<std::string> regexp_error(const Regexp& regexp);

// Both steps and the compiled form, for keywords that are worth compiling at once.
util::Expected<regex::Regex, std::string> compile_regexp(
    std::string_view text, Delimiters delimiters = Delimiters::Required);

}  // namespace rules

#endif  // RULES_REGEXP_SYNTAX_H
