#include "protocol/request_parser.h"

#include <algorithm>
#include <array>
#include <limits>

#include "protocol/version.h"
#include "protocol/zlib.h"
#include "util/strings.h"

namespace protocol {

namespace {

struct Verb {
    std::string_view name;
    Command command;
};
// Three searches in this order, each for the leftmost match in the line, as spamd does them.
constexpr std::array kScanVerbs{
    Verb{"PROCESS", Command::Process}, Verb{"CHECK", Command::Check},
    Verb{"SYMBOLS", Command::Symbols}, Verb{"REPORT", Command::Report},
    Verb{"HEADERS", Command::Headers}, Verb{"REPORT_IFSPAM", Command::ReportIfspam},
};
constexpr std::array kTellVerbs{Verb{"TELL", Command::Tell}};
constexpr std::array kOtherVerbs{Verb{"SKIP", Command::Skip}, Verb{"PING", Command::Ping}};

constexpr std::string_view kMark = " SPAMC/";

// The leftmost "VERB SPAMC/"; two verbs never start at one place and both match, because the mark
// must follow at once. Verbs are found by looking back from each mark: linear, whatever the line.
template <typename Verbs>
bool find_verb(std::string_view line, const Verbs& verbs, Command& command,
               std::string_view& version) {
    size_t best = std::string_view::npos;
    for (size_t mark = line.find(kMark); mark != line.npos; mark = line.find(kMark, mark + 1)) {
        for (const Verb& verb : verbs) {
            if (mark < verb.name.size())
                continue;
            const size_t start = mark - verb.name.size();
            if (line.substr(start, verb.name.size()) == verb.name && start < best) {
                best = start;
                command = verb.command;
                version = line.substr(mark + kMark.size());
            }
        }
        if (best != line.npos)
            break;
    }
    return best != line.npos;
}

bool has_control_char(std::string_view s) {
    return std::any_of(s.begin(), s.end(), [](unsigned char c) { return c < 0x20; });
}

Targets read_targets(std::string_view value) {
    return {util::icontains(value, "local"), util::icontains(value, "remote")};
}

}  // namespace

RequestParser::RequestParser(const RequestLimits& limits, bool allow_tell)
    : limits_(limits), allow_tell_(allow_tell) {}

RequestParser::State RequestParser::feed(std::string_view bytes) {
    while (state_ == State::NeedMore && phase_ != Phase::Body && !bytes.empty()) {
        const size_t newline = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, newline);
        if (line_.size() + piece.size() > limits_.max_line_bytes) {
            fail(ResultCode::Protocol, "(line too long)");
            break;
        }
        if (newline == bytes.npos) {
            line_ += piece;
            break;
        }
        bytes.remove_prefix(newline + 1);
        if (line_.empty()) {
            take_line(piece, true);
        } else {
            line_ += piece;
            const std::string line = std::move(line_);
            line_.clear();
            take_line(line, true);
        }
    }
    // An announced length of nothing is reached without a further byte.
    if (state_ == State::NeedMore && phase_ == Phase::Body &&
        (!bytes.empty() || request_.content_length == 0u))
        take_body(bytes);
    return state_;
}

RequestParser::State RequestParser::finish() {
    if (state_ == State::NeedMore && phase_ != Phase::Body && !line_.empty()) {
        const std::string line = std::move(line_);
        line_.clear();
        take_line(line, false);
    }
    if (state_ != State::NeedMore)
        return state_;
    switch (phase_) {
        case Phase::RequestLine:
            fail(ResultCode::Protocol, "(closed before headers)");
            break;
        case Phase::Headers:
            fail(ResultCode::Protocol, "(EOF during headers)");
            break;
        case Phase::Body:
            if (request_.content_length && !request_.is_compressed &&
                request_.body.size() != *request_.content_length)
                fail_mismatch(request_.body.size());
            else
                body_done();
            break;
    }
    return state_;
}

