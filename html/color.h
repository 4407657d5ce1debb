// Colors as SpamAssassin reads them from attributes and CSS (HTML.pm name_to_rgb).

#ifndef HTML_COLOR_H
#define HTML_COLOR_H

#include <cstdint>

#include "html/char_string.h"

namespace html {

struct Color {
    enum class Kind : uint8_t {
        Rgb,
        Invalid,      // neither a name nor "#..." nor rgb(...)
        Empty,        // "#" without a digit
        Transparent,  // CSS only; resolved before it is kept
        Unreadable,   // a number so large that SpamAssassin stops reading the document
    };
    Kind kind = Kind::Rgb;
    uint8_t red = 0, green = 0, blue = 0;

    static constexpr Color rgb(uint32_t value) {
        return {Kind::Rgb, static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8),
                static_cast<uint8_t>(value)};
    }
    bool operator==(const Color&) const = default;
};

// A CSS3 name, "#" with hex digits in any number, or "rgb(1,2,3)" / "rgb(1%,2%,3%)" anywhere in the
// value. Hex digits without "#" are invalid.
Color parse_color(CharView text);

// Text that can hardly be told from its background: equal, or nearer than 12 by brightness.
bool is_low_contrast(const Color& foreground, const Color& background);

// Value of leading digits; digits of other scripts count as its end. Saturates to infinity.
double leading_number(std::string_view digits);

}  // namespace html

#endif  // HTML_COLOR_H
