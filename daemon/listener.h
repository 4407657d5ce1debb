// The sockets spamd listens on. Bound by the master before it forks; workers inherit and accept.

#ifndef DAEMON_LISTENER_H
#define DAEMON_LISTENER_H

#include <string>
#include <vector>

#include "daemon/settings.h"
#include "util/unique_fd.h"

namespace spamd {

class Listener {
public:
    int fd() const { return fd_.get(); }
    bool is_unix() const { return !path_.empty(); }
    bool is_ssl() const { return ssl_; }
    const std::string& path() const { return path_; }
    int port() const { return port_; }
    // As the start line says it: "UNIX domain socket /p", "IO::Socket::IP [127.0.0.1]:783".
    std::string describe() const;
    // Removes the socket file; the descriptor stays until destruction.
    void unlink() const;

private:
    friend std::vector<Listener> open_listeners(const Settings& settings);
    friend bool adopt_sockets(std::vector<Listener>& out);
    friend void bind_unix(const std::string& path, const Settings& settings,
                          std::vector<Listener>& out);
    friend void bind_inet(const std::string& spec, const std::string& address, int port, bool ssl,
                          const Settings& settings, std::vector<Listener>& out);
    util::UniqueFd fd_;
    std::string path_, address_;
    int port_ = 0;
    bool ssl_ = false;
    bool adopted_ = false;  // belongs to whoever started us, the file too
};

// Takes over the sockets that a service manager hands on (LISTEN_PID and LISTEN_FDS as systemd's
// sd_listen_fds(3) describes them); false when there are none.
bool adopt_sockets(std::vector<Listener>& out);

// Sockets handed over at the start, then everything the settings name; the default addresses only
// when nothing was handed over. Binds the settings name, trying each up to ten times a second apart
// while an old server lets go of its address. Throws util::Error or std::system_error naming the
// socket. A live server on a Unix socket, or a file there that is no socket, is an error; a dead
// socket is removed.
std::vector<Listener> open_listeners(const Settings& settings);

}  // namespace spamd

#endif  // DAEMON_LISTENER_H
