// The little that one must know of Unicode because Perl's \s, \d, \w, \b and lc do on character
// strings. Tables are those of Unicode 14, stable for all older letters.

#ifndef MESSAGE_URI_UNICODE_H
#define MESSAGE_URI_UNICODE_H

#include <string>
#include <string_view>

namespace message {

// One code point of UTF-8 and its length in bytes. Malformed input yields single bytes.
struct CodePoint {
    char32_t value = 0;
    size_t size = 0;  // 0 only at the end of the text
};
CodePoint code_point_at(std::string_view utf8, size_t pos);
// The one that ends right before `pos`.
CodePoint code_point_before(std::string_view utf8, size_t pos);

bool is_ascii(std::string_view s);
bool is_unicode_space(char32_t c);
bool is_word_character(char32_t c);
// 0..9, or -1.
int unicode_digit_value(char32_t c);
std::string unicode_lower(std::string_view utf8);

// Octets read as ISO-8859-1.
std::string latin1_to_utf8(std::string_view octets);

}  // namespace message

#endif  // MESSAGE_URI_UNICODE_H
