#include "protocol/response.h"

#include <cstdio>
#include <cstdlib>

#include "protocol/request_parser.h"

namespace protocol {

namespace {

std::string format_number(const char* format, double value) {
    // %f of the largest double takes 309 digits before the point.
    char buffer[352];
    const int n = std::snprintf(buffer, sizeof buffer, format, value);
    return std::string(buffer, static_cast<size_t>(n));
}

std::string spam_header(const Response& r) {
    const bool report_ifspam = r.command == Command::ReportIfspam;
    std::string line = "Spam: ";
    line += r.is_spam ? (report_ifspam ? "Yes" : "True") : (report_ifspam ? "No" : "False");
    line += " ; " + score_text(r.score, r.required_score, r.is_spam) + " / " +
            required_score_text(r.required_score) + "\r\n";
    return line;
}

std::string tell_reply(const Response& r) {
    std::string reply = "SPAMD/1.1 0 EX_OK\r\n";
    if (r.did_set.any())
        reply += "DidSet: " + r.did_set.text() + "\r\n";
    if (r.did_remove.any())
        reply += "DidRemove: " + r.did_remove.text() + "\r\n";
    return reply + "\r\n\r\n";
}

}  // namespace

std::string print_response_head(const Response& r) {
    const bool rewrites = r.command == Command::Process || r.command == Command::Headers;
    switch (r.command) {
        case Command::Skip:
            return "";
        case Command::Ping:
            return "SPAMD/1.5 0 PONG\r\n";
        case Command::Tell:
            return tell_reply(r);
        default:
            break;
    }
    if (rewrites && !(r.version >= 1.2))
        return "SPAMD/1.0 0 EX_OK\r\n";
    std::string head = "SPAMD/1.1 0 EX_OK\r\n";
    const bool wants_length = r.command != Command::Check && (rewrites || r.version >= 1.3);
    if (wants_length)
        head += "Content-length: " + std::to_string(r.body.size()) + "\r\n";
    if (!rewrites || r.version >= 1.3)
        head += spam_header(r);
    head += "\r\n";
    return head;
}

std::string_view response_tail(const Response& r) {
    return r.command == Command::Symbols && !(r.version >= 1.3) ? "\r\n" : "";
}

std::string print_response(const Response& r) {
    std::string out = print_response_head(r);
    if (scans_message(r.command) && r.command != Command::Check) {
        out += r.body;
        out += response_tail(r);
    }
    return out;
}

std::string print_error(const RequestError& error) {
    std::string_view words;
    switch (error.code) {
        case ResultCode::Protocol:
            words = "Bad header line";
            break;
        case ResultCode::Unavailable:
            words = "Service Unavailable";
            break;
        case ResultCode::Timeout:
            words = "Timeout";
            break;
        default:
            words = result_name(error.code);
            break;
    }
    return "SPAMD/1.0 " + std::to_string(static_cast<int>(error.code)) + " " + std::string(words) +
           ": " + error.text + "\r\n";
}

std::string score_text(double score, double required_score, bool is_spam) {
    const std::string shown = format_number("%.1f", score);
    if (is_spam)
        return shown;
    // Compared as shown, then in Perl's own number format: 5.1 - 0.1 is "5".
    const double required = std::strtod(required_score_text(required_score).c_str(), nullptr);
    if (std::strtod(shown.c_str(), nullptr) < required)
        return shown;
    return format_number("%.15g", required - 0.1);
}

std::string required_score_text(double required_score) {
    return format_number("%.1f", required_score);
}

std::string_view header_section(std::string_view message) {
    for (size_t lf = message.find('\n'); lf != message.npos; lf = message.find('\n', lf + 1)) {
        size_t end = lf + 1;
        if (end < message.size() && message[end] == '\r')
            ++end;
        if (end < message.size() && message[end] == '\n')
            return message.substr(0, end + 1);
    }
    return message;
}

}  // namespace protocol
