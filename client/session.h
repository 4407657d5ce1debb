// One question to spamd and its answer, with all the trying again that spamc does.
//
//  - Connecting by TCP is tried connect_retries times, each time with the next host of the list
//    and all its addresses, with a sleep between; but after a refusal there is none while hosts
//    are left that have not been tried. A Unix socket is tried once.
//  - Asking is tried filter_retries times if not even the first line of an answer came, beginning
//    one host further. A TELL is asked once only: it may have been obeyed.

#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include <string>
#include <string_view>
#include <vector>

#include "client/connection.h"
#include "client/hosts.h"
#include "client/log.h"
#include "client/options.h"
#include "protocol/request.h"
#include "protocol/response_parser.h"
#include "util/expected.h"

namespace client {

class Session {
public:
    // `hosts` is used unless options.uses_socket. References must outlive the session.
    Session(const Options& options, std::vector<Host> hosts, const Log& log)
        : options_(options), hosts_(std::move(hosts)), log_(log) {}

    // `message` is sent as it is; the request's body is not looked at.
    util::Expected<protocol::Reply, protocol::ResultCode> ask(const protocol::Request& request,
                                                              std::string_view message);

private:
    util::Expected<Connection, protocol::ResultCode> connect(size_t first_host);
    util::Expected<Connection, protocol::ResultCode> connect_tcp(size_t first_host);

    const Options& options_;
    std::vector<Host> hosts_;
    const Log& log_;
};

}  // namespace client

#endif  // CLIENT_SESSION_H
