#include "message/charset_decoder.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "message/charset_table.h"
#include "message/transfer.h"
#include "message/uri_unicode.h"
#include "util/strings.h"

namespace message {
namespace {

using Result = std::optional<std::string>;
constexpr char32_t kReplacement = 0xfffd;
constexpr char32_t kInvalid = CharsetTable::kInvalid;
constexpr char32_t kLead = CharsetTable::kLead;

unsigned byte_at(std::string_view s, size_t i) {
    return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u;
}

void put(std::string& out, char32_t c) {
    if (c < 0x80)
        out += static_cast<char>(c);
    else
        util::encode_utf8(out, c);
}

Result decode_utf8(std::string_view s, bool strict) {
    std::string out;
    out.reserve(s.size());
    for (size_t i = 0; i < s.size();) {
        unsigned c = byte_at(s, i);
        if (c < 0x80) {
            out += s[i++];
            continue;
        }
        if (size_t n = strict_utf8_sequence(s, i)) {
            out.append(s, i, n);
            i += n;
            continue;
        }
        if (strict)
            return std::nullopt;
        // One replacement for a lead and as many of its continuations as there are.
        put(out, kReplacement);
        size_t length = c < 0xc0   ? 1
                        : c < 0xe0 ? 2
                        : c < 0xf0 ? 3
                        : c < 0xf8 ? 4
                        : c < 0xfc ? 5
                        : c < 0xfe ? 6
                                   : 1;
        size_t end = i + length;
        for (++i; i < end && (byte_at(s, i) & 0xc0) == 0x80; ++i) {
        }
    }
    return out;
}

Result decode_one_byte(std::string_view s, const std::array<char32_t, 256>& table, bool strict) {
    std::string out;
    out.reserve(s.size() + s.size() / 2);
    for (unsigned char byte : s) {
        char32_t c = table[byte];
        if (c >= kLead) {
            if (strict)
                return std::nullopt;
            c = kReplacement;
        }
        put(out, c);
    }
    return out;
}

// How bytes that do not decode are shown.
enum class Malformed { Fail, Replace, Quote };

// An incomplete character at the very end is dropped without complaint.
Result decode_table(std::string_view s, const CharsetTable& table, Malformed malformed) {
    std::string out;
    out.reserve(s.size() + s.size() / 2);
    for (size_t i = 0; i < s.size();) {
        unsigned lead = byte_at(s, i);
        char32_t c = table.one[lead];
        size_t used = 1;
        if (c == kLead) {
            if (i + 1 == s.size())
                break;
            unsigned trail = byte_at(s, i + 1);
            c = kInvalid;
            if (lead == 0x8f && !table.three.empty()) {
                if (trail >= 0xa1 && trail <= 0xfe) {
                    if (i + 2 == s.size())
                        break;
                    unsigned last = byte_at(s, i + 2);
                    used = 3;
                    if (last >= 0xa1 && last <= 0xfe)
                        c = table.three[(trail - 0xa1) * 94 + last - 0xa1];
                }
            } else {
                used = 2;
                c = table.two[(lead - 0x80) * 256 + trail];
            }
        }
        if (c != kInvalid) {
            put(out, c);
            i += used;
            continue;
        }
        if (malformed == Malformed::Fail)
            return std::nullopt;
        if (malformed == Malformed::Replace) {
            put(out, kReplacement);
        } else {
            char quoted[8];
            std::snprintf(quoted, sizeof quoted, "\\x%02X", lead);
            out += quoted;
        }
        ++i;
    }
    return out;
}

Result decode_utf16(std::string_view s, bool big, bool surrogates, bool strict) {
    std::string out;
    out.reserve(s.size());
    auto unit = [&](size_t i) -> char32_t {
        return big ? byte_at(s, i) << 8 | byte_at(s, i + 1)
                   : byte_at(s, i + 1) << 8 | byte_at(s, i);
    };
    size_t i = 0;
    while (i + 2 <= s.size()) {
        char32_t c = unit(i);
        i += 2;
        if (c >= 0xd800 && c <= 0xdfff) {
            bool paired = surrogates && c < 0xdc00 && i + 2 <= s.size() && unit(i) >= 0xdc00 &&
                          unit(i) <= 0xdfff;
            if (!paired && strict)
                return std::nullopt;
            if (paired) {
                c = 0x10000 + ((c - 0xd800) << 10) + (unit(i) - 0xdc00);
                i += 2;
            } else {
                c = kReplacement;
            }
        }
        put(out, c);
    }
    if (i < s.size() && strict)
        return std::nullopt;
    return out;
}

Result decode_utf32(std::string_view s, bool big, bool strict) {
    std::string out;
    size_t i = 0;
    for (; i + 4 <= s.size(); i += 4) {
        char32_t c = 0;
        for (size_t k = 0; k < 4; ++k)
            c = c << 8 | byte_at(s, big ? i + k : i + 3 - k);
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
            if (strict)
                return std::nullopt;
            c = kReplacement;
        }
        put(out, c);
    }
    if (i < s.size() && strict)
        return std::nullopt;
    return out;
}

bool is_base64_digit(unsigned char c) {
    return util::is_alnum(c) || c == '+' || c == '/';
}

std::string decode_utf7(std::string_view s) {
    std::string out;
    for (size_t i = 0; i < s.size();) {
        unsigned c = byte_at(s, i++);
        if (c != '+') {
            put(out, c);
            continue;
        }
        if (byte_at(s, i) == '-') {
            out += '+';
            ++i;
            continue;
        }
        size_t end = i;
        while (end < s.size() && is_base64_digit(static_cast<unsigned char>(s[end])))
            ++end;
        if (end == i) {
            out += '+';
            continue;
        }
        out += *decode_utf16(decode_base64(s.substr(i, end - i)), true, true, false);
        i = end + (byte_at(s, end) == '-' ? 1 : 0);
    }
    return out;
}

// ISO-2022-JP to EUC-JP, then on. Text ends at the first 8-bit byte or unknown escape.
std::string decode_iso2022jp(std::string_view s) {
    auto high = std::find_if(s.begin(), s.end(), [](char c) { return (c & 0x80) != 0; });
    s = s.substr(0, static_cast<size_t>(high - s.begin()));
    std::string euc;
    euc.reserve(s.size());
    enum { Ascii, Kanji, Kana, Supplement } mode = Ascii;
    auto starts = [&](size_t i, std::string_view what) { return s.substr(i, what.size()) == what; };
    for (size_t i = 0; i < s.size();) {
        if (s[i] == '\x1b') {
            if (starts(i, "\x1b&@\x1b$B")) {
                mode = Kanji;
                i += 6;
            } else if (starts(i, "\x1b$B") || starts(i, "\x1b$@")) {
                mode = Kanji;
                i += 3;
            } else if (starts(i, "\x1b(B") || starts(i, "\x1b(J")) {
                mode = Ascii;
                i += 3;
            } else if (starts(i, "\x1b(I")) {
                mode = Kana;
                i += 3;
            } else if (starts(i, "\x1b$(D")) {
                mode = Supplement;
                i += 4;
            } else {
                break;
            }
            continue;
        }
        auto raised = [&](size_t at) {
            return s[at] >= 0x21 && s[at] <= 0x7e ? static_cast<char>(s[at] | 0x80) : s[at];
        };
        if (mode == Ascii) {
            euc += s[i++];
        } else if (mode == Kana) {
            char c = raised(i++);
            if (static_cast<unsigned char>(c) >= 0xa1 && static_cast<unsigned char>(c) <= 0xdf)
                euc += '\x8e';
            euc += c;
        } else if (mode == Supplement && (raised(i) & 0x80) && i + 1 < s.size() &&
                   (raised(i + 1) & 0x80)) {
            euc += '\x8f';
            euc += raised(i);
            euc += raised(i + 1);
            i += 2;
        } else {
            euc += raised(i++);
        }
    }
    return *decode_table(euc, charset_table("EUC-JP"), Malformed::Quote);
}

std::string decode_iso2022kr(std::string_view s) {
    std::string text(s);
    if (size_t at = text.find("\x1b$)C"); at != std::string::npos)
        text.erase(at, 4);
    for (size_t from = 0; (from = text.find('\x0e', from)) != std::string::npos;) {
        size_t end = text.find('\x0f', from + 1);
        if (end == std::string::npos)
            break;
        for (size_t i = from + 1; i < end; ++i)
            if (text[i] >= 0x21 && text[i] <= 0x7e)
                text[i] = static_cast<char>(text[i] | 0x80);
        from = end + 1;
    }
    // The shifts go where they come in pairs.
    std::string euc;
    euc.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x0e') {
            size_t end = text.find('\x0f', i + 1);
            if (end == std::string::npos) {
                euc.append(text, i);
                break;
            }
            euc.append(text, i + 1, end - i - 1);
            i = end;
        } else {
            euc += text[i];
        }
    }
    if (size_t at = euc.find('\x1b'); at != std::string::npos)
        euc.resize(at);
    return *decode_table(euc, charset_table("EUC-KR"), Malformed::Quote);
}

