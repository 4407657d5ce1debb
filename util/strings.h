// Byte strings, ASCII rules only: nothing here looks at the locale.

#ifndef UTIL_STRINGS_H
#define UTIL_STRINGS_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace util {

inline constexpr bool is_space(unsigned char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
inline constexpr bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}
inline constexpr bool is_upper(unsigned char c) {
    return c >= 'A' && c <= 'Z';
}
inline constexpr bool is_alpha(unsigned char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
inline constexpr bool is_alnum(unsigned char c) {
    return is_digit(c) || is_alpha(c);
}
inline constexpr bool is_word(unsigned char c) {
    return is_alnum(c) || c == '_';
}
inline constexpr bool is_xdigit(unsigned char c) {
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}
inline constexpr char to_lower(char c) {
    return is_upper(static_cast<unsigned char>(c)) ? static_cast<char>(c + 32) : c;
}
inline constexpr char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
// 0..15, or -1.
inline constexpr int hex_value(unsigned char c) {
    return is_digit(c)                              ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

std::string lower(std::string_view s);
std::string upper(std::string_view s);
void lower_in_place(std::string& s);
std::string_view trim(std::string_view s);
std::string_view trim_left(std::string_view s);
std::string_view trim_right(std::string_view s);
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view s, std::string_view prefix);
bool icontains(std::string_view s, std::string_view needle);
// Position of needle ignoring ASCII case, npos if absent.
size_t ifind(std::string_view s, std::string_view needle, size_t from = 0);

// Fields between single separators; empty fields are kept.
std::vector<std::string_view> split(std::string_view s, char separator);
// Words between runs of white space; no empty fields.
std::vector<std::string_view> words(std::string_view s);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string s, std::string_view from, std::string_view to);

// Whole string as a decimal number; nullopt on anything else (no locale, no exponent surprises).
std::optional<int64_t> parse_int(std::string_view s);
std::optional<double> parse_double(std::string_view s);

std::string to_hex(std::string_view bytes);

// UTF-8. encode_utf8 appends one code point (surrogates and values past U+10FFFF become U+FFFD).
void encode_utf8(std::string& out, char32_t c);
bool is_valid_utf8(std::string_view s);

// Lets unordered_map<string, ...> be searched by string_view without a copy.
struct StringHash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};
template <typename T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

}  // namespace util

#endif  // UTIL_STRINGS_H
