// Large patterns made small: groups that are written out many times are written once and called.
//
// Rule files spell disguised letters out at every place of a phrase ("(?:[aA\xe1]|\xc3[\xa0-\xa5]|
// ...)" for each a), which makes a hundred kilobytes of pattern of two dozen different groups.
// PCRE2 takes time and memory for each copy, or refuses the pattern altogether. A group called as a
// subroutine, "(?1)", matches what the group matches, in the same order and with the same
// backtracking (pcre2compat(3), since PCRE2 10.30), and is compiled once.

#ifndef REGEX_SHARED_GROUPS_H
#define REGEX_SHARED_GROUPS_H

#include <optional>
#include <string>
#include <string_view>

namespace regex {

// `translated` as translate.h makes it. The result means the same; the groups it captures are not
// the pattern's. nullopt where nothing is repeated, and for patterns with captures, references,
// conditions or options inside, whose groups do not mean the same everywhere.
std::optional<std::string> share_groups(std::string_view translated);

}  // namespace regex

#endif  // REGEX_SHARED_GROUPS_H
