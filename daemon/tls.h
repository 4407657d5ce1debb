// The server side of TLS (fence around OpenSSL): one context for the daemon, made before the fork,
// one transport a connection.

#ifndef DAEMON_TLS_H
#define DAEMON_TLS_H

#include <memory>
#include <string>

#include "daemon/connection.h"
#include "daemon/settings.h"
#include "util/expected.h"

namespace spamd {

class TlsContext {
public:
    // Key, certificate and authorities as configured; throws util::Error naming the bad file.
    // TLS 1.2 is the least; client certificates are demanded under --ssl-verify (no CRL, no name
    // check).
    explicit TlsContext(const Settings& settings);
    ~TlsContext();

    // Performs the handshake on a non-blocking socket. The error is a line for the log.
    util::Expected<std::unique_ptr<Transport>, std::string> accept(
        int fd, const util::Deadline& deadline) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace spamd

#endif  // DAEMON_TLS_H
