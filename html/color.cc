#include "html/color.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <vector>

#include "util/strings.h"

namespace html {

namespace {

struct NamedColor {
    std::string_view name;
    uint32_t rgb;
};

// The names of CSS, sorted.
// clang-format off: a table
constexpr NamedColor kColors[] = {
    {"aliceblue", 0xf0f8ff},
    {"antiquewhite", 0xfaebd7},
    {"aqua", 0x00ffff},
    {"aquamarine", 0x7fffd4},
    {"azure", 0xf0ffff},
    {"beige", 0xf5f5dc},
    {"bisque", 0xffe4c4},
    {"black", 0x000000},
    {"blanchedalmond", 0xffebcd},
    {"blue", 0x0000ff},
    {"blueviolet", 0x8a2be2},
    {"brown", 0xa52a2a},
    {"burlywood", 0xdeb887},
    {"cadetblue", 0x5f9ea0},
    {"chartreuse", 0x7fff00},
    {"chocolate", 0xd2691e},
    {"coral", 0xff7f50},
    {"cornflowerblue", 0x6495ed},
    {"cornsilk", 0xfff8dc},
    {"crimson", 0xdc143c},
    {"cyan", 0x00ffff},
    {"darkblue", 0x00008b},
    {"darkcyan", 0x008b8b},
    {"darkgoldenrod", 0xb8860b},
    {"darkgray", 0xa9a9a9},
    {"darkgreen", 0x006400},
    {"darkgrey", 0xa9a9a9},
    {"darkkhaki", 0xbdb76b},
    {"darkmagenta", 0x8b008b},
    {"darkolivegreen", 0x556b2f},
    {"darkorange", 0xff8c00},
    {"darkorchid", 0x9932cc},
    {"darkred", 0x8b0000},
    {"darksalmon", 0xe9967a},
    {"darkseagreen", 0x8fbc8f},
    {"darkslateblue", 0x483d8b},
    {"darkslategray", 0x2f4f4f},
    {"darkslategrey", 0x2f4f4f},
    {"darkturquoise", 0x00ced1},
    {"darkviolet", 0x9400d3},
    {"deeppink", 0xff1493},
    {"deepskyblue", 0x00bfff},
    {"dimgray", 0x696969},
    {"dimgrey", 0x696969},
    {"dodgerblue", 0x1e90ff},
    {"firebrick", 0xb22222},
    {"floralwhite", 0xfffaf0},
    {"forestgreen", 0x228b22},
    {"fuchsia", 0xff00ff},
    {"gainsboro", 0xdcdcdc},
    {"ghostwhite", 0xf8f8ff},
    {"gold", 0xffd700},
    {"goldenrod", 0xdaa520},
    {"gray", 0x808080},
    {"green", 0x008000},
    {"greenyellow", 0xadff2f},
    {"grey", 0x808080},
    {"honeydew", 0xf0fff0},
    {"hotpink", 0xff69b4},
    {"indianred", 0xcd5c5c},
    {"indigo", 0x4b0082},
    {"ivory", 0xfffff0},
    {"khaki", 0xf0e68c},
    {"lavender", 0xe6e6fa},
    {"lavenderblush", 0xfff0f5},
    {"lawngreen", 0x7cfc00},
    {"lemonchiffon", 0xfffacd},
    {"lightblue", 0xadd8e6},
    {"lightcoral", 0xf08080},
    {"lightcyan", 0xe0ffff},
    {"lightgoldenrodyellow", 0xfafad2},
    {"lightgray", 0xd3d3d3},
    {"lightgreen", 0x90ee90},
    {"lightgrey", 0xd3d3d3},
    {"lightpink", 0xffb6c1},
    {"lightsalmon", 0xffa07a},
    {"lightseagreen", 0x20b2aa},
    {"lightskyblue", 0x87cefa},
    {"lightslategray", 0x778899},
    {"lightslategrey", 0x778899},
    {"lightsteelblue", 0xb0c4de},
    {"lightyellow", 0xffffe0},
    {"lime", 0x00ff00},
    {"limegreen", 0x32cd32},
    {"linen", 0xfaf0e6},
    {"magenta", 0xff00ff},
    {"maroon", 0x800000},
    {"mediumaquamarine", 0x66cdaa},
    {"mediumblue", 0x0000cd},
    {"mediumorchid", 0xba55d3},
    {"mediumpurple", 0x9370db},
    {"mediumseagreen", 0x3cb371},
    {"mediumslateblue", 0x7b68ee},
    {"mediumspringgreen", 0x00fa9a},
    {"mediumturquoise", 0x48d1cc},
    {"mediumvioletred", 0xc71585},
    {"midnightblue", 0x191970},
    {"mintcream", 0xf5fffa},
    {"mistyrose", 0xffe4e1},
    {"moccasin", 0xffe4b5},
    {"navajowhite", 0xffdead},
    {"navy", 0x000080},
    {"oldlace", 0xfdf5e6},
    {"olive", 0x808000},
    {"olivedrab", 0x6b8e23},
    {"orange", 0xffa500},
    {"orangered", 0xff4500},
    {"orchid", 0xda70d6},
    {"palegoldenrod", 0xeee8aa},
    {"palegreen", 0x98fb98},
    {"paleturquoise", 0xafeeee},
    {"palevioletred", 0xdb7093},
    {"papayawhip", 0xffefd5},
    {"peachpuff", 0xffdab9},
    {"peru", 0xcd853f},
    {"pink", 0xffc0cb},
    {"plum", 0xdda0dd},
    {"powderblue", 0xb0e0e6},
    {"purple", 0x800080},
    {"red", 0xff0000},
    {"rosybrown", 0xbc8f8f},
    {"royalblue", 0x4169e1},
    {"saddlebrown", 0x8b4513},
    {"salmon", 0xfa8072},
    {"sandybrown", 0xf4a460},
    {"seagreen", 0x2e8b57},
    {"seashell", 0xfff5ee},
    {"sienna", 0xa0522d},
    {"silver", 0xc0c0c0},
    {"skyblue", 0x87ceeb},
    {"slateblue", 0x6a5acd},
    {"slategray", 0x708090},
    {"slategrey", 0x708090},
    {"snow", 0xfffafa},
    {"springgreen", 0x00ff7f},
    {"steelblue", 0x4682b4},
    {"tan", 0xd2b48c},
    {"teal", 0x008080},
    {"thistle", 0xd8bfd8},
    {"tomato", 0xff6347},
    {"turquoise", 0x40e0d0},
    {"violet", 0xee82ee},
    {"wheat", 0xf5deb3},
    {"white", 0xffffff},
    {"whitesmoke", 0xf5f5f5},
    {"yellow", 0xffff00},
    {"yellowgreen", 0x9acd32},
};
// clang-format on

std::string as_hex(uint32_t rgb) {
    char text[16];
    std::snprintf(text, sizeof text, "#%06x", rgb & 0xFFFFFF);
    return text;
}

// Digits at the start of `s`, capped so that they fit.
bool read_number(std::string_view& s, unsigned& value) {
    size_t n = 0;
    value = 0;
    while (n < s.size() && util::is_digit(s[n])) {
        value = std::min(value * 10 + static_cast<unsigned>(s[n] - '0'), 100000u);
        ++n;
    }
    s.remove_prefix(n);
    return n > 0;
}

// "rgb(1, 2, 3)" or "rgb(1%, 2%, 3%)" anywhere in the text.
bool read_rgb(std::string_view text, bool percent, unsigned (&out)[3]) {
    for (size_t at = text.find("rgb("); at != std::string_view::npos;
         at = text.find("rgb(", at + 1)) {
        std::string_view s = text.substr(at + 4);
        bool good = true;
        for (int i = 0; i < 3 && good; ++i) {
            good = read_number(s, out[i]);
            if (good && percent) {
                good = s.starts_with('%');
                s.remove_prefix(good ? 1 : 0);
            }
            if (good && i < 2) {
                good = s.starts_with(',');
                s.remove_prefix(good ? 1 : 0);
                s = util::trim_left(s);
            }
        }
        if (good && util::trim_left(s).starts_with(')'))
            return true;
    }
    return false;
}

std::string channel(unsigned value) {
    char text[16];
    std::snprintf(text, sizeof text, value < 16 ? "0%x" : "%x", value);
    return text;
}

}  // namespace

std::string color_to_rgb(std::string_view text) {
    std::string color = util::lower(util::trim(text));
    auto it =
        std::lower_bound(std::begin(kColors), std::end(kColors), std::string_view(color),
                         [](const NamedColor& c, std::string_view name) { return c.name < name; });
    if (it != std::end(kColors) && it->name == color)
        return as_hex(it->rgb);
    bool plain = color.find_first_not_of("#abcdef0123456789") == std::string::npos;
    size_t rgb = color.find("rgb(");
    if (!plain) {
        size_t close =
            rgb == std::string::npos ? rgb : color.find_first_not_of("0123456789%, ", rgb + 4);
        if (close == std::string::npos || color[close] != ')')
            return "invalid";
    }
    unsigned values[3];
    if (read_rgb(color, true, values))
        color = "#" + channel(values[0] * 255 / 100) + channel(values[1] * 255 / 100) +
                channel(values[2] * 255 / 100);
    else if (read_rgb(color, false, values))
        color = "#" + channel(values[0]) + channel(values[1]) + channel(values[2]);
    if (!color.starts_with('#'))
        return "invalid";
    std::erase_if(color, [](unsigned char c) { return !util::is_xdigit(c); });
    if (color.size() > 6)
        color.resize(6);
    if (color.size() > 3 && color.size() < 6)
        color.resize(3);
    while (color.size() % 3 != 0)
        color += '0';
    if (color.size() == 3)
        color = {color[0], color[0], color[1], color[1], color[2], color[2]};
    return "#" + color;
}

std::string style_color(std::string_view value) {
    std::string color = util::lower(value);
    // "!important" is no part of the color.
    if (std::string_view v = util::trim_right(color); v.ends_with("important")) {
        v.remove_suffix(9);
        v = util::trim_right(v);
        if (v.ends_with('!')) {
            v.remove_suffix(1);
            color = std::string(util::trim_right(v));
        }
    }
    if (color.find("rgb") != std::string::npos) {
        std::string digits;
        for (char c : color)
            if (util::is_digit(c) || c == ',')
                digits += c;
        uint32_t rgb = 0;
        auto parts = util::split(digits, ',');
        for (size_t i = 0; i < 3; ++i) {
            std::string_view part = i < parts.size() ? parts[i] : std::string_view();
            unsigned v = 0;
            read_number(part, v);
            rgb = rgb << 8 | std::min(v, 255u);
        }
        return as_hex(rgb);
    }
    if (color == "inherit")
        return "";
    if (color == "transparent")
        return color;
    return color_to_rgb(color);
}

std::string background_color(std::string_view text) {
    std::string background = util::lower(text);
    std::vector<std::string> layer, tokens;
    std::string token;
    char quote = 0;
    bool in_parentheses = false;
    auto end_token = [&] {
        if (!token.empty())
            tokens.push_back(std::move(token));
        token.clear();
    };
    for (char c : background) {
        if (quote != 0) {
            token += c;
            if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            token += c;
            quote = c;
        } else if (in_parentheses) {
            token += c;
            if (c == ')') {
                in_parentheses = false;
                tokens.push_back(std::move(token));
                token.clear();
            }
        } else if (c == ' ') {
            end_token();
        } else if (c == ',') {
            end_token();
            layer = std::move(tokens);
            tokens.clear();
        } else {
            token += c;
            in_parentheses = c == '(';
        }
    }
    end_token();
    if (!tokens.empty())
        layer = std::move(tokens);
    for (const auto& candidate : layer)
        if (std::string color = color_to_rgb(candidate); color != "invalid")
            return color;
    return "";
}

bool is_low_contrast(std::string_view a, std::string_view b) {
    auto tail = [](std::string_view s) { return s.size() > 6 ? s.substr(s.size() - 6) : s; };
    if (tail(a) == tail(b))
        return true;
    auto channels = [](std::string_view s, double(&out)[3]) {
        if (s.starts_with('#'))
            s.remove_prefix(1);
        if (s.size() != 6)
            return false;
        for (size_t i = 0; i < 3; ++i) {
            int high = util::hex_value(s[2 * i]), low = util::hex_value(s[2 * i + 1]);
            if (high < 0 || low < 0)
                return false;
            out[i] = high * 16 + low;
        }
        return true;
    };
    double x[3], y[3];
    if (!channels(a, x) || !channels(b, y))
        return false;
    // Distance weighted by how bright the eye sees each channel.
    double r = 0.2126 * (x[0] - y[0]), g = 0.7152 * (x[1] - y[1]), blue = 0.0722 * (x[2] - y[2]);
    return r * r + g * g + blue * blue < 12.0 * 12.0;
}

}  // namespace html
