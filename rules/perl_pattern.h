// Whether Perl takes a regex, found out by reading it once.
//
// SpamAssassin lets Perl compile every pattern and treats Perl's warnings as errors, so it refuses
// patterns that PCRE2 would take ("\y", "[\w-.]", "^*", "x{"), and the rule then keeps its earlier
// definition. Reading is linear and much cheaper than compiling; it decides nearly all patterns
// that occur. What it does not know is Unsure: those are compiled.

#ifndef RULES_PERL_PATTERN_H
#define RULES_PERL_PATTERN_H

#include <string>
#include <string_view>

namespace rules {

struct PatternVerdict {
    enum class Kind { Good, Bad, Unsure } kind = Kind::Unsure;
    std::string reason;  // of Bad
};

// `flags` are the letters behind the pattern.
PatternVerdict read_perl_pattern(std::string_view pattern, std::string_view flags);

}  // namespace rules

#endif  // RULES_PERL_PATTERN_H
