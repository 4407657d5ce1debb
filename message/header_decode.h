// Header values made readable: unfolded, RFC 2047 words decoded, 8-bit bytes guessed; UTF-8 out
// (SpamAssassin's Node::_decode_header).

#ifndef MESSAGE_HEADER_DECODE_H
#define MESSAGE_HEADER_DECODE_H

#include <string>
#include <string_view>

namespace message {

// A raw value (after the colon) as header() keeps it: folds to one blank, trimmed, decoded.
std::string decode_header(std::string_view raw, std::string_view name);

// The decoding alone, of a value without folds; `name` decides whether encoded words count (not in
// Received, Message-ID, Date, References ...).
std::string decode_header_text(std::string value, std::string_view name);

}  // namespace message

#endif  // MESSAGE_HEADER_DECODE_H
