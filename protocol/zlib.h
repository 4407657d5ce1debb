// One zlib (RFC 1950) stream, whole in memory: the body of a request with "Compress: zlib".
// The only place that includes <zlib.h>.

#ifndef PROTOCOL_ZLIB_H
#define PROTOCOL_ZLIB_H

#include <optional>
#include <string>
#include <string_view>

namespace protocol {

enum class InflateStatus {
    Ok,
    Truncated,  // no end of stream in these bytes, or not a zlib stream at all
    TooLarge,   // would unpack to more than the limit
};

// Appends what the stream unpacks to; bytes after its end are ignored. `out` holds at most
// `max_bytes` more than before, whatever the status.
InflateStatus inflate_stream(std::string_view compressed, size_t max_bytes, std::string& out);

// nullopt when zlib has no memory for it.
std::optional<std::string> deflate_stream(std::string_view bytes, int level);

}  // namespace protocol

#endif  // PROTOCOL_ZLIB_H
