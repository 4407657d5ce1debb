// Perl looks behind over text of any length up to 255; PCRE2 10.42 wants a fixed length for each
// top-level alternative. What Perl allows can be spelled out as such alternatives.

#ifndef REGEX_LOOKBEHIND_H
#define REGEX_LOOKBEHIND_H

#include <string>
#include <string_view>

#include "regex/regex.h"
#include "util/expected.h"

namespace regex {

// `inside` is what stands in the lookbehind, translated. Returned as it is when PCRE2 takes it.
// The error is Perl's reason to refuse it, or ours when there would be too many alternatives.
util::Expected<std::string, std::string> expand_lookbehind(std::string_view inside, Flags flags,
                                                           bool has_captures);

}  // namespace regex

#endif  // REGEX_LOOKBEHIND_H
