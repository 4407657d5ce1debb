// Sets of bytes, as character classes mean them under SpamAssassin's /aa: \d \s \w and the POSIX
// classes are ASCII, case folds as in Latin-1, \p{..} reads bytes as Latin-1.

#ifndef REGEX_BYTE_CLASS_H
#define REGEX_BYTE_CLASS_H

#include <bitset>
#include <optional>
#include <string_view>

namespace regex {

using ByteSet = std::bitset<256>;

// The other case of a byte, or the byte itself.
unsigned char other_case(unsigned char c);
// Lower case in Latin-1.
unsigned char fold_case(unsigned char c);
ByteSet with_both_cases(const ByteSet& set);

// \d \D \s \S \w \W \h \H \v \V \N; nullopt for other letters.
std::optional<ByteSet> escape_class(char letter);
// "alpha", "digit" ... of [:alpha:]; nullopt for unknown names.
std::optional<ByteSet> posix_class(std::string_view name);
// The bytes that \p{name} matches ("Lu", "IsUpper", "Alphabetic", "^L" ...); nullopt for names that
// are not known.
std::optional<ByteSet> property_class(std::string_view name, bool caseless);

}  // namespace regex

#endif  // REGEX_BYTE_CLASS_H
