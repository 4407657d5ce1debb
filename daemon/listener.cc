#include "daemon/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>

#include "daemon/privileges.h"
#include "util/error.h"
#include "util/log.h"
#include "util/strings.h"

namespace spamd {

static constexpr int kBindAttempts = 10;

std::string Listener::describe() const {
    if (is_unix())
        return "UNIX domain socket " + path_;
    return fmt::format("{} [{}]:{}", ssl_ ? "SSL" : "IO::Socket::IP", address_, port_);
}

void Listener::unlink() const {
    if (is_unix() && !adopted_ && ::unlink(path_.c_str()) != 0)
        util::log_warn(fmt::format("spamd: cannot unlink {}: {}", path_, std::strerror(errno)));
}

static void prepare(int fd) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);  // several workers may race to accept
}

void bind_unix(const std::string& path, const Settings& settings, std::vector<Listener>& out) {
    struct sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw util::Error(fmt::format(
            "spamd: path length for UNIX socket on {} exceeds system limit, exiting", path));
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);

    struct stat found;
    if (::lstat(path.c_str(), &found) == 0) {
        if (!S_ISSOCK(found.st_mode))
            throw util::Error(fmt::format("spamd: file {} exists but is no socket, exiting", path));
        util::UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM, 0));
        if (::connect(probe.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address) ==
            0)
            throw util::Error(fmt::format("spamd: already running on {}, exiting", path));
        util::log_debug("spamd", "spamd: removing stale socket file " + path);
        ::unlink(path.c_str());
    }

    Listener listener;
    listener.path_ = path;
    listener.fd_ = util::UniqueFd(::socket(AF_UNIX, SOCK_STREAM, 0));
    if (!listener.fd_ ||
        ::bind(listener.fd(), reinterpret_cast<struct sockaddr*>(&address), sizeof address) != 0)
        throw std::system_error(errno, std::generic_category(),
                                "spamd: could not create UNIX socket on " + path);
    if (!settings.socket_owner.empty() || !settings.socket_group.empty()) {
        uid_t uid = static_cast<uid_t>(-1);
        gid_t gid = static_cast<gid_t>(-1);
        if (!settings.socket_owner.empty()) {
            auto owner = find_account(settings.socket_owner);
            if (!owner)
                throw util::Error(
                    fmt::format("spamd: {} not in passwd database", settings.socket_owner));
            uid = owner->uid;
        }
        if (!settings.socket_group.empty()) {
            auto group = find_group(settings.socket_group);
            if (!group)
                throw util::Error(
                    fmt::format("spamd: {} not in group database", settings.socket_group));
            gid = *group;
        }
        if (::chown(path.c_str(), uid, gid) != 0)
            util::throw_errno("spamd: could not chown " + path);
    }
    if (::chmod(path.c_str(), settings.socket_mode) != 0)
        util::throw_errno("spamd: could not chmod " + path);
    if (::listen(listener.fd(), SOMAXCONN) != 0)
        util::throw_errno("spamd: could not listen on " + path);
    prepare(listener.fd());
    out.push_back(std::move(listener));
}

