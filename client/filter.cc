#include "client/filter.h"

#include <pwd.h>
#include <unistd.h>

#include <exception>
#include <optional>

#include "client/fallback.h"
#include "client/session.h"
#include "protocol/zlib.h"

namespace client {

namespace {

using protocol::Command;
using protocol::ResultCode;

constexpr int kStdin = 0;

std::string tell_result(const Options& options, const protocol::Reply& reply) {
    switch (options.tell) {
        case Tell::LearnSpam:
        case Tell::LearnHam:
            return reply.did_set.local ? "Message successfully un/learned\n"
                                       : "Message was already un/learned\n";
        case Tell::Forget:
            return reply.did_remove.local ? "Message successfully un/learned\n"
                                          : "Message was already un/learned\n";
        case Tell::Report:
            return reply.did_set.remote ? "Message successfully reported/revoked\n"
                                        : "Unable to report/revoke message\n";
        case Tell::Revoke:
            return reply.did_remove.remote ? "Message successfully reported/revoked\n"
                                           : "Unable to report/revoke message\n";
        case Tell::None:
            break;
    }
    return "";
}

}  // namespace

bool append_original_body(std::string& headers, std::string_view original) {
    const size_t lf = original.find("\n\n");
    const size_t crlf = original.find("\r\n\r\n");
    if (lf == original.npos && crlf == original.npos)
        return false;
    headers += original.substr(lf < crlf ? lf + 2 : crlf + 4);
    return true;
}

protocol::Request Filter::make_request() const {
    protocol::Request request;
    request.command = options_.command();
    request.user = options_.username;
    switch (options_.tell) {
        case Tell::None:
            break;
        case Tell::LearnSpam:
            request.message_class = "spam";
            request.set.local = true;
            break;
        case Tell::LearnHam:
            request.message_class = "ham";
            request.set.local = true;
            break;
        case Tell::Forget:
            request.remove.local = true;
            break;
        case Tell::Report:
            request.message_class = "spam";
            request.set = {true, true};
            break;
        case Tell::Revoke:
            request.message_class = "ham";
            request.set.local = true;
            request.remove.remote = true;
            break;
    }
    return request;
}

std::string Filter::render(const protocol::Reply& reply) const {
    if (options_.tell != Tell::None)
        return tell_result(options_, reply);
    switch (options_.command()) {
        case Command::Ping:
            return "SPAMD/" + reply.version_text + " " + std::to_string(reply.code) + "\n";
        case Command::Check:
            return reply.score_line() + "\n";
        default:
            break;
    }
    std::string out;
    // spamd calls spam "Yes" in its answer to -r, which is not "True": so -r shows no score line.
    if (reply.has_score && (options_.report || (options_.report_ifspam && reply.is_spam)))
        out = reply.score_line() + "\n";
    out += reply.body;
    if (options_.command() == Command::Headers && !append_original_body(out, input_.message())) {
        log_.error("the message has no blank line after its headers: passed through");
        return std::string(input_.raw());
    }
    return input_.wrap(std::move(out));
}

ResultCode Filter::read_input() {
    const ResultCode status = input_.read(kStdin, options_.max_size, options_.is_bsmtp);
    if (status == ResultCode::TooBig) {
        log_.notice("skipped message, greater than max message size (" +
                    std::to_string(options_.max_size) + " bytes)");
    }
    return status;
}

ResultCode Filter::try_to_run() {
    std::vector<Host> hosts;
    if (!options_.uses_socket) {
        auto resolved = resolve_hosts(options_.hosts, log_);
        if (!resolved)
            return resolved.error();
        hosts = std::move(*resolved);
    }
    if (!options_.ping) {
        const ResultCode status = read_input();
        if (status != ResultCode::Ok)
            return status;
    }
    protocol::Request request = make_request();
    if (protocol::carries_message(request.command) && !request.user) {
        const passwd* entry = getpwuid(geteuid());
        if (!entry) {
            log_.error("no user has the id " + std::to_string(geteuid()));
            return ResultCode::OsErr;
        }
        request.user = entry->pw_name;
    }
    std::optional<std::string> packed;
    if (options_.compresses && protocol::scans_message(request.command)) {
        packed = protocol::deflate_stream(input_.message(), 3);
        if (!packed)
            return ResultCode::OsErr;
        request.is_compressed = true;
    }
    Session session(options_, std::move(hosts), log_);
    const auto reply = session.ask(request, packed ? *packed : input_.message());
    if (!reply)
        return reply.error();

    const bool scanned = protocol::scans_message(request.command);
    if (scanned && (options_.check || options_.sets_exit_code))
        exit_code_ = reply->is_spam ? 1 : 0;
    // The message is only here now: who cannot take it must hear of it. A caller that closed its
    // end and wants but the exit code of -c gets that.
    if (!output_.write(render(*reply)) && request.command != Command::Check) {
        log_.error("the result cannot be written");
        exit_code_ = static_cast<int>(ResultCode::IoErr);
    }
    return ResultCode::Ok;
}

int Filter::fall_back_from(ResultCode trouble) {
    const Fallback fallback = fall_back(options_, trouble);
    bool written = true;
    switch (fallback.shown) {
        case Fallback::Shown::Nothing:
            break;
        case Fallback::Shown::Original:
            output_.write(input_.raw());
            // What was not read yet: the message was too big, or trouble came first.
            output_.copy_from(kStdin);
            written = output_.is_good();
            break;
        case Fallback::Shown::ZeroScore:
            output_.write("0/0\n");
            break;
        case Fallback::Shown::BlankLine:
            output_.write("\n");
            break;
    }
    if (!written) {
        log_.error("the message cannot be written");
        return static_cast<int>(ResultCode::IoErr);
    }
    return fallback.exit_code;
}

int Filter::run() {
    ResultCode trouble;
    try {
        trouble = try_to_run();
    } catch (const std::exception& error) {
        // Out of memory, most likely.
        log_.error(error.what());
        trouble = ResultCode::OsErr;
    }
    return trouble == ResultCode::Ok ? exit_code_ : fall_back_from(trouble);
}

}  // namespace client
