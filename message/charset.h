// Bytes to text: decoding of declared charsets, and the guesses made where the declaration is
// missing or wrong, as SpamAssassin's Message/Node.pm makes them (with Encode::Detect,
// where charset_detector.h has the library).
//
// Text is UTF-8. What Perl knows as a string of characters is told from a string of bytes by
// `is_characters`, because SpamAssassin measures and cuts the former in characters, and sees
// Unicode white space there. Nothing fails; cost is linear.

#ifndef MESSAGE_CHARSET_H
#define MESSAGE_CHARSET_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace message {

struct Text {
    std::string bytes;
    bool is_characters = false;  // then `bytes` is well-formed UTF-8
};

// U+FFFE, U+FDD0 and the other noncharacters are refused, as Perl's strict UTF-8 does.
bool is_strict_utf8(std::string_view bytes);
bool is_all_ascii(std::string_view bytes);

enum class OnMalformed {
    Fail,     // nullopt
    Replace,  // U+FFFD
};

// UTF-8 of `bytes` in the charset with this label; nullopt when the label is unknown, or on
// malformed input if so wished.
std::optional<std::string> decode_charset(std::string_view bytes, std::string_view label,
                                          OnMalformed on_malformed);

// Body text (Node::_normalize): UTF-8 if it is UTF-8, else as declared, else as detected, else as
// Windows-1252.
Text normalize_text(std::string bytes, std::string_view declared);

// An encoded word: as declared with replacements, the guesses only for unknown labels.
std::string normalize_word(std::string_view bytes, std::string_view declared);

// Raw 8-bit header bytes: UTF-8 if they are, else as detected, else Windows-1252.
std::string normalize_header_bytes(std::string bytes);

// Counting in characters, for well-formed UTF-8. Byte offset of the n-th character, npos if
// there are fewer.
size_t count_characters(std::string_view utf8);
size_t character_offset(std::string_view utf8, size_t n);

// Bytes of the Unicode white space character at `at` (what Perl's \s matches in characters), or 0.
inline size_t wide_space_at(std::string_view s, size_t at) {
    auto byte = [&](size_t i) {
        return at + i < s.size() ? static_cast<unsigned char>(s[at + i]) : 0u;
    };
    switch (byte(0)) {
        case 0xc2:  // NEL, NBSP
            return byte(1) == 0x85 || byte(1) == 0xa0 ? 2 : 0;
        case 0xe1:  // U+1680
            return byte(1) == 0x9a && byte(2) == 0x80 ? 3 : 0;
        case 0xe2:
            if (byte(1) == 0x80)  // U+2000..200A, 2028, 2029, 202F
                return (byte(2) >= 0x80 && byte(2) <= 0x8a) || byte(2) == 0xa8 || byte(2) == 0xa9 ||
                               byte(2) == 0xaf
                           ? 3
                           : 0;
            return byte(1) == 0x81 && byte(2) == 0x9f ? 3 : 0;  // U+205F
        case 0xe3:                                              // U+3000
            return byte(1) == 0x80 && byte(2) == 0x80 ? 3 : 0;
        default:
            return 0;
    }
}

}  // namespace message

#endif  // MESSAGE_CHARSET_H
