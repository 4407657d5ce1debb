// One connection: read a request, do what it asks, answer in the client's version, log.

#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include <chrono>
#include <memory>
#include <string>

#include "daemon/connection.h"
#include "daemon/settings.h"
#include "daemon/tls.h"
#include "daemon/user_preferences.h"
#include "protocol/request_parser.h"
#include "scan/scanner.h"

namespace spamd {

class Session {
public:
    Session(const Settings& settings, scan::Scanner& scanner, UserPreferences& preferences,
            const TlsContext* tls, int fd, const Listener& listener);
    // Never throws for what a client does; a scan that throws closes the connection without a byte,
    // which the client takes as "deliver unmarked".
    void run();

private:
    // False: the connection is over (refused, or the handshake failed).
    bool admit();
    // nullopt: answered with an error already.
    std::optional<protocol::Request> read_request();
    void scan(protocol::Request request);
    void tell(protocol::Request request);
    void log_result(const scan::Scan& scan, const std::string& tests, size_t bytes);
    void refuse(protocol::ResultCode code, const std::string& text);
    void refuse(const protocol::RequestError& error);
    void send(std::string_view bytes);
    double seconds() const;
    // The user's own when he brings rules, else the worker's.
    scan::Scanner& scanner() const {
        return user_.scanner != nullptr ? *user_.scanner : site_scanner_;
    }
    std::string user_shown() const {
        return user_.name.empty() && !named_ ? "(unknown)" : user_.name;
    }

    const Settings& settings_;
    scan::Scanner& site_scanner_;
    UserPreferences& preferences_;
    const TlsContext* tls_;
    int fd_;
    const Listener& listener_;
    Peer peer_;
    std::unique_ptr<Transport> transport_;
    uid_t uid_ = 0;  // the effective one of the scan, for the log
    std::chrono::steady_clock::time_point start_;
    util::Deadline deadline_;
    UserContext user_;
    bool named_ = false;                  // a User: header came
    std::string message_id_, resent_id_;  // as the log says them
};

}  // namespace spamd

#endif  // DAEMON_SESSION_H
