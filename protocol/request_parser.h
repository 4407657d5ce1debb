// Reads one SPAMC request from bytes as they arrive, in pieces of any size. No sockets, no clock.
//
//   RequestParser parser(limits, allow_tell);
//   while (parser.state() == RequestParser::State::NeedMore)
//       bytes arrived ? parser.feed(bytes) : parser.finish();
//   Complete: take_request()        Failed: print_error(parser.error()), then close
//
// The grammar is spamd 4.0.1's, including what it rejects and with which words: the request line
// is searched, not anchored ("xxCHECK SPAMC/1.5" is a CHECK); no headers are read at version 1.0
// and below (but TELL always reads them) nor for PING and SKIP below 1.5; unknown headers are
// ignored; a repeated header replaces the earlier one.
//
// Departures, all of them cases where spamd leaves a client waiting or harms the message:
//  - Header names match in any case (spamd ignores "Content-Length" and waits for end of file).
//  - Lines may end in a bare LF (spamd calls a bare blank line malformed, code 76).
//  - The request is complete as soon as the announced bytes are here, line end or not. If the
//    announced length ends inside a line and more of that line came in the same piece, the answer
//    is spamd's "Content-Length mismatch", counted up to that line's end.
//  - A compressed body is likewise complete at its announced length (spamd waits for end of file),
//    and it is unpacked byte for byte (spamd drops blank lines at its end and adds a line feed to
//    a last line that has none).
//  - There are limits, below. Exceeding one is answered with a code and words of our own.
//
// Some errors are known before the client has sent all: a caller that closes at once may cost the
// client the answer (TCP reset), so it should read on for a moment.
//
// Cost is linear in the bytes fed. Memory is bounded by the limits, and by kTrust times what was
// fed: an announced length alone costs little.

#ifndef PROTOCOL_REQUEST_PARSER_H
#define PROTOCOL_REQUEST_PARSER_H

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/command.h"
#include "protocol/request.h"

namespace protocol {

struct RequestLimits {
    size_t max_header_lines = 256;  // with the blank line
    size_t max_line_bytes = 64 * 1024;
    size_t max_message_bytes = 256 * 1024 * 1024;       // as sent
    size_t max_decompressed_bytes = 256 * 1024 * 1024;  // as unpacked
};

struct RequestError {
    ResultCode code = ResultCode::Protocol;
    // Without the code's own words, as logged: "(EOF during headers)".
    std::string text;
};

class RequestParser {
public:
    // How many times the bytes that are here a client may have room made for, beyond the first
    // megabyte.
    static constexpr size_t kTrust = 16;

    enum class State { NeedMore, Complete, Failed };

    explicit RequestParser(const RequestLimits& limits = {}, bool allow_tell = true);

    // Bytes beyond the request are ignored; so is everything fed after Complete or Failed.
    State feed(std::string_view bytes);
    // The client has closed its sending side. Never leaves NeedMore.
    State finish();

    State state() const { return state_; }
    // The request line has been understood, so request().command and .version hold.
    bool has_command() const { return phase_ != Phase::RequestLine; }
    // Bytes of the message taken so far, before unpacking.
    size_t body_bytes() const { return request_.body.size(); }

    const Request& request() const { return request_; }
    Request take_request() { return std::move(request_); }
    const RequestError& error() const { return error_; }

private:
    enum class Phase { RequestLine, Headers, Body };

    // One line without its LF; has_newline tells whether there was one.
    void take_line(std::string_view line, bool has_newline);
    void take_request_line(std::string_view line);
    void take_header(std::string_view line, bool has_newline);
    void take_content_length(std::string_view value);
    void headers_done();
    void begin_body();
    void take_body(std::string_view bytes);
    void body_done();
    void make_room(size_t more);
    void fail(ResultCode code, std::string text);
    void fail_mismatch(size_t got);

    RequestLimits limits_;
    bool allow_tell_;
    State state_ = State::NeedMore;
    Phase phase_ = Phase::RequestLine;
    Request request_;
    RequestError error_;
    std::string line_;  // the beginning of a line whose end has not come yet
    size_t header_lines_ = 0;
    std::string length_text_;  // Content-length as written, for the mismatch answer
};

}  // namespace protocol

#endif  // PROTOCOL_REQUEST_PARSER_H
