// Perl's regex syntax, made PCRE2's.
//
// PCRE2 reads nearly all of Perl; what it reads differently, or not at all, is rewritten here:
// {,n} and blanks in quantifiers, (?aa) and the other character set modifiers, /x (white space and
// comments go), \N{U+..}, \o{..}, \x{100} and above (no byte ever matches), \p{..} (spelled out as
// bytes), octal escapes that look like backreferences, lookbehinds of variable length up to 255
// (spelled out as alternatives), conditions on groups that do not exist.
//
// SpamAssassin drops a rule whose regex Perl refuses or warns about (other than "deprecated"), so
// those are errors here too: unknown escapes, unescaped { behind something, [a-\d], [:alpha:]
// outside of a class, endless repetition of what has no width, code blocks, PCRE2's own verbs.
//
// Not handled: \b{..}, \N{NAME}, (?[..]), (?l); (?u) and (?d) do not change how case folds.

#ifndef REGEX_TRANSLATE_H
#define REGEX_TRANSLATE_H

#include <string>
#include <string_view>

#include "regex/regex.h"
#include "util/expected.h"

namespace regex {

// The pattern in PCRE2's syntax, without need for PCRE2_EXTENDED. `flags.extended` is undone here;
// the other flags only matter for what is an error.
util::Expected<std::string, CompileError> translate(std::string_view pattern, Flags flags);

}  // namespace regex

#endif  // REGEX_TRANSLATE_H