// HZ; text ends at the first thing that is not HZ.
Result decode_hz(std::string_view s, bool strict) {
    std::string out;
    bool ascii = true;
    for (size_t i = 0; i < s.size();) {
        unsigned a = byte_at(s, i), b = byte_at(s, i + 1);
        bool more = i + 1 < s.size();
        if (ascii) {
            if (a != '~' && a < 0x80) {
                out += s[i++];
                continue;
            }
            if (a != '~' || !more || (b != '~' && b != '\n' && b != '{'))
                break;
            if (b == '~')
                out += '~';
            ascii = b != '{';
            i += 2;
            continue;
        }
        if (a == '~' && more && b == '}') {
            ascii = true;
            i += 2;
            continue;
        }
        if (a < 0x21 || a > 0x77 || !more || b < 0x21 || b > 0x7e)
            break;
        const char pair[2] = {static_cast<char>(a | 0x80), static_cast<char>(b | 0x80)};
        Result c = decode_table({pair, 2}, charset_table("EUC-CN"), Malformed::Fail);
        if (!c && strict)
            return std::nullopt;
        out += c ? *c : std::string("\xef\xbf\xbd");
        i += 2;
    }
    return out;
}

}  // namespace

size_t strict_utf8_sequence(std::string_view s, size_t at) {
    unsigned a = byte_at(s, at), b = byte_at(s, at + 1), c = byte_at(s, at + 2),
             d = byte_at(s, at + 3);
    auto tail = [](unsigned x) { return (x & 0xc0) == 0x80; };
    if (a >= 0xc2 && a <= 0xdf)
        return tail(b) ? 2 : 0;
    if (a >= 0xe0 && a <= 0xef) {
        if (!tail(b) || !tail(c) || (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f))
            return 0;
        char32_t code = (a & 0xf) << 12 | (b & 0x3f) << 6 | (c & 0x3f);
        return code >= 0xfffe || (code >= 0xfdd0 && code <= 0xfdef) ? 0 : 3;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        if (!tail(b) || !tail(c) || !tail(d) || (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f))
            return 0;
        char32_t code = (a & 7) << 18 | (b & 0x3f) << 12 | (c & 0x3f) << 6 | (d & 0x3f);
        return (code & 0xfffe) == 0xfffe ? 0 : 4;
    }
    return 0;
}