void bind_inet(const std::string& spec, const std::string& address, int port, bool ssl,
               const Settings& settings, std::vector<Listener>& out) {
    std::vector<std::string> addresses;
    bool v4 = !settings.ipv6_only, v6 = !settings.ipv4_only;
    if (util::iequals(address, "localhost")) {
        if (v6)
            addresses.push_back("::1");
        if (v4)
            addresses.push_back("127.0.0.1");
    } else if (address == "*") {
        if (v6)
            addresses.push_back("::");
        if (v4)
            addresses.push_back("0.0.0.0");
    } else {
        addresses.push_back(address);
    }

    // Failures are only warnings while another address of the same name works.
    size_t opened = 0;
    std::vector<std::string> failures;
    for (const auto& name : addresses) {
        struct addrinfo hints = {};
        hints.ai_family = v4 && v6 ? AF_UNSPEC : v4 ? AF_INET : AF_INET6;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
        struct addrinfo* results = nullptr;
        int error = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &results);
        if (error != 0)
            throw util::Error(fmt::format("spamd: invalid address for a listen socket: \"{}\": {}",
                                          spec, ::gai_strerror(error)));
        std::unique_ptr<struct addrinfo, decltype(&::freeaddrinfo)> owner(results, &::freeaddrinfo);
        for (struct addrinfo* r = results; r != nullptr; r = r->ai_next) {
            Listener listener;
            char shown[NI_MAXHOST] = "";
            ::getnameinfo(r->ai_addr, r->ai_addrlen, shown, sizeof shown, nullptr, 0,
                          NI_NUMERICHOST);
            listener.address_ = shown;
            listener.port_ = port;
            listener.ssl_ = ssl;
            listener.fd_ = util::UniqueFd(::socket(r->ai_family, SOCK_STREAM, 0));
            int on = 1;
            if (listener.fd_) {
                ::setsockopt(listener.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
                if (r->ai_family == AF_INET6)
                    ::setsockopt(listener.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
            }
            if (!listener.fd_ || ::bind(listener.fd(), r->ai_addr, r->ai_addrlen) != 0 ||
                ::listen(listener.fd(), SOMAXCONN) != 0) {
                failures.push_back(fmt::format("could not create {} socket on [{}]:{}: {}",
                                               ssl ? "IO::Socket::SSL" : "IO::Socket::IP", shown,
                                               port, std::strerror(errno)));
                continue;
            }
            prepare(listener.fd());
            out.push_back(std::move(listener));
            ++opened;
        }
    }
    if (opened == 0)
        throw util::Error(
            "spamd: " + (failures.empty() ? "no valid address for a listen socket: \"" + spec + "\""
                                          : failures.back()));
    for (const auto& failure : failures)
        util::log_warn("spamd: " + failure);
}

// "[ssl:][address][:port]" with the address bare, in brackets, or "*".
static void bind_spec(std::string spec, const Settings& settings, std::vector<Listener>& out) {
    std::string rest = spec.empty() ? "*" : spec;
    bool ssl = settings.ssl || !settings.ssl_port.empty();
    bool says_ssl = util::istarts_with(rest, "ssl:");
    if (says_ssl)
        rest.erase(0, 4);
    if (!rest.empty() && rest[0] == '/')
        return bind_unix(rest, settings, out);
    ssl = ssl || says_ssl;

    std::string address, port;
    if (rest.starts_with("[")) {
        size_t close = rest.find(']');
        if (close == std::string::npos)
            throw util::Error("Invalid socket specification syntax: " + spec);
        address = rest.substr(1, close - 1);
        rest.erase(0, close + 1);
        if (!rest.empty() && rest[0] != ':')
            throw util::Error("Invalid socket specification syntax: " + spec);
        port = rest.empty() ? "" : rest.substr(1);
    } else if (std::count(rest.begin(), rest.end(), ':') > 1) {
        address = rest;  // a bare IPv6 address
    } else {
        size_t colon = rest.find(':');
        address = rest.substr(0, colon);
        port = colon == std::string::npos ? "" : rest.substr(colon + 1);
    }
    if (address.empty())
        address = "localhost";
    if (port.empty())
        port = ssl && !settings.ssl_port.empty() ? settings.ssl_port : settings.port;
    int number = 0;
    if (auto parsed = util::parse_int(port); parsed && *parsed > 0 && *parsed < 65536) {
        number = static_cast<int>(*parsed);
    } else {
        struct servent* service = ::getservbyname(port.c_str(), "tcp");
        if (service == nullptr)
            throw util::Error(fmt::format("spamd: invalid port: {}, socket: {}", port, spec));
        number = ntohs(static_cast<uint16_t>(service->s_port));
    }
    bind_inet(spec, address, number, ssl, settings, out);
}

bool adopt_sockets(std::vector<Listener>& out) {
    constexpr int kFirst = 3;
    const char* pid = ::getenv("LISTEN_PID");
    const char* fds = ::getenv("LISTEN_FDS");
    if (pid == nullptr || fds == nullptr || util::parse_int(pid) != ::getpid())
        return false;
    auto count = util::parse_int(fds);
    ::unsetenv("LISTEN_PID");
    ::unsetenv("LISTEN_FDS");
    for (int fd = kFirst; count && fd < kFirst + *count; ++fd) {
        struct sockaddr_storage address = {};
        socklen_t length = sizeof address;
        auto* any = reinterpret_cast<struct sockaddr*>(&address);
        if (::getsockname(fd, any, &length) != 0)
            util::throw_errno(fmt::format("spamd: descriptor {} handed over at start", fd));
        Listener listener;
        listener.fd_ = util::UniqueFd(fd);
        listener.adopted_ = true;
        if (address.ss_family == AF_UNIX) {
            listener.path_ = reinterpret_cast<struct sockaddr_un*>(&address)->sun_path;
        } else {
            char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
            ::getnameinfo(any, length, host, sizeof host, port, sizeof port,
                          NI_NUMERICHOST | NI_NUMERICSERV);
            listener.address_ = host;
            listener.port_ = static_cast<int>(util::parse_int(port).value_or(0));
        }
        prepare(fd);
        out.push_back(std::move(listener));
    }
    return !out.empty();
}

std::vector<Listener> open_listeners(const Settings& settings) {
    std::vector<Listener> out;
    if (adopt_sockets(out) && settings.listens_by_default)
        return out;
    for (const auto& spec : settings.listen) {
        for (int attempt = 1;; ++attempt) {
            try {
                bind_spec(spec, settings, out);
                break;
            } catch (const std::exception& e) {
                if (attempt == kBindAttempts) {
                    for (const auto& listener : out)
                        listener.unlink();
                    throw;
                }
                util::log_warn(
                    fmt::format("server socket setup failed, retry {}: {}", attempt, e.what()));
                ::sleep(1);
            }
        }
    }
    return out;
}

}  // namespace spamd
