#include "message/charset.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "message/charset_decoder.h"
#include "message/charset_detector.h"
#include "message/charset_name.h"
#include "message/charset_table.h"
#include "util/strings.h"

namespace message {
namespace {

using util::iequals;
using util::is_alpha;
using util::is_digit;
using util::istarts_with;

// A cursor over a label, for the few spellings that decide whether anything is decoded at all.
struct Label {
    std::string_view rest;
    bool take(std::string_view word) {
        if (!istarts_with(rest, word))
            return false;
        rest.remove_prefix(word.size());
        return true;
    }
    bool take_any(std::string_view chars) {
        if (rest.empty() || chars.find(rest[0]) == std::string_view::npos)
            return false;
        rest.remove_prefix(1);
        return true;
    }
    size_t take_digits(size_t max) {
        size_t n = 0;
        while (n < max && n < rest.size() && is_digit(static_cast<unsigned char>(rest[n])))
            ++n;
        rest.remove_prefix(n);
        return n;
    }
    bool done() const { return rest.empty(); }
};

bool is_plain_ascii_label(std::string_view s) {
    return iequals(s, "us-ascii") || iequals(s, "ascii");
}

bool is_ascii_label(std::string_view s) {
    if (is_plain_ascii_label(s) || iequals(s, "iso646-us"))
        return true;
    Label l{s};
    if (!l.take("ansi"))
        return false;
    l.take_any("_ ");
    return iequals(l.rest, "x3.4-1986") || iequals(l.rest, "x3.4-1968");
}

bool is_gb18030_label(std::string_view s) {
    Label l{s};
    if (!l.take("gb"))
        return false;
    l.take_any(" -");
    if (!l.take("18030"))
        return false;
    if (l.done())
        return true;
    return l.take("-20") && l.take_digits(2) == 2 && l.done();
}

bool is_utf8_label(std::string_view s) {
    return iequals(s, "utf-8") || iequals(s, "utf8");
}

// Charsets of which the lower half is ASCII, in the spellings that Node.pm lists.
bool is_ascii_superset_label(std::string_view s) {
    if (is_utf8_label(s) || iequals(s, "big5") || iequals(s, "gbk") || is_gb18030_label(s))
        return true;
    Label l{s};
    if (l.take("iso")) {
        l.take_any(" -");
        if (!l.take("8859"))
            return false;
        if (l.done())
            return true;
        return l.take_any("-") && l.take_digits(2) >= 1 && l.done();
    }
    if (l.take("windows-"))
        return l.take_digits(4) == 4 && l.done();
    if (l.take("koi8-") || l.take("euc-")) {
        if (l.rest.empty() || l.rest.size() > 2)
            return false;
        return std::all_of(l.rest.begin(), l.rest.end(),
                           [](char c) { return is_alpha(static_cast<unsigned char>(c)); });
    }
    return false;
}

bool is_utf16_label(std::string_view s) {
    Label l{s};
    if (!l.take("utf"))
        return false;
    l.take_any(" -");
    return l.take("16");
}

bool is_windows1252_label(std::string_view s) {
    return iequals(s, "iso-8859-1") || iequals(s, "iso8859-1") || iequals(s, "windows-1252") ||
           iequals(s, "cp1252");
}

// UTF-16 without a byte order mark, its endianness told by its blanks and by where the zeros are;
// Unknown with a mark, or when undecided.
Encoding detect_utf16(std::string_view s) {
    if (s.substr(0, 2) == "\xff\xfe" || s.substr(0, 2) == "\xfe\xff")
        return Encoding::Unknown;
    uint64_t even = 0, odd = 0;
    size_t little = 0, big = 0;
    for (size_t i = 0; i < s.size(); i += 2) {
        unsigned a = static_cast<unsigned char>(s[i]);
        unsigned b = i + 1 < s.size() ? static_cast<unsigned char>(s[i + 1]) : 0;
        even += (a >> 4) + (a & 15);
        odd += (b >> 4) + (b & 15);
        little += a == 0x20 && b == 0;
        big += a == 0 && b == 0x20;
    }
    little += even > odd * 4;
    big += odd * 4 > even;
    return little > big ? Encoding::Utf16Le : big > little ? Encoding::Utf16Be : Encoding::Unknown;
}

// Text that is mostly ASCII, with punctuation and letters that Western mail has.
bool looks_windows1252(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) {
        auto b = static_cast<unsigned char>(c);
        if (b < 0x80)
            return true;
        if (b >= 0xc0)
            return b != 0xd7 && b != 0xdf && b != 0xf7 && b != 0xff;
        return b == 0xa0 || b == 0xa9 || b == 0xad || b == 0x82 || b == 0x84 || b == 0x85 ||
               (b >= 0x91 && b <= 0x97) || b == 0x99;
    });
}

