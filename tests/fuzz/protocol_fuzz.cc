// The request parser and the response parser, fed the same bytes in pieces. The first byte of an
// input chooses the piece size and the command asked.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "protocol/request_parser.h"
#include "protocol/response.h"
#include "protocol/response_parser.h"
#include "util/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0)
        return 0;
    const size_t step = data[0] % 16 == 0 ? size : data[0] % 16;
    const auto command = static_cast<protocol::Command>(data[0] / 16 % 9);
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);

    protocol::RequestLimits limits;
    limits.max_message_bytes = 1 << 16;
    limits.max_decompressed_bytes = 1 << 18;
    protocol::RequestParser request(limits);
    for (size_t i = 0; i < bytes.size(); i += step)
        request.feed(bytes.substr(i, step));
    request.finish();
    UTIL_CHECK(request.state() != protocol::RequestParser::State::NeedMore);
    if (request.state() == protocol::RequestParser::State::Complete)
        UTIL_CHECK(request.request().body.size() <= limits.max_decompressed_bytes);
    else
        UTIL_CHECK(!protocol::print_error(request.error()).empty());

    protocol::ResponseParser response(command, {.max_line_bytes = 1000, .max_body_bytes = 5000});
    for (size_t i = 0; i < bytes.size(); i += step)
        response.feed(bytes.substr(i, step));
    response.finish();
    UTIL_CHECK(response.state() != protocol::ResponseParser::State::NeedMore);
    UTIL_CHECK(response.reply().body.size() <= 5000);
    UTIL_CHECK(!response.reply().score_line().empty());
    protocol::header_section(bytes);
    return 0;
}