std::optional<std::string> decode_as(std::string_view s, const Charset& charset,
                                     OnMalformed on_malformed) {
    bool strict = on_malformed == OnMalformed::Fail;
    switch (charset.encoding) {
        case Encoding::Unknown:
            return std::nullopt;
        case Encoding::Ascii: {
            static const std::array<char32_t, 256> ascii = [] {
                std::array<char32_t, 256> t{};
                for (unsigned i = 0; i < 256; ++i)
                    t[i] = i < 0x80 ? i : kInvalid;
                return t;
            }();
            return decode_one_byte(s, ascii, strict);
        }
        case Encoding::Latin1:
            return latin1_to_utf8(s);
        case Encoding::Windows1252:
            return decode_one_byte(s, windows1252_table(), strict);
        case Encoding::Utf8:
            return decode_utf8(s, strict);
        case Encoding::Utf7:
            return decode_utf7(s);
        case Encoding::Utf16Be:
            return decode_utf16(s, true, true, strict);
        case Encoding::Utf16Le:
            return decode_utf16(s, false, true, strict);
        case Encoding::Ucs2Be:
            return decode_utf16(s, true, false, strict);
        case Encoding::Ucs2Le:
            return decode_utf16(s, false, false, strict);
        case Encoding::Utf32:
            if (s.substr(0, 4) == std::string_view("\xff\xfe\0\0", 4))
                return decode_utf32(s.substr(4), false, strict);
            if (s.substr(0, 4) == std::string_view("\0\0\xfe\xff", 4))
                s.remove_prefix(4);
            return decode_utf32(s, true, strict);
        case Encoding::Utf32Be:
            return decode_utf32(s, true, strict);
        case Encoding::Utf32Le:
            return decode_utf32(s, false, strict);
        case Encoding::Table: {
            const CharsetTable& table = charset_table(charset.iconv);
            if (table.two.empty())
                return decode_one_byte(s, table.one, strict);
            return decode_table(s, table, strict ? Malformed::Fail : Malformed::Replace);
        }
        case Encoding::Iso2022Jp:
            return decode_iso2022jp(s);
        case Encoding::Iso2022Kr:
            return decode_iso2022kr(s);
        case Encoding::Hz:
            return decode_hz(s, strict);
    }
    return std::nullopt;
}

}  // namespace message