const Charset& charset_of(std::string_view label) {
    const Charset& charset = find_charset(label);
    if (charset.encoding == Encoding::Unknown && is_gb18030_label(label))
        return find_charset("gbk");  // a subset of it
    return charset;
}

// What is left when the declaration did not help.
Text guess(std::string bytes, std::string_view declared, bool is_ascii) {
    if (is_ascii)
        return {std::move(bytes), false};
    if (!looks_windows1252(bytes)) {
        std::string label = detect_charset(bytes);
        if (!label.empty() && !iequals(label, declared)) {
            const Charset& charset = charset_of(label);
            if (charset.encoding != Encoding::Unknown)
                if (auto decoded = decode_as(bytes, charset, OnMalformed::Fail))
                    return {std::move(*decoded), true};
        }
    }
    return {*decode_as(bytes, {Encoding::Windows1252, "", ""}, OnMalformed::Replace), true};
}

std::optional<std::string> decode_declared(std::string_view bytes, std::string_view declared,
                                           bool tried_utf8, OnMalformed on_malformed) {
    if (is_utf16_label(declared)) {
        Encoding encoding = detect_utf16(bytes);
        if (encoding == Encoding::Unknown)
            return std::nullopt;
        return decode_as(bytes, {encoding, "", ""}, OnMalformed::Fail);
    }
    if (is_windows1252_label(declared))
        return decode_as(bytes, {Encoding::Windows1252, "", ""}, on_malformed);
    if (is_utf8_label(declared)) {
        if (tried_utf8)
            return std::nullopt;
        return decode_as(bytes, {Encoding::Utf8, "", ""}, on_malformed);
    }
    const Charset& charset = charset_of(declared);
    if (charset.encoding == Encoding::Unknown)
        return std::nullopt;
    return decode_as(bytes, charset, on_malformed);
}

}  // namespace

bool is_all_ascii(std::string_view s) {
    const char* p = s.data();
    size_t n = s.size();
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t word;
        std::memcpy(&word, p, 8);
        if (word & 0x8080808080808080ULL)
            return false;
    }
    for (; n > 0; --n, ++p)
        if (*p & 0x80)
            return false;
    return true;
}

bool is_strict_utf8(std::string_view s) {
    size_t i = 0;
    while (i < s.size()) {
        if (static_cast<unsigned char>(s[i]) < 0x80) {
            ++i;
            continue;
        }
        size_t n = strict_utf8_sequence(s, i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

std::optional<std::string> decode_charset(std::string_view bytes, std::string_view label,
                                          OnMalformed on_malformed) {
    const Charset& charset = find_charset(label);
    if (charset.encoding == Encoding::Unknown)
        return std::nullopt;
    return decode_as(bytes, charset, on_malformed);
}

Text normalize_text(std::string bytes, std::string_view declared) {
    bool ascii = is_all_ascii(bytes);
    if (ascii && (is_ascii_label(declared) || is_ascii_superset_label(declared)))
        return {std::move(bytes), false};
    if (!ascii && is_strict_utf8(bytes))
        return {std::move(bytes), true};
    if (!is_plain_ascii_label(declared))
        if (auto decoded = decode_declared(bytes, declared, !ascii, OnMalformed::Fail))
            return {std::move(*decoded), true};
    return guess(std::move(bytes), declared, ascii);
}

std::string normalize_word(std::string_view bytes, std::string_view declared) {
    bool ascii = is_all_ascii(bytes);
    if (ascii && (is_ascii_label(declared) || is_ascii_superset_label(declared)))
        return std::string(bytes);
    // SpamAssassin finds out that a word is good UTF-16, and then keeps its octets.
    if (is_utf16_label(declared) && decode_declared(bytes, declared, false, OnMalformed::Fail))
        return std::string(bytes);
    if (auto decoded = decode_declared(bytes, declared, false, OnMalformed::Replace))
        return std::move(*decoded);
    return guess(std::string(bytes), declared, ascii).bytes;
}

std::string normalize_header_bytes(std::string bytes) {
    if (is_strict_utf8(bytes))
        return bytes;
    return guess(std::move(bytes), "utf-8", false).bytes;
}

size_t count_characters(std::string_view utf8) {
    return static_cast<size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

size_t character_offset(std::string_view utf8, size_t n) {
    for (size_t i = 0; i < utf8.size(); ++i)
        if ((utf8[i] & 0xc0) != 0x80 && n-- == 0)
            return i;
    return std::string_view::npos;
}

}  // namespace message
