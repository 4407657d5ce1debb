// The decoders themselves, one for each kind of encoding, with Encode's manner of replacing what
// is malformed.

#ifndef MESSAGE_CHARSET_DECODER_H
#define MESSAGE_CHARSET_DECODER_H

#include <optional>
#include <string>
#include <string_view>

#include "message/charset.h"
#include "message/charset_name.h"

namespace message {

// UTF-8, or nullopt where the input is malformed and that matters. `charset` must be known.
std::optional<std::string> decode_as(std::string_view bytes, const Charset& charset,
                                     OnMalformed on_malformed);

// Length of the well-formed sequence of two to four bytes at `at`; 0 if there is none.
size_t strict_utf8_sequence(std::string_view s, size_t at);

}  // namespace message

#endif  // MESSAGE_CHARSET_DECODER_H
