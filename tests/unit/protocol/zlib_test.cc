#include "protocol/zlib.h"

#include <doctest/doctest.h>

#include <string>

using protocol::InflateStatus;

TEST_CASE("zlib: what was packed comes back, at any size") {
    for (const size_t size : {0, 1, 65535, 65536, 65537, 3000000}) {
        CAPTURE(size);
        std::string bytes;
        for (size_t i = 0; i < size; ++i)
            bytes += static_cast<char>(i * i >> 7);
        const auto packed = protocol::deflate_stream(bytes, 3);
        REQUIRE(packed);
        std::string out = "kept";
        CHECK(protocol::inflate_stream(*packed, size, out) == InflateStatus::Ok);
        CHECK(out == "kept" + bytes);
        if (size == 0)
            continue;
        std::string small;
        CHECK(protocol::inflate_stream(*packed, size - 1, small) == InflateStatus::TooLarge);
        CHECK(small.size() <= size - 1);
    }
}

TEST_CASE("zlib: a cut or foreign stream is told apart from a whole one") {
    const std::string packed = *protocol::deflate_stream(std::string(1000, 'x'), 9);
    for (size_t n = 0; n < packed.size(); ++n) {
        std::string out;
        CHECK(protocol::inflate_stream(std::string_view(packed).substr(0, n), 5000, out) ==
              InflateStatus::Truncated);
    }
    std::string out;
    CHECK(protocol::inflate_stream("\x1f\x8b\x08 gzip", 5000, out) == InflateStatus::Truncated);
    CHECK(protocol::inflate_stream(packed + "more", 5000, out) == InflateStatus::Ok);
}
