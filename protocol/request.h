// One request of a SPAMC client, whole: what RequestParser yields and what spamc sends.
//
// A Request owns its bytes. `body` is the message as the client meant it: of the announced length,
// unpacked if it came compressed, and otherwise untouched.

#ifndef PROTOCOL_REQUEST_H
#define PROTOCOL_REQUEST_H

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/command.h"

namespace protocol {

// Where a TELL acts: the Bayes database here, the collaborative databases out there.
struct Targets {
    bool local = false;
    bool remote = false;
    bool any() const { return local || remote; }
    // "local", "remote", "local,remote" or "".
    std::string text() const;
};

struct Request {
    Command command = Command::Check;
    double version = 0;
    std::optional<std::string> user;           // may be empty; any bytes from 0x20 up
    std::optional<uint64_t> content_length;    // as announced: the packed size with Compress
    bool is_compressed = false;                // it came with Compress: zlib
    std::optional<std::string> message_class;  // as written
    Targets set;
    Targets remove;
    std::string body;

    // TELL: every class but the exact "spam" is learned as ham, as spamd does.
    bool is_spam_class() const { return message_class == "spam"; }
};

// The request line and headers up to the blank line, as spamc 4.0.1 writes them (version 1.5);
// `body_bytes` is what will follow. PING and SKIP get no headers.
std::string print_request_head(const Request& request, size_t body_bytes);

}  // namespace protocol

#endif  // PROTOCOL_REQUEST_H
