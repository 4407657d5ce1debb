// Colors of HTML and CSS as SpamAssassin's HTML.pm reads them: "#rrggbb", or "invalid".

#ifndef HTML_COLOR_H
#define HTML_COLOR_H

#include <string>
#include <string_view>

namespace html {

// A color attribute: a name, #hex in any length, rgb(...).
std::string color_to_rgb(std::string_view text);

// The value of a color or background-color property; "" for inherit, "transparent" as it is.
std::string style_color(std::string_view value);

// The color in a background property: the first one of its last layer, "" if it has none.
std::string background_color(std::string_view text);

// The same color, or one that the eye hardly tells from it.
bool is_low_contrast(std::string_view a, std::string_view b);

}  // namespace html

#endif  // HTML_COLOR_H
