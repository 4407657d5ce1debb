// Strings of characters as Perl has them, which is what SpamAssassin's HTML results are.
//
// A string is either octets, each of them one character below 256, or UTF-8. The two hold the same
// characters when they mean the same ("\xe9" and "\xc3\xa9"), but only in UTF-8 is a character
// above 127 white space, a digit or a letter; and octets joined with UTF-8 become UTF-8. Which of
// the two a text is follows from its charset and its entities (`&eacute;` stays an octet, `&euro;`
// cannot).
//
// Broken UTF-8 does no harm: each stray byte counts as one character that is nothing special.

#ifndef HTML_CHAR_STRING_H
#define HTML_CHAR_STRING_H

#include <cstdint>
#include <string>
#include <string_view>

namespace html {

struct CharView {
    std::string_view bytes;
    bool utf8 = false;

    bool empty() const { return bytes.empty(); }
    CharView substr(size_t begin, size_t count = std::string_view::npos) const {
        return {bytes.substr(begin, count), utf8};
    }
};

struct CharString {
    std::string bytes;
    bool utf8 = false;

    CharView view() const { return {bytes, utf8}; }
    void append(CharView more);
    // The bytes a byte-wise regex should see: octets when every character is below 256, as Perl
    // would compare them, else UTF-8.
    std::string regex_subject() const;
};

struct Character {
    char32_t code = 0;
    uint8_t size = 0;  // bytes
};

bool is_ascii(std::string_view bytes);
// Characters in the string.
size_t length(CharView s);
// Bytes that the first `count` characters take.
size_t prefix_size(CharView s, size_t count);
// The string must not be empty.
Character first_character(CharView s);
Character last_character(CharView s);

// Classes \s, \w, \d. `utf8` tells by which rules characters above 127 are judged.
bool is_space(char32_t c, bool utf8);
bool is_word(char32_t c, bool utf8);
bool is_digit(char32_t c, bool utf8);

CharView trim_left(CharView s);
CharView trim_right(CharView s);
inline CharView trim(CharView s) {
    return trim_right(trim_left(s));
}

// Bytes that `literal` (lower case) takes at the start of `s` without regard to case; 0 if it is
// not there. By Unicode rules "s" has the long s and "k" the Kelvin sign for upper cases.
size_t match_prefix_ignoring_case(CharView s, std::string_view literal);
bool contains_ignoring_case(CharView s, std::string_view literal);

void append_latin1_as_utf8(std::string& out, std::string_view octets);

}  // namespace html

#endif  // HTML_CHAR_STRING_H
