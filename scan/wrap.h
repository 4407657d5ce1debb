// Line wrapping as SpamAssassin does it (Util.pm wrap), for headers, reports and previews. Widths
// are bytes, a tab counts eight. Its habits are kept because mail readers and log scrapers see
// them: a blank at a break goes, an over-long word stays whole, and such a word may leave an empty
// line before it.

#ifndef SCAN_WRAP_H
#define SCAN_WRAP_H

#include <string>
#include <string_view>

namespace scan {

enum class WrapAt {
    Space,             // lines break at white space
    AfterSpaceOrComma  // and behind commas
};

struct WrapOptions {
    std::string_view first{};   // stands before the first line
    std::string_view prefix{};  // before every further line
    size_t width = 77;
    bool may_overflow = false;  // a line is full only once it is longer than `width`
    WrapAt at = WrapAt::Space;
};

std::string wrap(std::string_view text, const WrapOptions& options);

}  // namespace scan

#endif  // SCAN_WRAP_H
