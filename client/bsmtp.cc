#include "client/bsmtp.h"

#include "util/strings.h"

namespace client {

namespace {

// A line without its line end.
std::string_view content(std::string_view line) {
    if (!line.empty() && line.back() == '\n')
        line.remove_suffix(1);
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    return line;
}

// The line at `start` with its LF; empty when there is no whole line.
std::string_view line_at(std::string_view input, size_t start) {
    const size_t newline = input.find('\n', start);
    return newline == input.npos ? std::string_view{} : input.substr(start, newline + 1 - start);
}

}  // namespace

std::optional<Bsmtp> read_bsmtp(std::string_view input) {
    Bsmtp bsmtp;
    size_t at = line_at(input, 0).size();
    if (at == 0)
        return std::nullopt;
    for (;;) {
        const std::string_view line = line_at(input, at);
        if (line.empty())
            return std::nullopt;
        at += line.size();
        if (util::iequals(content(line), "DATA"))
            break;
    }
    bsmtp.envelope = input.substr(0, at);
    for (;;) {
        // The last dot may lack its line end.
        if (input.substr(at) == ".")
            break;
        std::string_view line = line_at(input, at);
        if (line.empty())
            return std::nullopt;
        if (content(line) == ".")
            break;
        at += line.size();
        if (line[0] == '.')
            line.remove_prefix(1);
        bsmtp.message += line;
    }
    if (bsmtp.message.empty())
        return std::nullopt;
    bsmtp.trailer = input.substr(at);
    return bsmtp;
}

void append_dot_stuffed(std::string& out, std::string_view message) {
    size_t at = 0;
    while (at < message.size()) {
        if (message[at] == '.')
            out += '.';
        const size_t newline = message.find('\n', at);
        const size_t end = newline == message.npos ? message.size() : newline + 1;
        out += message.substr(at, end - at);
        at = end;
    }
}

}  // namespace client
