#include "client/session.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace client {

namespace {

using protocol::ResultCode;

// A smaller message is sent together with the head of the request.
constexpr size_t kAtOnce = 65536;

void sleep_seconds(int seconds) {
    if (seconds > 0)
        sleep(static_cast<unsigned>(seconds));
}

// spamc builds the head of a request in 8 kB and has its own idea of what fits.
ResultCode check_head(const protocol::Request& request, std::string_view head) {
    constexpr size_t kHeadBuffer = 8192;
    if (!request.user)
        return ResultCode::Ok;
    // Whoever can name a user must not be able to add headers.
    if (request.user->find_first_of("\r\n") != std::string::npos)
        return ResultCode::DataErr;
    const size_t user_end = head.rfind("\r\nContent-length:") + 2;
    const size_t user_start = user_end - request.user->size() - std::strlen("User: \r\n");
    if (request.user->size() + 8 >= kHeadBuffer - std::min(kHeadBuffer, user_start))
        return ResultCode::OsErr;
    return user_end + 27 >= kHeadBuffer - std::min(kHeadBuffer, user_end) ? ResultCode::DataErr
                                                                          : ResultCode::Ok;
}

}  // namespace

util::Expected<Connection, ResultCode> Session::connect_tcp(size_t first_host) {
    int error = 0;
    for (int i = 0; i < options_.connect_retries; ++i) {
        const Host& host = hosts_[(first_host + static_cast<size_t>(i)) % hosts_.size()];
        for (const Address& address : host) {
            auto connection =
                Connection::to_address(reinterpret_cast<const sockaddr*>(&address.storage),
                                       address.length, options_.connect_timeout);
            if (connection)
                return std::move(*connection);
            error = connection.error();
            log_.error("connect to spamd on " + address.text() + " failed, retrying (#" +
                       std::to_string(i + 1) + " of " + std::to_string(options_.connect_retries) +
                       "): " + std::strerror(error));
        }
        const bool fresh_host_left = static_cast<size_t>(i) + 1 < hosts_.size();
        if (i + 1 < options_.connect_retries && !(error == ECONNREFUSED && fresh_host_left))
            sleep_seconds(options_.retry_sleep);
    }
    log_.error("connection attempt to spamd aborted after " +
               std::to_string(options_.connect_retries) + " retries");
    return util::Unexpected(connect_failure(error));
}

util::Expected<Connection, ResultCode> Session::connect(size_t first_host) {
    if (!options_.uses_socket)
        return connect_tcp(first_host);
    auto connection = Connection::to_socket(options_.socket_path, options_.connect_timeout);
    if (connection)
        return std::move(*connection);
    log_.error("connect to spamd on socket '" + options_.socket_path +
               "': " + std::strerror(connection.error()));
    return util::Unexpected(connect_failure(connection.error()));
}

util::Expected<protocol::Reply, ResultCode> Session::ask(const protocol::Request& request,
                                                         std::string_view message) {
    std::string head = protocol::print_request_head(request, message.size());
    const ResultCode head_status = check_head(request, head);
    if (head_status != ResultCode::Ok) {
        log_.error("the user name cannot be sent to spamd");
        return util::Unexpected(ResultCode(head_status));
    }
    // Most messages go out in one piece, so that spamd wakes once.
    std::string_view rest = message;
    if (message.size() < kAtOnce) {
        head += message;
        rest = {};
    }
    const protocol::ResponseLimits limits{
        .max_line_bytes = protocol::ResponseLimits{}.max_line_bytes,
        .max_body_bytes = options_.max_size + 16 * 1024};
    const int tries = request.command == protocol::Command::Tell ? 1 : options_.filter_retries;
    for (int i = 0;; ++i) {
        auto connection = connect(static_cast<size_t>(i));
        if (!connection)
            return util::Unexpected(connection.error());
        connection->set_timeout(options_.timeout);
        if (options_.uses_tls) {
            if (const auto failure = connection->start_tls(options_.tls)) {
                log_.error(failure->text);
                return util::Unexpected(ResultCode(failure->code));
            }
        }
        // A spamd that refuses a request early closes its ears before its mouth: what counts is
        // whether an answer comes.
        const bool sent = connection->send(head) && connection->send(rest);
        // Under TLS the end is a record of its own. A spamd that closes without having read it
        // resets the connection and may take its answer with it, so it is told the end only when
        // it would wait for it: SpamAssassin's reads packed messages to the end, and others to
        // the end of the line in which the announced length is reached.
        const bool is_waited_for =
            request.is_compressed || (!message.empty() && message.back() != '\n');
        if (sent && (!options_.uses_tls || is_waited_for))
            connection->finish_sending();

        protocol::ResponseParser parser(request.command, limits);
        while (parser.state() == protocol::ResponseParser::State::NeedMore) {
            const auto bytes = connection->receive();
            if (bytes && !bytes->empty())
                parser.feed(*bytes);
            else
                parser.finish();
        }
        if (parser.state() == protocol::ResponseParser::State::Complete)
            return parser.take_reply();
        if (!parser.failed_at_first_line() || i + 1 >= tries) {
            log_.error("spamd: " + parser.reason());
            return util::Unexpected(parser.code());
        }
        sleep_seconds(options_.filter_retry_sleep);
    }
}

}  // namespace client
