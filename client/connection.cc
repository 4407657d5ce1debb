#include "client/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "util/clock.h"

namespace client {

namespace {

constexpr size_t kBufferSize = 64 * 1024;

util::Deadline deadline_in(int seconds) {
    return seconds > 0 ? util::Deadline::after(std::chrono::seconds(seconds)) : util::Deadline();
}

// False when the deadline passes; ready or broken otherwise.
bool wait_until(int fd, short events, const util::Deadline& deadline) {
    for (;;) {
        pollfd entry{fd, events, 0};
        const auto left = deadline.milliseconds_left();
        // Rounded up, or the last millisecond would be a busy loop.
        const int wait = left ? static_cast<int>(std::min<long>(*left + 1, 1'000'000'000)) : -1;
        const int ready = poll(&entry, 1, wait);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return true;
        if (deadline.expired())
            return false;
    }
}

}  // namespace

util::Expected<Connection, int> Connection::to_address(const sockaddr* address, socklen_t length,
                                                       int timeout) {
    util::UniqueFd fd(socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd)
        return util::Unexpected(int(errno));
    const util::Deadline deadline = deadline_in(timeout);
    while (connect(fd.get(), address, length) != 0) {
        if (errno == EINPROGRESS || errno == EINTR) {
            if (!wait_until(fd.get(), POLLOUT, deadline))
                return util::Unexpected(int(ETIMEDOUT));
            int error = 0;
            socklen_t size = sizeof error;
            if (getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0)
                error = errno;
            if (error != 0)
                return util::Unexpected(int(error));
            break;
        }
        // A Unix socket whose queue is full cannot be waited for.
        if (errno != EAGAIN)
            return util::Unexpected(int(errno));
        if (deadline.expired())
            return util::Unexpected(int(ETIMEDOUT));
        usleep(20'000);
    }
    return Connection(std::move(fd));
}

util::Expected<Connection, int> Connection::to_socket(const std::string& path, int timeout) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return util::Unexpected(int(ENAMETOOLONG));
    std::memcpy(address.sun_path, path.data(), path.size());
    return to_address(reinterpret_cast<const sockaddr*>(&address), sizeof address, timeout);
}

bool Connection::wait(short events, int seconds) const {
    return wait_until(fd_.get(), events, deadline_in(seconds));
}

std::optional<Connection::TlsFailure> Connection::start_tls(const TlsSettings& settings) {
    using protocol::ResultCode;
    auto stream = TlsStream::create(settings, fd_.get());
    if (!stream)
        return TlsFailure{ResultCode::OsErr, stream.error()};
    tls_ = std::move(*stream);
    const auto fail = [](const std::string& text) {
        return TlsFailure{ResultCode::Unavailable, "TLS handshake: " + text};
    };
    for (;;) {
        switch (tls_->handshake()) {
            case TlsStream::Status::Done:
                return std::nullopt;
            case TlsStream::Status::WantRead:
                if (!wait(POLLIN, timeout_))
                    return fail("timed out");
                break;
            case TlsStream::Status::WantWrite:
                if (!wait(POLLOUT, timeout_))
                    return fail("timed out");
                break;
            case TlsStream::Status::Closed:
                return fail("connection closed");
            case TlsStream::Status::Failed:
                return fail(tls_->reason());
        }
    }
}

bool Connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        size_t written = 0;
        short wanted = 0;
        if (tls_) {
            const TlsStream::Status status = tls_->write(bytes, written);
            if (status == TlsStream::Status::Closed || status == TlsStream::Status::Failed)
                return false;
            if (status != TlsStream::Status::Done)
                wanted = status == TlsStream::Status::WantRead ? POLLIN : POLLOUT;
        } else {
            const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n >= 0)
                written = static_cast<size_t>(n);
            else if (errno == EAGAIN)
                wanted = POLLOUT;
            else if (errno != EINTR)
                return false;
        }
        if (wanted != 0) {
            if (!wait(wanted, timeout_))
                return false;
            continue;
        }
        bytes.remove_prefix(written);
    }
    return true;
}

void Connection::finish_sending() {
    if (tls_)
        tls_->finish();
    else
        shutdown(fd_.get(), SHUT_WR);
}

std::optional<std::string_view> Connection::receive() {
    if (!buffer_)
        buffer_ = std::make_unique<char[]>(kBufferSize);
    for (;;) {
        size_t got = 0;
        short wanted = POLLIN;
        if (tls_) {
            const TlsStream::Status status = tls_->read(buffer_.get(), kBufferSize, got);
            if (status == TlsStream::Status::Done)
                return std::string_view(buffer_.get(), got);
            if (status == TlsStream::Status::Closed)
                return std::string_view();
            if (status == TlsStream::Status::Failed)
                return std::nullopt;
            if (status == TlsStream::Status::WantWrite)
                wanted = POLLOUT;
        } else {
            const ssize_t n = recv(fd_.get(), buffer_.get(), kBufferSize, 0);
            if (n >= 0)
                return std::string_view(buffer_.get(), static_cast<size_t>(n));
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN)
                return std::nullopt;
        }
        if (!wait(wanted, timeout_))
            return std::nullopt;
    }
}

protocol::ResultCode connect_failure(int error_number) {
    using protocol::ResultCode;
    switch (error_number) {
        case ECONNREFUSED:
        case ETIMEDOUT:
        case ENETUNREACH:
        case EHOSTUNREACH:
            return ResultCode::Unavailable;
        case EACCES:
            return ResultCode::NoPerm;
        default:
            return ResultCode::Software;
    }
}

}  // namespace client
