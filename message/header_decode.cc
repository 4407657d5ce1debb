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

std::string decode_words(std::string_view value) {
    // Adjacent words of one charset are joined before their bytes are read as characters, because
    // mailers cut characters in two.
    struct Section {
        std::string bytes, charset;
    };
    std::vector<Section> sections;
    auto add = [&](std::string bytes, std::string charset) {
        if (!sections.empty() && sections.back().charset == charset)
            sections.back().bytes += bytes;
        else
            sections.push_back({std::move(bytes), std::move(charset)});
    };
    for (size_t at = 0; at < value.size();) {
        EncodedWord word;
        if (value[at] == '=' && read_word(value.substr(at), word)) {
            std::string bytes;
            if (word.base64) {
                bytes = decode_base64(word.text);
            } else {
                std::string text = util::replace_all(std::string(word.text), "_", "=20");
                bytes = decode_quoted_printable(text);
            }
            add(std::move(bytes), util::lower(word.charset));
            at += word.size;
            // White space between two words is not text.
            size_t next = at;
            while (next < value.size() && util::is_space(value[next]))
                ++next;
            EncodedWord following;
            if (next > at && next < value.size() && value[next] == '=' &&
                read_word(value.substr(next), following))
                at = next;
            continue;
        }
        size_t end = value[at] == '=' ? at + 1 : std::min(value.find('=', at), value.size());
        add(std::string(value.substr(at, end - at)), "");
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
    std::erase(value, '\n');
    if (!is_all_ascii(value))
        value = normalize_header_bytes(std::move(value));
    if (value.find("=?") == std::string::npos || takes_no_encoded_words(name))
        return value;
    return decode_words(value);
}

std::string decode_header(std::string_view raw, std::string_view name) {
    // s/\n[ \t]+/ /, trim, and CR LF gone
    std::string value;
    value.reserve(raw.size());
    for (size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '\n' && i + 1 < raw.size() && (raw[i + 1] == ' ' || raw[i + 1] == '\t')) {
            value += ' ';
            while (i + 1 < raw.size() && (raw[i + 1] == ' ' || raw[i + 1] == '\t'))
                ++i;
        } else {
            value += raw[i];
        }
    }
    std::string trimmed(util::trim(value));
    std::string joined;
    joined.reserve(trimmed.size());
    for (size_t i = 0; i < trimmed.size(); ++i) {
        if (trimmed[i] == '\n')
            continue;
        if (trimmed[i] == '\r' && i + 1 < trimmed.size() && trimmed[i + 1] == '\n')
            continue;
        joined += trimmed[i];
    }
    return decode_header_text(std::move(joined), name);
}

}  // namespace message
