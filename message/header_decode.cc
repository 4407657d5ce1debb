#include "message/header_decode.h"

#include <algorithm>
#include <vector>

#include "message/charset.h"
#include "message/transfer.h"
#include "util/strings.h"

namespace message {

namespace {

bool takes_no_encoded_words(std::string_view name) {
    static constexpr std::string_view names[] = {"received",          "message-id",  "date",
                                                 "resent-message-id", "resent-date", "mime-version",
                                                 "references",        "in-reply-to"};
    for (auto known : names)
        if (util::iequals(name, known))
            return true;
    return util::istarts_with(name, "list-");
}

// "=?charset?B?text?=" at the start of `s`.
struct EncodedWord {
    std::string_view charset, text;
    bool base64 = false;
    size_t size = 0;
};

bool read_word(std::string_view s, EncodedWord& word) {
    if (!s.starts_with("=?"))
        return false;
    size_t i = 2;
    while (i < s.size() && (util::is_word(s[i]) || s[i] == '*' || s[i] == '-'))
        ++i;
    if (i == 2 || i + 3 > s.size() || s[i] != '?')
        return false;
    char kind = util::to_lower(s[i + 1]);
    if ((kind != 'b' && kind != 'q') || s[i + 2] != '?')
        return false;
    size_t end = s.find('?', i + 3);
    if (end == std::string_view::npos || end + 1 >= s.size() || s[end + 1] != '=')
        return false;
    word = {s.substr(2, i - 2), s.substr(i + 3, end - i - 3), kind == 'b', end + 2};
    return true;
}

// White space between two encoded words is not text.
std::string join_words(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    EncodedWord word, following;
    for (size_t at = 0; at < value.size();) {
        if (value[at] != '=' || !read_word(value.substr(at), word)) {
            out += value[at++];
            continue;
        }
        size_t next = at + word.size;
        while (next < value.size() && util::is_space(value[next]))
            ++next;
        if (next > at + word.size && next < value.size() &&
            read_word(value.substr(next), following)) {
            out.append(value, at, word.size);
            at = next;
        } else {
            out += value[at++];
        }
    }
    return out;
}

std::string decode_words(std::string_view value) {
    // Adjacent words of one charset are joined before their bytes are read as characters, because
    // mailers cut characters in two.
    struct Section {
        std::string bytes, charset;
    };
    std::vector<Section> sections;
    auto add = [&](std::string_view bytes, std::string charset) {
        if (!sections.empty() && sections.back().charset == charset)
            sections.back().bytes += bytes;
        else
            sections.push_back({std::string(bytes), std::move(charset)});
    };
    for (size_t at = 0; at < value.size();) {
        EncodedWord word;
        if (value[at] == '=' && read_word(value.substr(at), word)) {
            if (word.base64)
                add(decode_base64(word.text), util::lower(word.charset));
            else
                add(decode_quoted_printable(util::replace_all(std::string(word.text), "_", "=20")),
                    util::lower(word.charset));
            at += word.size;
            continue;
        }
        size_t end = value[at] == '=' ? at + 1 : std::min(value.find('=', at), value.size());
        add(value.substr(at, end - at), "");
        at = end;
    }
    std::string out;
    for (auto& section : sections) {
        size_t star = section.charset.find('*');  // RFC 2231 language
        std::string charset = section.charset.substr(0, star);
        out += charset.empty() ? section.bytes : normalize_word(section.bytes, charset);
    }
    return out;
}

}  // namespace

std::string decode_header_text(std::string value, std::string_view name) {
    if (value.find('\n') != std::string::npos) {
        // A tab behind a line end becomes a blank, line ends go.
        size_t to = 0;
        for (size_t i = 0; i < value.size(); ++i) {
            bool crlf = value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n';
            if (!crlf && value[i] != '\n') {
                value[to++] = value[i];
                continue;
            }
            i += crlf;
            if (i + 1 < value.size() && value[i + 1] == '\t')
                value[i + 1] = ' ';
        }
        value.resize(to);
    }
    if (!is_all_ascii(value))
        value = normalize_header_bytes(std::move(value));
    if (value.find("=?") == std::string::npos || takes_no_encoded_words(name))
        return value;
    return decode_words(join_words(value));
}

std::string decode_header(std::string_view raw, std::string_view name) {
    // A fold becomes one blank first, then the ends are trimmed.
    if (raw.find('\n') >= raw.size() - 1)
        return decode_header_text(std::string(util::trim(raw)), name);
    std::string value;
    value.reserve(raw.size());
    auto is_blank = [&](size_t i) { return i < raw.size() && (raw[i] == ' ' || raw[i] == '\t'); };
    raw = util::trim(raw);
    for (size_t at = 0; at < raw.size();) {
        size_t end = std::min(raw.find('\n', at), raw.size());
        value.append(raw.substr(at, end - at));
        at = end + 1;
        if (is_blank(at))
            value += ' ';
        else if (end < raw.size())
            value += '\n';
        while (is_blank(at))
            ++at;
    }
    return decode_header_text(std::move(value), name);
}

}  // namespace message
