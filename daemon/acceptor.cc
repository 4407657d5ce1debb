#include "daemon/acceptor.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#include <cerrno>
#include <cstring>

#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"

namespace spamd {

static util::UniqueFd accept_from(int fd) {
#if defined(__linux__) || defined(__FreeBSD__)
    return util::UniqueFd(::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
#else
    util::UniqueFd client(::accept(fd, nullptr, nullptr));
    if (client) {
        ::fcntl(client.get(), F_SETFD, FD_CLOEXEC);
        ::fcntl(client.get(), F_SETFL, ::fcntl(client.get(), F_GETFL) | O_NONBLOCK);
    }
    return client;
#endif
}

#ifdef __linux__
// Each process has one of its own: a connection wakes one of them only.
static util::UniqueFd make_epoll(const std::vector<Listener>& listeners,
                                 const std::vector<int>& stop_fds) {
    util::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    auto add = [&](int fd, uint32_t events, uint64_t number) {
        struct epoll_event event = {};
        event.events = events;
        event.data.u64 = number;
        return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
    };
    bool ok = static_cast<bool>(epoll);
    for (size_t i = 0; ok && i < listeners.size(); ++i)
        ok = add(listeners[i].fd(), EPOLLIN | EPOLLEXCLUSIVE, 0);
    for (size_t i = 0; ok && i < stop_fds.size(); ++i)
        ok = add(stop_fds[i], EPOLLIN, 1);
    return ok ? std::move(epoll) : util::UniqueFd();
}
#endif

Acceptor::Acceptor(const std::vector<Listener>& listeners, std::vector<int> stop_fds)
    : listeners_(listeners), stop_fds_(std::move(stop_fds)) {
#ifdef __linux__
    epoll_ = make_epoll(listeners_, stop_fds_);
#endif
}

std::optional<Acceptor::Client> Acceptor::accept_any() {
    for (size_t i = 0; i < listeners_.size(); ++i) {
        const Listener& listener = listeners_[(i + turn_) % listeners_.size()];
        if (util::UniqueFd socket = accept_from(listener.fd())) {
            turn_ = (i + turn_ + 1) % listeners_.size();
            return Client{std::move(socket), &listener};
        }
        // Else another worker was faster, or the client has gone again.
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            util::log_warn(fmt::format("spamd: accept failed: {}", std::strerror(errno)));
            ::poll(nullptr, 0, 100);
        }
    }
    return std::nullopt;
}

bool Acceptor::wait() {
#ifdef __linux__
    if (epoll_) {
        // Room for all, so that clients do not hide the word to stop.
        std::vector<struct epoll_event> events(listeners_.size() + stop_fds_.size());
        int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        if (n < 0 && errno != EINTR)
            util::throw_errno("epoll_wait");
        for (int i = 0; i < n; ++i)
            if (events[static_cast<size_t>(i)].data.u64 != 0)
                return false;
        return true;
    }
#endif
    std::vector<struct pollfd> fds;
    for (int fd : stop_fds_)
        fds.push_back({fd, POLLIN, 0});
    for (const auto& listener : listeners_)
        fds.push_back({listener.fd(), POLLIN, 0});
    int n = ::poll(fds.data(), fds.size(), -1);
    if (n < 0 && errno != EINTR)
        util::throw_errno("poll");
    for (size_t i = 0; n > 0 && i < stop_fds_.size(); ++i)
        if (fds[i].revents != 0)
            return false;
    return true;
}

std::optional<Acceptor::Client> Acceptor::next() {
    while (true) {
        // Under load a connection is there already: taking it costs one call, not two.
        if (!stopped_ && util::steady_seconds() == looked_at_)
            if (auto client = accept_any())
                return client;
        if (stopped_)
            return std::nullopt;
        if (!wait()) {
            // The connection that came at the same moment may have woken nobody else.
            stopped_ = true;
            return accept_any();
        }
        looked_at_ = util::steady_seconds();
    }
}

}  // namespace spamd
