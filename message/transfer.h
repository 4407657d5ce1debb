// Content-Transfer-Encodings undone, with the forgiveness of SpamAssassin's Util.pm. Total
// functions, linear in the input.

#ifndef MESSAGE_TRANSFER_H
#define MESSAGE_TRANSFER_H

#include <string>
#include <string_view>

namespace message {

// Whitespace and foreign bytes are skipped, "=" within the text counts as a digit, a lone last
// digit is dropped.
std::string decode_base64(std::string_view text);

// Blanks before a line end are dropped; "=" without two hex digits (either case) stays.
std::string decode_quoted_printable(std::string_view text);

}  // namespace message

#endif  // MESSAGE_TRANSFER_H
