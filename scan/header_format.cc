#include "scan/header_format.h"

#include "scan/wrap.h"
#include "util/strings.h"

namespace scan {

namespace {

constexpr size_t kFoldWidth = 79;

bool is_space(char c) {
    return util::is_space(static_cast<unsigned char>(c));
}

bool is_plain(unsigned char c) {
    return c == '\t' || (c >= 0x20 && c <= 0x7e);
}

bool needs_quoting(unsigned char c) {
    return c == '=' || c == '?' || c == '_' || c < 0x20 || c >= 0x7f;
}

// "a \n\n  b" -> "a\n\tb"
std::string refolded(std::string_view value) {
    std::string out;
    for (size_t p = 0; p < value.size();) {
        if (!is_space(value[p])) {
            out += value[p++];
            continue;
        }
        size_t end = p;
        bool has_newline = false;
        while (end < value.size() && is_space(value[end]))
            has_newline |= value[end++] == '\n';
        if (has_newline)
            out += "\n\t";
        else
            out += value.substr(p, end - p);
        p = end;
    }
    return out;
}

std::string without_blank_lines(std::string_view text) {
    std::string out;
    for (size_t p = 0; p < text.size();) {
        size_t newline = text.find('\n', p);
        size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
        auto line = text.substr(p, end - p);
        if (newline == std::string_view::npos || !util::trim(line).empty())
            out += line;
        p = end;
    }
    return out;
}

std::string encoded_word(std::string_view text) {
    size_t quoted = 0;
    for (unsigned char c : text)
        quoted += needs_quoting(c) ? 1 : 0;
    // Q unless base64 comes out shorter: 3 bytes for each quoted one against 4 for every 3.
    if (3 * (text.size() + 2 * quoted) > 4 * (text.size() + 2))
        return "=?UTF-8?B?" + base64_encode(text) + "?=";
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out = "=?UTF-8?Q?";
    for (unsigned char c : text) {
        if (c == ' ') {
            out += '_';
        } else if (needs_quoting(c)) {
            out += '=';
            out += kHex[c >> 4];
            out += kHex[c & 15];
        } else {
            out += static_cast<char>(c);
        }
    }
    return out + "?=";
}

std::string encode_line(std::string_view line) {
    std::string_view line_end;
    if (line.ends_with('\n'))
        line_end = line.substr(line.size() - (line.ends_with("\r\n") ? 2 : 1));
    std::string_view text = line.substr(0, line.size() - line_end.size());

    // The longest plain tail that starts at a blank or at the start of the line.
    size_t plain_from = text.size();
    while (plain_from > 0 && is_plain(static_cast<unsigned char>(text[plain_from - 1])))
        --plain_from;
    if (plain_from == 0)
        return std::string(line);
    size_t tail = text.find_first_of(" \t", plain_from);
    tail = std::min(tail, text.size());

    std::string_view rest = text.substr(0, tail);
    size_t plain_to = 0;
    while (plain_to < rest.size() && is_plain(static_cast<unsigned char>(rest[plain_to])))
        ++plain_to;
    size_t head = 0;
    if (plain_to == rest.size()) {
        head = plain_to;
    } else if (size_t blank = rest.substr(0, plain_to).find_last_of(" \t");
               blank != std::string_view::npos) {
        head = blank + 1;
    }
    std::string out(rest.substr(0, head));
    rest.remove_prefix(head);
    if (!rest.empty())
        out += encoded_word(rest);
    out += text.substr(tail);
    out += line_end;
    return out;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    static constexpr char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t word = 0;
        for (size_t k = 0; k < 3; ++k)
            word =
                word << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (size_t k = 0; k < 4; ++k)
            out += k <= bytes.size() - i ? kDigits[word >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

std::string fold_header_value(std::string_view name, std::string_view value, bool fold) {
    size_t end = value.size();
    while (end > 0 && value[end - 1] == '\n') {
        --end;
        if (end > 0 && value[end - 1] == '\r')
            --end;
    }
    value = value.substr(0, end);
    if (!fold)
        return util::replace_all(std::string(value), "\n", " ");
    if (value.find('\n') != std::string_view::npos)
        return refolded(value);
    // Two characters stand for ": " so that no line breaks there.
    std::string lead = "X-Spam-" + std::string(name) + "!!";
    std::string folded =
        wrap(lead + std::string(value),
             {.first = {}, .prefix = "\t", .width = kFoldWidth, .at = WrapAt::AfterSpaceOrComma});
    return without_blank_lines(folded).substr(lead.size());
}

std::string encode_header_value(std::string_view value) {
    std::string out;
    for (size_t p = 0; p < value.size();) {
        size_t newline = value.find('\n', p);
        size_t end = newline == std::string_view::npos ? value.size() : newline + 1;
        out += encode_line(value.substr(p, end - p));
        p = end;
    }
    return out;
}

}  // namespace scan
