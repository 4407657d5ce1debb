#include "scan/pristine.h"

#include <array>

#include "util/strings.h"

namespace scan {

namespace {

constexpr int kForgivenHeaderErrors = 3;

// The line from `start`, its newline included.
std::string_view line_at(std::string_view bytes, size_t start) {
    size_t newline = bytes.find('\n', start);
    return bytes.substr(start, newline == std::string_view::npos ? newline : newline + 1 - start);
}

// "From" and white space, not followed by the colon of a header in the old syntax.
bool is_mbox_separator(std::string_view line) {
    if (!line.starts_with("From"))
        return false;
    size_t p = 4;
    while (p < line.size() && util::is_space(static_cast<unsigned char>(line[p])))
        ++p;
    return p > 5 || (p == 5 && (p == line.size() || line[p] != ':'));
}

bool is_digit_at(std::string_view s, size_t i) {
    return i < s.size() && util::is_digit(static_cast<unsigned char>(s[i]));
}

// "25-Jan-2003 15:13:39 +0100,1234;000000000001-00000012": day, month, year, time, size, flags.
bool is_mbx_separator(std::string_view line) {
    static constexpr std::string_view kShape = "#0-aaa-0000 00:00:00";
    if (line.size() < kShape.size())
        return false;
    for (size_t i = 0; i < kShape.size(); ++i) {
        auto c = static_cast<unsigned char>(line[i]);
        bool fits = kShape[i] == '0'   ? util::is_digit(c)
                    : kShape[i] == '#' ? util::is_digit(c) || util::is_space(c)
                    : kShape[i] == 'a' ? util::is_alpha(c)
                    : kShape[i] == ' ' ? util::is_space(c)
                                       : kShape[i] == static_cast<char>(c);
        if (!fits)
            return false;
    }
    std::string_view tail = line;
    for (char c : {'\n', '\r'})
        if (tail.ends_with(c))
            tail.remove_suffix(1);
    size_t comma = tail.rfind(',');
    if (comma == std::string_view::npos || comma < kShape.size())
        return false;
    tail.remove_prefix(comma + 1);
    size_t p = 0;
    while (is_digit_at(tail, p))
        ++p;
    if (p == 0 || p + 1 + 12 + 1 + 8 != tail.size() || tail[p] != ';' || tail[p + 13] != '-')
        return false;
    for (size_t i = p + 1; i < p + 13; ++i)
        if (!util::is_xdigit(static_cast<unsigned char>(tail[i])) ||
            util::is_upper(static_cast<unsigned char>(tail[i])))
            return false;
    for (size_t i = p + 14; i < tail.size(); ++i)
        if (!util::is_word(static_cast<unsigned char>(tail[i])))
            return false;
    return true;
}

int weekday(int year, int month, int day) {
    static constexpr std::array<int, 12> kShift = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    if (month < 3)
        --year;
    return (year + year / 4 - year / 100 + year / 400 + kShift[static_cast<size_t>(month - 1)] +
            day) %
           7;
}

// An mbx separator as the mbox line it stands for: sender of the mail, date of the separator.
std::string mbox_from_mbx(std::string_view separator, std::string_view rest) {
    static constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
    static constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
    size_t month = kMonths.find(util::lower(separator.substr(3, 3)));
    if (month == std::string_view::npos || month % 3 != 0)
        return {};
    std::string address;
    for (size_t p = 0; p < rest.size() && address.empty();) {
        auto line = line_at(rest, p);
        p += line.size();
        if (!line.starts_with("From:"))
            continue;
        auto value = util::trim(line.substr(5));
        size_t open = value.find('<'), close = value.find('>', open == value.npos ? 0 : open);
        if (open != value.npos && close != value.npos && close > open + 1)
            address = value.substr(open + 1, close - open - 1);
        else
            address = value.substr(0, value.find_first_of("<> "));
    }
    auto number = [&](size_t at, size_t n) {
        return static_cast<int>(util::parse_int(util::trim(separator.substr(at, n))).value_or(1));
    };
    int day = weekday(number(7, 4), static_cast<int>(month / 3) + 1, number(0, 2));
    std::string out = "From " + address + " ";
    out += kDays.substr(static_cast<size_t>(day) * 3, 3);
    out += ' ';
    out += separator.substr(3, 3);
    out += ' ';
    out += separator.substr(0, 2);
    out += ' ';
    out += separator.substr(12, 8);
    out += ' ';
    out += separator.substr(7, 4);
    return out + "\n";
}

// Printable ASCII without the colon, then blanks, then the colon.
bool looks_like_header(std::string_view line) {
    size_t p = 0;
    while (p < line.size() && line[p] >= 33 && line[p] <= 126 && line[p] != ':')
        ++p;
    if (p == 0)
        return false;
    while (p < line.size() && (line[p] == ' ' || line[p] == '\t'))
        ++p;
    return p < line.size() && line[p] == ':';
}

}  // namespace

PristineMessage split_message(std::string_view bytes) {
    if (bytes.empty())
        bytes = "\n";
    PristineMessage message;
    std::string_view first = line_at(bytes, 0);
    if (is_mbox_separator(first)) {
        message.mbox_separator = first;
        bytes.remove_prefix(first.size());
    } else if (is_mbx_separator(first)) {
        bytes.remove_prefix(first.size());
        message.mbox_separator = mbox_from_mbx(first, bytes);
    }
    message.has_crlf = line_at(bytes, 0).ends_with("\r\n") || bytes.ends_with("\r\n");

    size_t p = 0;
    int errors = 0;
    std::string& headers = message.headers;
    while (p < bytes.size()) {
        std::string_view line = line_at(bytes, p);
        bool needs_cr = message.has_crlf && line.ends_with('\n') && !line.ends_with("\r\n");
        auto take = [&] {
            headers += line.substr(0, line.size() - (needs_cr ? 1 : 0));
            if (needs_cr)
                headers += "\r\n";
            p += line.size();
        };
        if (line[0] == ' ' || line[0] == '\t') {
            take();
            continue;
        }
        if (line == message.line_end() || (needs_cr && line == "\n")) {
            take();
            message.has_separator = true;
            break;
        }
        if (line.starts_with("--") ||
            (!looks_like_header(line) && ++errors > kForgivenHeaderErrors)) {
            if (needs_cr) {
                std::string body(line.substr(0, line.size() - 1));
                body += "\r\n";
                body += bytes.substr(p + line.size());
                message.repaired_body = std::make_shared<const std::string>(std::move(body));
            }
            break;
        }
        take();
    }
    message.body =
        message.repaired_body ? std::string_view(*message.repaired_body) : bytes.substr(p);
    return message;
}

std::vector<std::string> PristineMessage::header_values(std::string_view name) const {
    std::vector<std::string> values;
    std::string_view unfinished;
    bool has_unfinished = false;
    for (size_t p = 0; p < headers.size();) {
        std::string_view line = line_at(headers, p);
        size_t end = p + line.size();
        bool is_wanted = util::istarts_with(line, name);
        size_t q = p + name.size();
        if (is_wanted) {
            while (q < end && (headers[q] == ' ' || headers[q] == '\t'))
                ++q;
            is_wanted = q < end && headers[q] == ':';
        }
        if (is_wanted) {
            for (++q; q < end && (headers[q] == ' ' || headers[q] == '\t');)
                ++q;
            while (end < headers.size() && (headers[end] == ' ' || headers[end] == '\t'))
                end += line_at(headers, end).size();
            if (headers[end - 1] == '\n') {
                values.emplace_back(headers.substr(q, end - q));
            } else {
                unfinished = std::string_view(headers).substr(q, end - q);
                has_unfinished = true;
            }
        }
        p = end;
    }
    if (values.empty() && has_unfinished) {
        std::string value;
        for (size_t i = 0; i < unfinished.size(); ++i) {
            if (has_crlf && unfinished.substr(i).starts_with("\r\n"))
                continue;
            if (unfinished[i] != '\n') {
                value += unfinished[i];
                continue;
            }
            value += ' ';
            while (i + 1 < unfinished.size() &&
                   (unfinished[i + 1] == ' ' || unfinished[i + 1] == '\t'))
                ++i;
        }
        values.push_back(std::string(util::trim(value)) + "\n");
    }
    return values;
}

std::optional<std::string> PristineMessage::header(std::string_view name) const {
    auto values = header_values(name);
    if (values.empty())
        return std::nullopt;
    return std::move(values.back());
}

std::string with_line_ends(std::string_view text, std::string_view line_end) {
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    for (size_t p = 0; p < text.size();) {
        size_t newline = text.find('\n', p);
        if (newline == std::string_view::npos) {
            out += text.substr(p);
            break;
        }
        size_t end = newline > p && text[newline - 1] == '\r' ? newline - 1 : newline;
        out += text.substr(p, end - p);
        out += line_end;
        p = newline + 1;
    }
    return out;
}

}  // namespace scan
