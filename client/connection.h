// One connection to spamd: a Unix or TCP socket, under TLS if wanted. Every wait has a limit.

#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/tls.h"
#include "protocol/command.h"
#include "util/expected.h"
#include "util/unique_fd.h"

namespace client {

class Connection {
public:
    // The error is an errno; ETIMEDOUT when `timeout` seconds (0: no limit) have passed.
    static util::Expected<Connection, int> to_address(const sockaddr* address, socklen_t length,
                                                      int timeout);
    static util::Expected<Connection, int> to_socket(const std::string& path, int timeout);

    // Seconds any single wait of what follows may take; 0: no limit.
    void set_timeout(int seconds) { timeout_ = seconds; }

    struct TlsFailure {
        protocol::ResultCode code;  // OsErr: the settings; Unavailable: the handshake
        std::string text;
    };
    // From here on under TLS; or why not.
    std::optional<TlsFailure> start_tls(const TlsSettings& settings);

    // All of it. False when the peer takes no more, which does not mean that it has not answered.
    bool send(std::string_view bytes);
    // Tells the peer that this was all, while its answer is still to come.
    void finish_sending();

    // What has come: at least one byte; empty at end of file; nullopt on error or timeout. The view
    // holds until the next call.
    std::optional<std::string_view> receive();

private:
    explicit Connection(util::UniqueFd fd) : fd_(std::move(fd)) {}
    bool wait(short events, int seconds) const;

    util::UniqueFd fd_;
    // After fd_: it goes first.
    std::unique_ptr<TlsStream> tls_;
    int timeout_ = 0;
    std::unique_ptr<char[]> buffer_;
};

// What a failed connect means to spamc's caller: Unavailable (refused, unreachable, timed out),
// NoPerm, or Software for everything else, a missing Unix socket among it.
protocol::ResultCode connect_failure(int error_number);

}  // namespace client

#endif  // CLIENT_CONNECTION_H
