// One client: bytes in, bytes out, under deadlines, over a plain socket or TLS.

#ifndef DAEMON_CONNECTION_H
#define DAEMON_CONNECTION_H

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/listener.h"
#include "util/clock.h"
#include "util/unique_fd.h"

namespace spamd {

enum class IoResult { Ok, End, Timeout, Failed };

class Transport {
public:
    virtual ~Transport() = default;
    // What is there, as far as there is room: `got` bytes, at least one on Ok.
    virtual IoResult read_some(std::span<char> into, size_t& got,
                               const util::Deadline& deadline) = 0;
    virtual IoResult write_all(std::string_view bytes, const util::Deadline& deadline) = 0;
    // Nothing more will be written: the peer reads the end of file. Destruction does it, too.
    virtual void end_output() = 0;
    // "TLSv1.3/TLS_AES_256_GCM_SHA384", "" for plain.
    virtual std::string describe() const { return {}; }
};

// The socket must be non-blocking; it stays owned by the caller.
std::unique_ptr<Transport> make_plain_transport(int fd);

struct Peer {
    std::string host, address;  // "localhost", "127.0.0.1" for Unix sockets
    std::string port;           // or the socket's path
    int local_port = 0;
};

// Who is at the other end of an accepted socket.
Peer identify_peer(int fd, const Listener& listener);

// The user of the process at the other end of a Unix socket; nullopt for other sockets.
std::optional<unsigned> peer_user(int fd, const Listener& listener);

// Waits until fd can be read or written.
IoResult wait_for(int fd, short events, const util::Deadline& deadline);

}  // namespace spamd

#endif  // DAEMON_CONNECTION_H
