#include "daemon/session.h"

#include <fmt/core.h>
#include <unistd.h>

#include "protocol/response.h"
#include "rules/core_settings.h"
#include "util/error.h"
#include "util/log.h"

namespace spamd {

using protocol::Command;
using protocol::ResultCode;

static constexpr std::chrono::seconds kTlsHandshakeTime{30};
// After an error the client may still be sending; reading on for a moment spares it a TCP reset
// that would swallow the answer.
static constexpr std::chrono::milliseconds kLingerTime{500};
// An answer of less goes out with one call.
static constexpr size_t kAtOnce = 65536;

Session::Session(const Settings& settings, scan::Scanner& scanner, UserPreferences& preferences,
                 const TlsContext* tls, int fd, const Listener& listener)
    : settings_(settings),
      site_scanner_(scanner),
      preferences_(preferences),
      tls_(tls),
      fd_(fd),
      listener_(listener),
      peer_(identify_peer(fd, listener)),
      start_(std::chrono::steady_clock::now()) {}

double Session::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool Session::admit() {
    if (listener_.is_unix()) {
        util::log_info("spamd: got connection over " + listener_.path());
        transport_ = make_plain_transport(fd_);
        return true;
    }
    std::string text = fmt::format("connection from {} [{}]:{} to port {}, fd {}", peer_.host,
                                   peer_.address, peer_.port, peer_.local_port, listener_.fd());
    if (!settings_.allowed_ips.contains(peer_.address)) {
        util::log_warn("spamd: unauthorized " + text);
        return false;
    }
    if (listener_.is_ssl() && tls_ != nullptr) {
        auto secured = tls_->accept(fd_, util::Deadline::after(kTlsHandshakeTime));
        if (!secured) {
            util::log_info("spamd: accept_a_conn: " + secured.error());
            return false;
        }
        transport_ = std::move(*secured);
        text += ", " + transport_->describe();
    } else {
        transport_ = make_plain_transport(fd_);
    }
    util::log_info("spamd: " + text);
    return true;
}

void Session::send(std::string_view bytes) {
    IoResult r = transport_->write_all(bytes, deadline_);
    if (r == IoResult::Timeout)
        util::log_warn("spamd: timeout: client does not read its answer");
}

void Session::refuse(const protocol::RequestError& error) {
    const char* kind = error.code == ResultCode::Protocol  ? "bad protocol: header error"
                       : error.code == ResultCode::Timeout ? "timeout"
                                                           : "service unavailable";
    transport_->write_all(protocol::print_error(error),
                          deadline_.sooner(util::Deadline::after(std::chrono::seconds(5))));
    util::log_warn(fmt::format("spamd: {}: {}", kind, error.text));
    util::Deadline linger = util::Deadline::after(kLingerTime);
    char ignored[4096];
    size_t got = 0;
    while (!linger.expired() && transport_->read_some(ignored, got, linger) == IoResult::Ok) {
    }
}

void Session::refuse(ResultCode code, const std::string& text) {
    refuse(protocol::RequestError{code, text});
}

std::optional<protocol::Request> Session::read_request() {
    protocol::RequestLimits limits;
    limits.max_message_bytes = settings_.max_message_size;
    limits.max_decompressed_bytes = settings_.max_message_size;
    protocol::RequestParser parser(limits, settings_.allow_tell);

    auto whole = settings_.timeout_child > 0
                     ? util::Deadline::after(std::chrono::seconds(settings_.timeout_child))
                     : util::Deadline();
    // Until the first line is here the shorter time-out holds.
    util::Deadline first = settings_.timeout_tcp > 0
                               ? util::Deadline::after(std::chrono::seconds(settings_.timeout_tcp))
                               : util::Deadline();
    char buffer[65536];
    while (parser.state() == protocol::RequestParser::State::NeedMore) {
        size_t got = 0;
        bool waiting_first = !parser.has_command();
        deadline_ = waiting_first ? first : whole;
        switch (transport_->read_some(buffer, got, deadline_)) {
            case IoResult::Ok:
                parser.feed({buffer, got});
                break;
            case IoResult::End:
                parser.finish();
                break;
            case IoResult::Timeout:
                deadline_ = util::Deadline::after(std::chrono::seconds(5));
                if (waiting_first)
                    refuse(ResultCode::Timeout,
                           fmt::format("({} second socket timeout reading input from client)",
                                       settings_.timeout_tcp));
                else
                    refuse(ResultCode::Timeout,
                           fmt::format("({} second timeout while trying to {})",
                                       settings_.timeout_child,
                                       protocol::command_name(parser.request().command)));
                return std::nullopt;
            case IoResult::Failed:
                util::log_info("spamd: connection lost while reading the request");
                return std::nullopt;
        }
    }
    deadline_ = whole;
    if (parser.state() == protocol::RequestParser::State::Failed) {
        refuse(parser.error());
        return std::nullopt;
    }
    return parser.take_request();
}

void Session::run() {
    if (!admit())
        return;
    auto request = read_request();
    if (!request)
        return;
    if (request->command == Command::Ping || request->command == Command::Skip) {
        if (request->command == Command::Skip)
            util::log_info(
                fmt::format("spamd: skipped large message in {:3.1f} seconds", seconds()));
        protocol::Response response;
        response.command = request->command;
        response.version = request->version;
        send(protocol::print_response(response));
        return;
    }
    named_ = request->user.has_value();
    if (settings_.check_peer_user && named_) {
        auto peer = peer_user(fd_, listener_);
        auto account = peer.value_or(0) != 0 ? find_account(*request->user) : std::nullopt;
        if (peer.value_or(0) != 0 && (!account || account->uid != *peer)) {
            refuse(ResultCode::Unavailable, "User does not match the peer of this socket");
            return;
        }
    }
    auto user = preferences_.resolve(request->user);
    if (!user) {
        util::log_warn(user.error().text);
        if (user.error().unavailable)
            refuse(ResultCode::Unavailable, "Error fetching user preferences via SQL");
        return;
    }
    user_ = std::move(*user);
    if (user_.become && ::geteuid() == 0)
        become_user_for_request(*user_.become);
    uid_ = preferences_.effective_user();
    if (uid_ == 0 && preferences_.changes_user())
        throw util::Error("spamd: still running as root! dying");
    if (request->command == Command::Tell)
        tell(std::move(*request));
    else
        scan(std::move(*request));
}

void Session::scan(protocol::Request request) {
    size_t size = request.body.size();
    scan::ScanRequest job;
    job.message = std::move(request.body);
    job.user = user_.name;
    job.settings = user_.settings ? &*user_.settings : nullptr;
    job.deadline = deadline_;
    job.remote_host = peer_.host;
    job.remote_address = peer_.address;
    job.state_dir = user_.state_dir;
    job.all_subrules = false;
    job.on_parsed = [&](const scan::Scan& parsed) {
        message_id_ = parsed.log_message_id();
        resent_id_ = parsed.log_resent_message_id();
        util::log_info(fmt::format("spamd: {} message {}{} for {}:{}",
                                   request.command == Command::Process ? "processing" : "checking",
                                   message_id_, resent_id_.empty() ? "" : " aka " + resent_id_,
                                   user_shown(), uid_));
    };

    auto scan = scanner().scan(std::move(job));
    const std::string tests = scan->tests();

    protocol::Response response;
    response.command = request.command;
    response.version = request.version;
    response.is_spam = scan->is_spam();
    response.score = scan->score();
    response.required_score = scan->required_score();
    switch (request.command) {
        case Command::Process:
            response.body = scan->rewritten_message();
            break;
        case Command::Headers:
            response.body = scan->rewritten_headers();
            break;
        case Command::Symbols:
            response.body = tests;
            break;
        case Command::Report:
            response.body = scan->report();
            break;
        case Command::ReportIfspam:
            if (scan->is_spam())
                response.body = scan->report();
            break;
        default:
            break;
    }
    std::string head = protocol::print_response_head(response);
    if (response.body.size() < kAtOnce) {
        head += response.body;
        head += protocol::response_tail(response);
        // Sockets take this much at once, so nothing of what is logged will change; and answer and
        // end reach the client together and wake him once.
        log_result(*scan, tests, size);
        send(head);
    } else {
        send(head);
        send(response.body);
        send(protocol::response_tail(response));
        log_result(*scan, tests, size);
    }
    // The client is done before anything is put away.
    transport_->end_output();
}

void Session::log_result(const scan::Scan& scan, const std::string& tests, size_t bytes) {
    std::string shown = protocol::score_text(scan.score(), scan.required_score(), scan.is_spam());
    std::string required = protocol::required_score_text(scan.required_score());
    const std::string verdict =
        fmt::format("spamd: {} ({}/{}) for {}:{} in {:.1f} seconds, {} bytes.",
                    scan.is_spam() ? "identified spam" : "clean message", shown, required,
                    user_shown(), uid_, seconds(), bytes);
    auto safe = [](std::string id) {
        for (char& c : id)
            if (static_cast<unsigned char>(c) <= 0x20 || c == ',')
                c = '_';
        return id;
    };
    std::string line = fmt::format(
        "spamd: result: {} {:2d} - {} "
        "scantime={:.1f},size={},user={},uid={},required_score={},rhost={},raddr={},rport={},"
        "mid={}",
        scan.is_spam() ? 'Y' : '.', static_cast<long>(scan.score()), tests, seconds(), bytes,
        user_shown(), uid_, required, peer_.host, peer_.address, peer_.port, safe(message_id_));
    if (!resent_id_.empty())
        line += ",rmid=" + safe(resent_id_);
    if (auto bayes = scan.bayes_score())
        line += fmt::format(",bayes={:f}", *bayes);
    line += ",autolearn=" + scan.autolearn_text();
    line += scan.result_log_items();
    util::log_info_together({verdict, line});
    if (settings_.timing || util::debugging("timing"))
        util::log_info("timing: " + scan.timing_text());
}

void Session::tell(protocol::Request request) {
    protocol::Response response;
    response.command = Command::Tell;
    response.version = request.version;
    const config::Settings& settings =
        user_.settings ? *user_.settings : scanner().engine().settings();
    const auto& core = settings.get<rules::CoreSettings>();
    scan::LearnRequest lesson;
    lesson.message = request.body;
    lesson.settings = &settings;
    lesson.state_dir = user_.state_dir;
    lesson.deadline = deadline_;
    try {
        if (core.other_number_or("bayes_learn_during_report", 1) != 0) {
            if (request.set.local) {
                lesson.is_spam = request.is_spam_class();
                response.did_set.local = scanner().learn(lesson).value_or(false);
            }
            if (request.remove.local) {
                lesson.is_spam.reset();
                response.did_remove.local = scanner().learn(lesson).value_or(false);
            }
        }
    } catch (const std::exception& e) {
        // The client is told that nothing was done.
        util::log_warn(std::string("spamd: learning failed: ") + e.what());
    }
    send(protocol::print_response(response));
    std::string did;
    if (response.did_set.any())
        did += " Setting " + response.did_set.text() + " ";
    if (response.did_remove.any())
        did += " Removing " + response.did_remove.text() + " ";
    if (did.empty())
        did = " Did nothing ";
    util::log_info(fmt::format("spamd: Tell:{}for {}:{} in {:.1f} seconds, {} bytes", did,
                               user_shown(), uid_, seconds(), request.body.size()));
}

}  // namespace spamd