void RequestParser::take_line(std::string_view line, bool has_newline) {
    if (phase_ == Phase::RequestLine) {
        if (has_newline && !line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        take_request_line(line);
    } else {
        take_header(line, has_newline);
    }
}

void RequestParser::take_request_line(std::string_view line) {
    std::string_view version;
    Command command{};
    if (!find_verb(line, kScanVerbs, command, version) &&
        !find_verb(line, kTellVerbs, command, version) &&
        !find_verb(line, kOtherVerbs, command, version)) {
        fail(ResultCode::Protocol, std::string(line));
        return;
    }
    request_.command = command;
    request_.version = leading_number(version);
    phase_ = Phase::Headers;
    if (!carries_message(command)) {
        if (!(request_.version >= 1.5))
            state_ = State::Complete;
    } else if (command != Command::Tell && !(request_.version > 1.0)) {
        begin_body();
    }
}

void RequestParser::take_header(std::string_view line, bool has_newline) {
    if (has_newline && !line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    if (line.empty()) {
        headers_done();
        return;
    }
    const size_t colon = line.find(':');
    if (colon == line.npos) {
        fail(ResultCode::Protocol, "(header not in 'Name: value' format)");
        return;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = util::trim_left(line.substr(colon + 1));
    if (util::iequals(name, "Content-length")) {
        take_content_length(value);
    } else if (util::iequals(name, "User")) {
        if (has_control_char(value))
            fail(ResultCode::Protocol, "(User header contains control chars)");
        else
            request_.user = std::string(value);
    } else if (util::iequals(name, "Message-class")) {
        request_.message_class = std::string(value);
    } else if (util::iequals(name, "Set")) {
        request_.set = read_targets(value);
    } else if (util::iequals(name, "Remove")) {
        request_.remove = read_targets(value);
    } else if (util::iequals(name, "Compress")) {
        if (util::icontains(value, "zlib"))
            request_.is_compressed = true;
        else
            fail(ResultCode::Protocol,
                 "(compression type not supported: " + std::string(value) + ")");
    }
    if (state_ == State::NeedMore && ++header_lines_ >= limits_.max_header_lines)
        fail(ResultCode::Protocol, "(too many headers)");
}

void RequestParser::take_content_length(std::string_view value) {
    uint64_t length = 0;
    for (const char c : value) {
        if (!util::is_digit(c)) {
            fail(ResultCode::Protocol, "(Content-Length contains non-numeric bytes)");
            return;
        }
        // Past the limit it only has to stay past it.
        if (length <= std::numeric_limits<uint64_t>::max() / 16)
            length = length * 10 + static_cast<uint64_t>(c - '0');
    }
    request_.content_length = length;
    length_text_ = value;
}

void RequestParser::headers_done() {
    if (!carries_message(request_.command)) {
        state_ = State::Complete;
        return;
    }
    if (request_.command == Command::Tell) {
        if (!allow_tell_) {
            fail(ResultCode::Unavailable,
                 "TELL commands are not enabled, set the --allow-tell switch.");
            return;
        }
        for (const auto& [both, name] :
             {std::pair(request_.set.local && request_.remove.local, "local"),
              std::pair(request_.set.remote && request_.remove.remote, "remote")}) {
            if (both) {
                fail(ResultCode::Protocol, std::string("Unable to set ") + name + " and remove " +
                                               name + " in the same operation.");
                return;
            }
        }
    }
    if (request_.is_compressed && !request_.content_length) {
        fail(ResultCode::Unavailable, "Compress requires Content-length header");
        return;
    }
    begin_body();
}

void RequestParser::begin_body() {
    phase_ = Phase::Body;
    if (!request_.content_length)
        return;
    if (*request_.content_length > limits_.max_message_bytes) {
        fail(ResultCode::Unavailable, "message of " + length_text_ +
                                          " bytes is over the limit of " +
                                          std::to_string(limits_.max_message_bytes));
        return;
    }
    make_room(0);
}

// Room for as much as was announced, so that a large message is not moved time and again while it
// grows; but an announced size alone must not cost memory.
void RequestParser::make_room(size_t more) {
    std::string& body = request_.body;
    const size_t needed = body.size() + more;
    if (needed > body.capacity() || more == 0)
        body.reserve(std::min<size_t>(*request_.content_length,
                                      std::max<size_t>(kTrust * needed, 1024 * 1024)));
}

void RequestParser::take_body(std::string_view bytes) {
    std::string& body = request_.body;
    if (!request_.content_length) {
        if (bytes.size() > limits_.max_message_bytes - body.size()) {
            fail(ResultCode::Unavailable, "message is over the limit of " +
                                              std::to_string(limits_.max_message_bytes) + " bytes");
            return;
        }
        body += bytes;
        return;
    }
    const size_t wanted = static_cast<size_t>(*request_.content_length) - body.size();
    const std::string_view piece = bytes.substr(0, wanted);
    make_room(piece.size());
    body += piece;
    if (bytes.size() < wanted)
        return;
    const std::string_view surplus = bytes.substr(wanted);
    if (!surplus.empty() && !request_.is_compressed && (body.empty() || body.back() != '\n')) {
        const size_t newline = surplus.find('\n');
        fail_mismatch(body.size() + (newline == surplus.npos ? surplus.size() : newline + 1));
        return;
    }
    body_done();
}

void RequestParser::body_done() {
    if (request_.is_compressed) {
        const std::string packed = std::move(request_.body);
        request_.body.clear();
        switch (inflate_stream(packed, limits_.max_decompressed_bytes, request_.body)) {
            case InflateStatus::Ok:
                break;
            case InflateStatus::Truncated:
                // The line feed is part of spamd's answer.
                fail(ResultCode::Unavailable, "zlib: failed to find end of zlib stream\n");
                return;
            case InflateStatus::TooLarge:
                fail(ResultCode::Unavailable, "zlib: message is over the limit of " +
                                                  std::to_string(limits_.max_decompressed_bytes) +
                                                  " bytes");
                return;
        }
    }
    state_ = State::Complete;
}

void RequestParser::fail(ResultCode code, std::string text) {
    state_ = State::Failed;
    error_ = {code, std::move(text)};
    request_.body.clear();
}

void RequestParser::fail_mismatch(size_t got) {
    fail(ResultCode::Protocol, "(Content-Length mismatch: Expected " + length_text_ +
                                   " bytes, got " + std::to_string(got) + " bytes)");
}

}  // namespace protocol
