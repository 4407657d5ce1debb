// One header value made fit for the wire: folded, and encoded where it is not ASCII.

#ifndef SCAN_HEADER_FORMAT_H
#define SCAN_HEADER_FORMAT_H

#include <string>
#include <string_view>

namespace scan {

// An expanded add_header value of "X-Spam-`name`", folded at 79 columns behind blanks and commas;
// a value with newlines keeps its lines, each further one led by a tab. With `fold` off everything
// stands on one line.
std::string fold_header_value(std::string_view name, std::string_view value, bool fold);

// RFC 2047, line by line: what is not printable ASCII becomes one =?UTF-8?Q?...?= word (B where
// that is shorter), the ASCII words around it stay readable.
std::string encode_header_value(std::string_view value);

std::string base64_encode(std::string_view bytes);  // no line breaks

}  // namespace scan

#endif  // SCAN_HEADER_FORMAT_H
