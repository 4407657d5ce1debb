// The message to be filtered, as it stands on standard input.
//
// Everything read is kept as it came (`raw`), so that it can be handed on unchanged whatever
// happens later. At most one byte more than the size limit is read: what is larger is handed on
// from `raw` and then straight from the descriptor.

#ifndef CLIENT_INPUT_H
#define CLIENT_INPUT_H

#include <string>
#include <string_view>

#include "client/bsmtp.h"
#include "protocol/command.h"

namespace client {

class Input {
public:
    // Ok; IoErr (nothing there, or not readable); TooBig; DataErr (no BSMTP).
    protocol::ResultCode read(int fd, size_t max_bytes, bool is_bsmtp);

    std::string_view raw() const { return raw_; }
    // What spamd is to see.
    std::string_view message() const { return is_bsmtp_ ? bsmtp_.message : raw_; }
    // What goes out for spamd's answer: in its old envelope.
    std::string wrap(std::string answer) const;

private:
    std::string raw_;
    bool is_bsmtp_ = false;
    Bsmtp bsmtp_;
};

// Reads until `max_bytes` are there, end of file, or an error (false).
bool read_up_to(int fd, size_t max_bytes, std::string& out);

}  // namespace client

#endif  // CLIENT_INPUT_H
