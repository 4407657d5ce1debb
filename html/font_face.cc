#include "html/font_face.h"

#include <cstdint>

#include "util/strings.h"

namespace html {

namespace {

// The pattern as a nondeterministic automaton: a bit for each place in it the reading may be at.
enum Place : uint32_t {
    kStart = 1,        // blanks before the first name
    kFirstLetter = 2,  // before the first letter, a quote or dot behind
    kNextStart = 4,    // blanks after a comma
    kNextLetter = 8,   // before the first letter of a further name
    kInName = 16,      // at least one character of a name read
    kNameEnd = 32,     // a name may end here: at least two characters, the last a letter
    kAfterDigit = 64,
    kAfterName = 128,  // closing quote read
    kDone = 256,       // semicolon read
};
constexpr uint32_t kAccepting = kNameEnd | kAfterDigit | kAfterName | kDone;

// [a-z] without regard to case, which by Unicode rules takes in the long s and the Kelvin sign.
bool is_letter(char32_t c) {
    return c < 0x80 ? util::is_alpha(static_cast<unsigned char>(c)) : c == 0x17F || c == 0x212A;
}

uint32_t advance(uint32_t places, char32_t c, bool utf8) {
    uint32_t next = 0;
    const bool letter = is_letter(c);
    if (is_space(c, utf8))
        next |= places & (kStart | kNextStart);
    if (c == '"' || c == '\'') {
        if (places & kStart)
            next |= kFirstLetter;
        if (places & kNextStart)
            next |= kNextLetter;
        if (places & (kNameEnd | kAfterDigit))
            next |= kAfterName;
    }
    if (c == '.' && (places & kStart))
        next |= kFirstLetter;
    if ((letter || c == ' ') && (places & (kStart | kFirstLetter)))
        next |= kInName;
    if (letter && (places & (kNextStart | kNextLetter)))
        next |= kInName;
    if (places & kInName) {
        if (letter || c == ' ' || c == '-')
            next |= kInName;
        if (letter)
            next |= kNameEnd;
    }
    if (is_digit(c, utf8) && (places & kNameEnd))
        next |= kAfterDigit;
    if (places & (kNameEnd | kAfterDigit | kAfterName)) {
        if (c == ',')
            next |= kNextStart;
        if (c == ';')
            next |= kDone;
    }
    return next;
}

}  // namespace

bool is_plain_font_face(CharView face) {
    uint32_t places = kStart;
    while (!face.empty() && places != 0) {
        if (face.bytes == "\n" && (places & kAccepting))
            return true;
        Character c = first_character(face);
        places = advance(places, c.code, face.utf8);
        face.bytes.remove_prefix(c.size);
    }
    return (places & kAccepting) != 0;
}

}  // namespace html
