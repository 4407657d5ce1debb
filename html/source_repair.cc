#include "html/source_repair.h"

#include "html/char_string.h"

namespace html {

namespace {

constexpr std::string_view kNbsp = "&nbsp;";

// "<", letters, blanks (or what becomes one), "/>": position of the end of the letters and, in
// `end`, of the whole; 0 if there is no such tag.
size_t match_empty_tag(CharView source, size_t at, size_t& end) {
    size_t s = ++at;
    const std::string_view bytes = source.bytes;
    while (s < bytes.size()) {
        Character c = first_character(source.substr(s, 4));
        if (!is_word(c.code, source.utf8))
            break;
        s += c.size;
    }
    if (s == at)
        return 0;
    size_t name_end = s;
    while (s < bytes.size()) {
        if (bytes[s] == '&' && bytes.substr(s, kNbsp.size()) == kNbsp) {
            s += kNbsp.size();
            continue;
        }
        Character c = first_character(source.substr(s, 4));
        if (!is_space(c.code, source.utf8))
            break;
        s += c.size;
    }
    if (bytes.substr(s, 2) != "/>")
        return 0;
    end = s + 2;
    return name_end;
}

}  // namespace

std::string_view repair_source(std::string_view source, bool utf8, std::string& buffer) {
    buffer.clear();
    size_t kept = 0;  // copied so far
    auto replace = [&](size_t begin, size_t end, std::string_view by) {
        if (kept == 0)
            buffer.reserve(source.size());
        buffer.append(source.substr(kept, begin - kept));
        buffer.append(by);
        kept = end;
    };
    for (size_t s = 0; s < source.size();) {
        char c = source[s];
        if (c == '<') {
            size_t end = 0;
            if (size_t name_end = match_empty_tag({source, utf8}, s, end)) {
                replace(name_end, end, ">");
                s = end;
                continue;
            }
        } else if (c == '&') {
            if (source.substr(s, kNbsp.size()) == kNbsp) {
                replace(s, s + kNbsp.size(), " ");
                s += kNbsp.size();
                continue;
            }
        } else if (c == '\xE2') {
            std::string_view quote = source.substr(s, 3);
            if (quote == "\xE2\x80\x9C" || quote == "\xE2\x80\x9D") {
                replace(s, s + 3, "\"");
                s += 3;
                continue;
            }
        }
        ++s;
    }
    if (kept == 0)
        return source;
    buffer.append(source.substr(kept));
    return buffer;
}

}  // namespace html
