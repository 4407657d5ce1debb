// A protocol version as the peer wrote it. Comparisons are by number, so "1.10" is 1.1; text that
// starts with no number counts as 0, and what follows the number is ignored, as Perl reads it.

#ifndef PROTOCOL_VERSION_H
#define PROTOCOL_VERSION_H

#include <string_view>

namespace protocol {

// The number at the start of the text: blanks, sign, digits, fraction, exponent, "inf", "nan".
double leading_number(std::string_view text);

}  // namespace protocol

#endif  // PROTOCOL_VERSION_H
