#include "daemon/connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace spamd {

IoResult wait_for(int fd, short events, const util::Deadline& deadline) {
    while (true) {
        struct pollfd p = {fd, events, 0};
        long left = deadline.milliseconds_left().value_or(-1);
        int n = ::poll(&p, 1, static_cast<int>(std::min<long>(left, 3'600'000)));
        if (n > 0)
            return IoResult::Ok;
        if (n == 0 && left == 0)
            return IoResult::Timeout;
        if (n < 0 && errno != EINTR)
            return IoResult::Failed;
    }
}

namespace {
class PlainTransport : public Transport {
public:
    explicit PlainTransport(int fd) : fd_(fd) {}
    ~PlainTransport() override { PlainTransport::end_output(); }
    IoResult read_some(std::span<char> into, size_t& got, const util::Deadline& deadline) override {
        while (true) {
            ssize_t n = ::recv(fd_, into.data(), into.size(), 0);
            if (n > 0) {
                got = static_cast<size_t>(n);
                return IoResult::Ok;
            }
            if (n == 0)
                return IoResult::End;
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                return IoResult::Failed;
            IoResult ready = wait_for(fd_, POLLIN, deadline);
            if (ready != IoResult::Ok)
                return ready;
        }
    }
    IoResult write_all(std::string_view bytes, const util::Deadline& deadline) override {
        while (!bytes.empty()) {
            ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n >= 0) {
                bytes.remove_prefix(static_cast<size_t>(n));
                continue;
            }
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                return IoResult::Failed;
            IoResult ready = wait_for(fd_, POLLOUT, deadline);
            if (ready != IoResult::Ok)
                return ready;
        }
        return IoResult::Ok;
    }
    void end_output() override {
        if (!std::exchange(ended_, true))
            ::shutdown(fd_, SHUT_WR);
    }

private:
    int fd_;
    bool ended_ = false;
};
}  // namespace

std::unique_ptr<Transport> make_plain_transport(int fd) {
    return std::make_unique<PlainTransport>(fd);
}

std::optional<unsigned> peer_user(int fd, const Listener& listener) {
    if (!listener.is_unix())
        return std::nullopt;
#ifdef SO_PEERCRED
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0)
        return credentials.uid;
#else
    uid_t uid;
    gid_t gid;
    if (::getpeereid(fd, &uid, &gid) == 0)
        return uid;
#endif
    return std::nullopt;
}

Peer identify_peer(int fd, const Listener& listener) {
    Peer peer;
    if (listener.is_unix()) {
        peer.host = "localhost";
        peer.address = "127.0.0.1";
        peer.port = listener.path();
        return peer;
    }
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    peer.local_port = listener.port();
    if (::getpeername(fd, reinterpret_cast<struct sockaddr*>(&address), &size) != 0)
        return peer;
    char host[NI_MAXHOST] = "", ip[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
    auto* generic = reinterpret_cast<struct sockaddr*>(&address);
    ::getnameinfo(generic, size, ip, sizeof ip, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    peer.address = ip;
    peer.port = port;
    // The host's name is only for the log; loopback is not worth asking a resolver for.
    bool loopback = peer.address == "127.0.0.1" || peer.address == "::1";
    if (loopback)
        peer.host = "localhost";
    else if (::getnameinfo(generic, size, host, sizeof host, nullptr, 0, NI_NAMEREQD) == 0)
        peer.host = host;
    else
        peer.host = peer.address;
    return peer;
}

}  // namespace spamd
