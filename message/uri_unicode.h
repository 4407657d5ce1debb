// The little that one must know of Unicode because Perl's \s, \d, \w, \b and lc do on character
// strings. Tables are those of Unicode 14, stable for all older letters.

#ifndef MESSAGE_URI_UNICODE_H
#define MESSAGE_URI_UNICODE_H

#include <string>
#include <string_view>

#include "util/strings.h"

namespace message {

// One code point of UTF-8 and its length in bytes. Malformed input yields single bytes.
struct CodePoint {
    char32_t value = 0;
    size_t size = 0;  // 0 only at the end of the text
};
// The functions called wide are what is left to do when it is not ASCII, which nearly all is.
CodePoint wide_code_point_at(std::string_view utf8, size_t pos);
inline CodePoint code_point_at(std::string_view utf8, size_t pos) {
    if (pos < utf8.size() && static_cast<unsigned char>(utf8[pos]) < 0x80)
        return {static_cast<unsigned char>(utf8[pos]), 1};
    return wide_code_point_at(utf8, pos);
}
// The one that ends right before `pos`.
CodePoint code_point_before(std::string_view utf8, size_t pos);

bool is_ascii(std::string_view s);
bool is_wide_space(char32_t c);
inline bool is_unicode_space(char32_t c) {
    return c < 0x80 ? util::is_space(static_cast<unsigned char>(c)) : is_wide_space(c);
}
bool is_wide_word_character(char32_t c);
inline bool is_word_character(char32_t c) {
    return c < 0x80 ? util::is_word(static_cast<unsigned char>(c)) : is_wide_word_character(c);
}
// 0..9, or -1.
int unicode_digit_value(char32_t c);
std::string unicode_lower(std::string_view utf8);

// Octets read as ISO-8859-1.
std::string latin1_to_utf8(std::string_view octets);

}  // namespace message

#endif  // MESSAGE_URI_UNICODE_H
