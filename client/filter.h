// spamc between reading its options and ending: takes the message from standard input, asks spamd,
// gives out the result, or falls back.

#ifndef CLIENT_FILTER_H
#define CLIENT_FILTER_H

#include <string>
#include <string_view>

#include "client/input.h"
#include "client/log.h"
#include "client/options.h"
#include "client/output.h"
#include "protocol/response_parser.h"

namespace client {

class Filter {
public:
    Filter(const Options& options, const Log& log)
        : options_(options), log_(log), output_(options.pipe_to, log) {}

    // The exit code. Does not throw.
    int run();

private:
    // The trouble, or Ok with exit_code_ set.
    protocol::ResultCode try_to_run();
    protocol::ResultCode read_input();
    protocol::Request make_request() const;
    // What goes out for this reply.
    std::string render(const protocol::Reply& reply) const;
    int fall_back_from(protocol::ResultCode trouble);

    const Options& options_;
    const Log& log_;
    Input input_;
    Output output_;
    int exit_code_ = 0;
};

// Appends the body of `original` (what follows its first blank line) to rewritten headers. False
// when there is no blank line.
bool append_original_body(std::string& headers, std::string_view original);

}  // namespace client

#endif  // CLIENT_FILTER_H
