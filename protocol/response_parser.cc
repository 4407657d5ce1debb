#include "protocol/response_parser.h"

#include <algorithm>
#include <cstdio>

#include "util/strings.h"

namespace protocol {

namespace {

// Reads a line by a pattern in the manner of scanf(3), whose leniency about blanks is the grammar
// here: "Spam:True;" is not understood, "Spam:   True ;15.3 /5" is.
class LineScanner {
public:
    explicit LineScanner(std::string_view line) : rest_(line) {}

    bool literal(std::string_view text) {
        if (rest_.substr(0, text.size()) != text)
            return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    LineScanner& blanks() {
        rest_ = util::trim_left(rest_);
        return *this;
    }
    std::string_view word(size_t max) {
        blanks();
        size_t n = 0;
        while (n < rest_.size() && n < max && !util::is_space(static_cast<unsigned char>(rest_[n])))
            ++n;
        const std::string_view found = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return found;
    }
    std::optional<int> integer() {
        blanks();
        size_t n = 0;
        const bool negative = !rest_.empty() && rest_[0] == '-';
        if (!rest_.empty() && (rest_[0] == '-' || rest_[0] == '+'))
            ++n;
        const size_t first = n;
        long value = 0;
        for (; n < rest_.size() && util::is_digit(static_cast<unsigned char>(rest_[n])); ++n)
            value = std::min<long>(value * 10 + (rest_[n] - '0'), 2147483647);
        if (n == first)
            return std::nullopt;
        rest_.remove_prefix(n);
        return static_cast<int>(negative ? -value : value);
    }

private:
    std::string_view rest_;
};

// Digits, point, digits, whatever follows; single precision, bounded so that printing is too.
float read_score(std::string_view text) {
    constexpr float kBound = 1e10F;
    const bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+'))
        text.remove_prefix(1);
    double whole = 0;
    size_t i = 0;
    for (; i < text.size() && util::is_digit(static_cast<unsigned char>(text[i])); ++i)
        whole = whole * 10 + (text[i] - '0');
    double fraction = 0;
    double divider = 1;
    if (i < text.size() && text[i] == '.') {
        // Past nine digits nothing shows.
        for (++i; i < text.size() && divider < 1e9 &&
                  util::is_digit(static_cast<unsigned char>(text[i]));
             ++i) {
            fraction = fraction * 10 + (text[i] - '0');
            divider *= 10;
        }
    }
    float value = static_cast<float>(whole);
    value += static_cast<float>(fraction) / static_cast<float>(divider);
    if (value == 0)
        return 0;  // never minus zero
    return std::min(value, kBound) * (negative ? -1.0F : 1.0F);
}

Targets read_targets(std::string_view word) {
    return {word.find("local") != word.npos, word.find("remote") != word.npos};
}

std::string quoted(std::string_view s) {
    return "'" + std::string(s.substr(0, 200)) + "'";
}

bool has_body(Command command) {
    return scans_message(command) && command != Command::Check;
}

}  // namespace

std::string Reply::score_line() const {
    char buffer[64];
    const int n = std::snprintf(buffer, sizeof buffer, "%.1f/%.1f", static_cast<double>(score),
                                static_cast<double>(required_score));
    return std::string(buffer, static_cast<size_t>(n));
}

ResponseParser::ResponseParser(Command command, const ResponseLimits& limits)
    : command_(command), limits_(limits) {}

ResponseParser::State ResponseParser::feed(std::string_view bytes) {
    while (state_ == State::NeedMore && phase_ != Phase::Body && !bytes.empty()) {
        const size_t newline = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, newline);
        if (line_.size() + piece.size() > limits_.max_line_bytes) {
            fail(ResultCode::TooBig, "a line of the answer is longer than " +
                                         std::to_string(limits_.max_line_bytes) + " bytes");
            break;
        }
        line_ += piece;
        if (newline == bytes.npos)
            break;
        bytes.remove_prefix(newline + 1);
        const std::string line = std::move(line_);
        line_.clear();
        take_line(line);
    }
    if (state_ == State::NeedMore && phase_ == Phase::Body) {
        if (bytes.size() > limits_.max_body_bytes - reply_.body.size())
            fail(ResultCode::TooBig,
                 "the answer is longer than " + std::to_string(limits_.max_body_bytes) + " bytes");
        else
            reply_.body += bytes;
    }
    return state_;
}

ResponseParser::State ResponseParser::finish() {
    if (state_ != State::NeedMore)
        return state_;
    if (phase_ != Phase::Body) {
        fail(ResultCode::IoErr, "the answer ended too early");
    } else if (reply_.body.size() != *reply_.content_length) {
        fail(ResultCode::Protocol, std::to_string(*reply_.content_length) +
                                       " bytes were announced, " +
                                       std::to_string(reply_.body.size()) + " came");
    } else {
        state_ = State::Complete;
    }
    return state_;
}

void ResponseParser::take_line(std::string_view line) {
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    if (phase_ == Phase::FirstLine)
        take_first_line(line);
    else if (line.empty())
        headers_done();
    else
        take_header(line);
}

void ResponseParser::take_first_line(std::string_view line) {
    LineScanner scan(line);
    if (!scan.literal("SPAMD/")) {
        fail(ResultCode::Protocol, "not the answer of a spamd: " + quoted(line));
        return;
    }
    const std::string_view version = scan.word(18);
    const std::optional<int> code = scan.integer();
    if (version.empty() || !code) {
        fail(ResultCode::Protocol, "not the answer of a spamd: " + quoted(line));
        return;
    }
    if (!(read_score(version) >= 1.0F)) {
        fail(ResultCode::Protocol, "answer in an unknown version: " + quoted(version));
        return;
    }
    reply_.version_text = version;
    reply_.code = *code;
    phase_ = Phase::Headers;
    if (command_ == Command::Ping)
        state_ = State::Complete;
}

void ResponseParser::take_header(std::string_view line) {
    LineScanner scan(line);
    if (scan.literal("Spam:")) {
        const std::string_view verdict = scan.word(5);
        if (!scan.blanks().literal(";"))
            return;
        const std::string_view score = scan.word(20);
        if (!scan.blanks().literal("/"))
            return;
        const std::string_view required = scan.word(20);
        if (verdict.empty() || score.empty() || required.empty())
            return;
        reply_.has_score = true;
        reply_.is_spam = util::iequals(verdict, "true");
        reply_.score = read_score(score);
        reply_.required_score = read_score(required);
    } else if (scan.literal("Content-length:")) {
        const std::optional<int> length = scan.integer();
        if (length && *length >= 0)
            reply_.content_length = static_cast<size_t>(*length);
    } else if (scan.literal("DidSet:")) {
        const Targets did = read_targets(scan.word(14));
        reply_.did_set.local |= did.local;
        reply_.did_set.remote |= did.remote;
    } else if (scan.literal("DidRemove:")) {
        const Targets did = read_targets(scan.word(14));
        reply_.did_remove.local |= did.local;
        reply_.did_remove.remote |= did.remote;
    }
}

void ResponseParser::headers_done() {
    if (command_ == Command::Check && !reply_.has_score) {
        fail(ResultCode::Protocol, "the answer tells no score");
    } else if (!has_body(command_)) {
        state_ = State::Complete;
    } else if (!reply_.content_length) {
        fail(ResultCode::Protocol, "the answer tells no length");
    } else {
        phase_ = Phase::Body;
        reply_.body.reserve(std::min(*reply_.content_length, limits_.max_body_bytes));
    }
}

void ResponseParser::fail(ResultCode code, std::string reason) {
    state_ = State::Failed;
    code_ = code;
    reason_ = std::move(reason);
}

}  // namespace protocol
