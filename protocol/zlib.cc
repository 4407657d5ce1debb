#include "protocol/zlib.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace protocol {

namespace {

constexpr size_t kChunk = 64 * 1024;

// Owner of an inflating z_stream.
class Inflater {
public:
    Inflater() : ready_(inflateInit(&stream_) == Z_OK) {}
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() {
        if (ready_)
            inflateEnd(&stream_);
    }
    bool ready() const { return ready_; }
    z_stream& stream() { return stream_; }

private:
    z_stream stream_{};
    bool ready_;
};

}  // namespace

InflateStatus inflate_stream(std::string_view compressed, size_t max_bytes, std::string& out) {
    Inflater inflater;
    if (!inflater.ready())
        return InflateStatus::Truncated;
    z_stream& stream = inflater.stream();
    // zlib's interface predates const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    size_t in_left = compressed.size();
    const size_t start = out.size();
    size_t used = start;
    for (;;) {
        if (used == out.size()) {
            const size_t have = used - start;
            if (have >= max_bytes) {
                // Full: only the end of the stream may still come.
                Bytef spare = 0;
                stream.next_out = &spare;
                stream.avail_out = 1;
                if (stream.avail_in == 0 && in_left > 0) {
                    stream.avail_in = static_cast<uInt>(
                        std::min<size_t>(in_left, std::numeric_limits<uInt>::max()));
                    in_left -= stream.avail_in;
                }
                const int status = inflate(&stream, Z_NO_FLUSH);
                if (stream.avail_out == 0)
                    return InflateStatus::TooLarge;
                return status == Z_STREAM_END ? InflateStatus::Ok : InflateStatus::Truncated;
            }
            // Doubling keeps the cost linear in the output.
            out.resize(start + std::min(max_bytes, std::max(kChunk, have * 2)));
        }
        if (stream.avail_in == 0 && in_left > 0) {
            stream.avail_in =
                static_cast<uInt>(std::min<size_t>(in_left, std::numeric_limits<uInt>::max()));
            in_left -= stream.avail_in;
        }
        const size_t room = std::min<size_t>(out.size() - used, std::numeric_limits<uInt>::max());
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(room);
        const int status = inflate(&stream, Z_NO_FLUSH);
        used += room - stream.avail_out;
        if (status == Z_STREAM_END || (status != Z_OK && status != Z_BUF_ERROR) ||
            (stream.avail_out > 0 && in_left == 0 && stream.avail_in == 0)) {
            out.resize(used);
            return status == Z_STREAM_END ? InflateStatus::Ok : InflateStatus::Truncated;
        }
    }
}

std::optional<std::string> deflate_stream(std::string_view bytes, int level) {
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    std::string out(size, '\0');
    const int status = compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                                 reinterpret_cast<const Bytef*>(bytes.data()),
                                 static_cast<uLong>(bytes.size()), level);
    if (status != Z_OK)
        return std::nullopt;
    out.resize(size);
    return out;
}

}  // namespace protocol
