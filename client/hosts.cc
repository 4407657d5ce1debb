#include "client/hosts.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>

#include "util/strings.h"

namespace client {

namespace {

constexpr size_t kMaxHosts = 256;

template <typename SockAddr>
Address make_address(const SockAddr& sockaddr) {
    Address address;
    std::memcpy(&address.storage, &sockaddr, sizeof sockaddr);
    address.length = sizeof sockaddr;
    return address;
}

Host loopback(const HostOptions& options) {
    Host host;
    if (options.family != AddressFamily::Ipv4) {
        sockaddr_in6 in6{};
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(options.port);
        in6.sin6_addr = in6addr_loopback;
        host.push_back(make_address(in6));
    }
    if (options.family != AddressFamily::Ipv6) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(options.port);
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        host.push_back(make_address(in));
    }
    return host;
}

int family_hint(AddressFamily family) {
    switch (family) {
        case AddressFamily::Ipv4:
            return AF_INET;
        case AddressFamily::Ipv6:
            return AF_INET6;
        case AddressFamily::Any:
            break;
    }
    return AF_UNSPEC;
}

}  // namespace

std::string Address::text() const {
    char buffer[INET6_ADDRSTRLEN] = "";
    if (storage.ss_family == AF_INET) {
        sockaddr_in in;
        std::memcpy(&in, &storage, sizeof in);
        inet_ntop(AF_INET, &in.sin_addr, buffer, sizeof buffer);
    } else if (storage.ss_family == AF_INET6) {
        sockaddr_in6 in6;
        std::memcpy(&in6, &storage, sizeof in6);
        inet_ntop(AF_INET6, &in6.sin6_addr, buffer, sizeof buffer);
    }
    return buffer;
}

util::Expected<std::vector<Host>, protocol::ResultCode> resolve_hosts(const HostOptions& options,
                                                                      const Log& log) {
    using protocol::ResultCode;
    if (!options.names)
        return std::vector<Host>{loopback(options)};

    std::vector<Host> hosts;
    bool may_come_later = false;
    const std::string port = std::to_string(options.port);
    addrinfo hints{};
    hints.ai_family = family_hint(options.family);
    hints.ai_socktype = SOCK_STREAM;
    for (const std::string_view part : util::split(*options.names, ',')) {
        if (hosts.size() == kMaxHosts) {
            log.notice("-d: only the first " + std::to_string(kMaxHosts) + " hosts are used");
            break;
        }
        const std::string name(part);
        addrinfo* list = nullptr;
        const int status = getaddrinfo(name.c_str(), port.c_str(), &hints, &list);
        const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
        if (status == 0) {
            Host host;
            for (const addrinfo* info = list; info; info = info->ai_next) {
                Address address;
                std::memcpy(&address.storage, info->ai_addr,
                            std::min<size_t>(info->ai_addrlen, sizeof address.storage));
                address.length = info->ai_addrlen;
                host.push_back(std::move(address));
            }
            hosts.push_back(std::move(host));
            continue;
        }
        log.error("resolve '" + name +
                  "': " + (status == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(status)));
        if (status == EAI_AGAIN) {
            may_come_later = true;
        } else if (status != EAI_NONAME && status != EAI_FAIL
#ifdef EAI_NODATA
                   && status != EAI_NODATA
#endif
        ) {
            return util::Unexpected(ResultCode::OsErr);
        }
    }
    if (hosts.empty()) {
        log.error("none of the hosts '" + *options.names + "' can be resolved");
        return util::Unexpected(may_come_later ? ResultCode::TempFail : ResultCode::NoHost);
    }
    if (options.randomize && hosts.size() > 1) {
        std::random_device random;
        std::rotate(hosts.begin(),
                    hosts.begin() + static_cast<std::ptrdiff_t>(random() % hosts.size()),
                    hosts.end());
    }
    if (options.only_first)
        hosts.resize(1);
    return hosts;
}

}  // namespace client
