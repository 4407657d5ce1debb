// Where a worker gets its clients from: the listening sockets, which all workers share. Whoever is
// free takes the next connection, so none waits while a worker sleeps; and a new connection wakes
// one sleeper (Linux), not all.

#ifndef DAEMON_ACCEPTOR_H
#define DAEMON_ACCEPTOR_H

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/listener.h"
#include "util/unique_fd.h"

namespace spamd {

class Acceptor {
public:
    struct Client {
        util::UniqueFd socket;     // non-blocking, closed by exec
        const Listener* listener;  // where it came in; lives with the listeners
    };

    // The listeners must be non-blocking and outlive this. Anything readable, or the end of file,
    // on one of `stop_fds` says that it is time to go.
    Acceptor(const std::vector<Listener>& listeners, std::vector<int> stop_fds);

    // Sleeps until there is a client; nullopt: time to go. Whether there is a word on `stop_fds` is
    // looked at before sleeping and, while client follows client, once a second. A client that came
    // together with that word is still handed out.
    // Throws std::system_error when it cannot wait.
    std::optional<Client> next();

private:
    // A waiting connection, if there is one.
    std::optional<Client> accept_any();
    // Sleeps until something is readable; false: time to go.
    bool wait();

    const std::vector<Listener>& listeners_;
    std::vector<int> stop_fds_;
    util::UniqueFd epoll_;  // none: poll(2)
    size_t turn_ = 0;       // the listener to begin with, so that none starves another
    bool stopped_ = false;
    int64_t looked_at_ = -1;  // steady clock seconds of the last look at stop_fds
};

}  // namespace spamd

#endif  // DAEMON_ACCEPTOR_H
