// Reads spamd's answer as spamc does: from pieces, no sockets.
//
// What spamc insists on: a first line "SPAMD/<version at least 1.0> <number> ..."; then header
// lines up to a blank one, of which it knows "Spam: <up to 5 letters> ; <number> / <number>",
// "Content-length: <number>" (in this spelling), "DidSet: <word>" and "DidRemove: <word>"; then,
// for commands that have a body, everything up to end of file, of exactly the announced length.
// The result code in the first line is not looked at: an error answer fails for want of headers.
//
// CHECK and TELL are complete at the blank line, PING at its first line. Lines may end in a bare
// LF. Header lines that mean nothing are passed over.

#ifndef PROTOCOL_RESPONSE_PARSER_H
#define PROTOCOL_RESPONSE_PARSER_H

#include <optional>
#include <string>
#include <string_view>

#include "protocol/command.h"
#include "protocol/request.h"

namespace protocol {

struct ResponseLimits {
    size_t max_line_bytes = 8186;  // without the LF
    // spamc: --max-size and 16 KiB more, the room for added headers and reports.
    size_t max_body_bytes = 512'000 + 16'384;
};

// An answer in the client's eyes. Scores are floats because spamc's are: it shows them rounded.
struct Reply {
    std::string version_text;  // "1.1"
    int code = 0;
    bool has_score = false;  // there was a well-formed Spam header
    bool is_spam = false;
    float score = 0;
    float required_score = 0;
    std::optional<size_t> content_length;
    Targets did_set;
    Targets did_remove;
    std::string body;

    // "15.3/5.0", as -c prints it.
    std::string score_line() const;
};

class ResponseParser {
public:
    enum class State { NeedMore, Complete, Failed };

    // `command` is what was asked.
    explicit ResponseParser(Command command, const ResponseLimits& limits = {});

    State feed(std::string_view bytes);
    // End of file, or the read failed.
    State finish();

    State state() const { return state_; }
    // Failed before the first line was whole: the one case in which asking again may help.
    bool failed_at_first_line() const {
        return state_ == State::Failed && phase_ == Phase::FirstLine && code_ == ResultCode::IoErr;
    }
    // IoErr (ended too early), Protocol (malformed, wrong length) or TooBig (line or body).
    ResultCode code() const { return code_; }
    const std::string& reason() const { return reason_; }

    const Reply& reply() const { return reply_; }
    Reply take_reply() { return std::move(reply_); }

private:
    enum class Phase { FirstLine, Headers, Body };

    void take_line(std::string_view line);
    void take_first_line(std::string_view line);
    void take_header(std::string_view line);
    void headers_done();
    void fail(ResultCode code, std::string reason);

    Command command_;
    ResponseLimits limits_;
    State state_ = State::NeedMore;
    Phase phase_ = Phase::FirstLine;
    ResultCode code_ = ResultCode::Ok;
    std::string reason_;
    std::string line_;
    Reply reply_;
};

}  // namespace protocol

#endif  // PROTOCOL_RESPONSE_PARSER_H
