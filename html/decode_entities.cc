#include "html/entities.h"
#include "util/strings.h"

namespace html {

namespace {

// "#65" or "#x41" at the start of `s` (behind the '&'); bytes taken, 0 if it stands for nothing.
size_t numeric_reference(std::string_view s, char32_t& code) {
    size_t i = 1;
    bool hex = i < s.size() && (s[i] == 'x' || s[i] == 'X');
    i += hex;
    size_t start = i;
    char32_t value = 0;
    while (i < s.size() && (hex ? util::is_xdigit(s[i]) : util::is_digit(s[i]))) {
        value = value * (hex ? 16 : 10) + static_cast<char32_t>(util::hex_value(s[i]));
        if (value > 0x10FFFF)
            return 0;
        ++i;
    }
    if (i == start || value == 0 || value == 0xFFFE || value == 0xFFFF)
        return 0;
    code = value;
    return i;
}

}  // namespace

std::string decode_entities(std::string_view text, bool by_prefix) {
    std::string out;
    out.reserve(text.size());
    char32_t high_surrogate = 0;
    for (size_t i = 0; i < text.size();) {
        if (text[i] != '&') {
            size_t end = std::min(text.find('&', i), text.size());
            out.append(text.substr(i, end - i));
            i = end;
            high_surrogate = 0;
            continue;
        }
        std::string_view rest = text.substr(i + 1);
        char32_t code = 0;
        size_t taken = 0;
        if (rest.starts_with('#')) {
            taken = numeric_reference(rest, code);
        } else {
            size_t n = 0;
            while (n < rest.size() && util::is_word(rest[n]))
                ++n;
            if (n > 0)
                code = entity_code(rest.substr(0, n), n < rest.size() && rest[n] == ';');
            // No name is longer than nine letters.
            for (size_t shorter = std::min<size_t>(n, 10); code == 0 && by_prefix && shorter > 1;) {
                --shorter;
                code = entity_code(rest.substr(0, shorter), false);
                n = shorter;
            }
            taken = code != 0 ? n : 0;
        }
        if (taken == 0) {
            out += '&';
            ++i;
            high_surrogate = 0;
            continue;
        }
        if (taken < rest.size() && rest[taken] == ';')
            ++taken;
        i += 1 + taken;
        if (code >= 0xD800 && code < 0xDC00) {
            high_surrogate = code;  // half a character: the other half may follow
            util::encode_utf8(out, 0xFFFD);
            continue;
        }
        if (code >= 0xDC00 && code < 0xE000 && high_surrogate != 0) {
            out.resize(out.size() - 3);
            code = 0x10000 + ((high_surrogate - 0xD800) << 10) + (code - 0xDC00);
        }
        util::encode_utf8(out, code);
        high_surrogate = 0;
    }
    return out;
}

}  // namespace html
