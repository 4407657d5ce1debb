// The hosts of -d: names looked up once, kept in the order they will be tried.
//
// Without a name it is this host: ::1, then 127.0.0.1, without asking a resolver. A name with
// several addresses is one entry: all of them are tried before the next name is. Names that cannot
// be resolved are passed over with a warning while another remains.

#ifndef CLIENT_HOSTS_H
#define CLIENT_HOSTS_H

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/log.h"
#include "protocol/command.h"
#include "util/expected.h"

namespace client {

enum class AddressFamily { Any, Ipv4, Ipv6 };

struct HostOptions {
    std::optional<std::string> names;  // parted by commas
    uint16_t port = 783;
    AddressFamily family = AddressFamily::Any;
    bool randomize = false;  // begin at a random entry
    bool only_first = false;
};

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
    // Numeric, for the log.
    std::string text() const;
};

using Host = std::vector<Address>;

// Never an empty list. The error is TempFail (some name may resolve later), NoHost, or OsErr (what
// was asked for cannot be looked up at all).
util::Expected<std::vector<Host>, protocol::ResultCode> resolve_hosts(const HostOptions& options,
                                                                      const Log& log);

}  // namespace client

#endif  // CLIENT_HOSTS_H
