// What spamd answers, byte for byte as SpamAssassin 4.0.1 does, in the client's own version.
//
//   below 1.2   PROCESS, HEADERS: "SPAMD/1.0 0 EX_OK" and at once the message, no header block
//   1.2         PROCESS, HEADERS: Content-length only
//   below 1.3   SYMBOLS, REPORT*: Spam only; SYMBOLS ends in CR LF
//   from 1.3    Content-length, then Spam
//   always      CHECK: Spam only. TELL: DidSet, DidRemove, and one blank line too many.
//               PING: one line in version 1.5, no blank line. SKIP: nothing.
//
// REPORT_IFSPAM says "Spam: Yes" and "No" where all others say "True" and "False"; clients know.

#ifndef PROTOCOL_RESPONSE_H
#define PROTOCOL_RESPONSE_H

#include <string>
#include <string_view>

#include "protocol/command.h"
#include "protocol/request.h"

namespace protocol {

struct RequestError;

struct Response {
    Command command = Command::Check;
    double version = 1.5;  // of the request
    bool is_spam = false;
    double score = 0;
    double required_score = 5;
    // PROCESS: the rewritten message; HEADERS: its header section; REPORT*: the report (empty for
    // REPORT_IFSPAM on ham); SYMBOLS: the names. Unused otherwise.
    std::string body;
    // TELL: what was really done.
    Targets did_set;
    Targets did_remove;
};

// Everything before the body; then body; then the tail. Apart, so that a large body can be sent
// without a copy.
std::string print_response_head(const Response& response);
std::string_view response_tail(const Response& response);
std::string print_response(const Response& response);

// "SPAMD/1.0 76 Bad header line: ...": the words belong to the code.
std::string print_error(const RequestError& error);

// The score as spamd shows it: "%.1f", but for ham that would round up to the required score
// (4.96 of 5.0) the required score less 0.1, in as few digits as it takes ("4.9", "5").
std::string score_text(double score, double required_score, bool is_spam);
std::string required_score_text(double required_score);

// The header section of a message with its blank line; all of it when there is no blank line.
std::string_view header_section(std::string_view message);

}  // namespace protocol

#endif  // PROTOCOL_RESPONSE_H
