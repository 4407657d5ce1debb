#include "html/color.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <limits>

#include "util/strings.h"

namespace html {

namespace {

struct NamedColor {
    std::string_view name;
    uint32_t rgb;
};

// clang-format off: a table, sorted by name
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

constexpr size_t kLongestName = 20;

// Perl's lc, as far as it can end in ASCII.
std::string lower(CharView s) {
    std::string out = util::lower(s.bytes);
    if (s.utf8)
        out = util::replace_all(std::move(out), "\xE2\x84\xAA", "k");
    return out;
}

// Skips a run of \d; false if there is none.
bool skip_digits(CharView s, size_t& at, std::string_view& digits) {
    size_t begin = at;
    while (at < s.bytes.size()) {
        Character c = first_character(s.substr(at));
        if (!is_digit(c.code, s.utf8))
            break;
        at += c.size;
    }
    digits = s.bytes.substr(begin, at - begin);
    return at > begin;
}

void skip_spaces(CharView s, size_t& at) {
    while (at < s.bytes.size()) {
        Character c = first_character(s.substr(at));
        if (!is_space(c.code, s.utf8))
            break;
        at += c.size;
    }
}

// "rgb(" number, number, number ")" at `at`, each number followed by `unit`.
bool match_rgb(CharView s, size_t at, std::string_view unit,
               std::array<std::string_view, 3>& numbers) {
    at += 4;
    for (size_t i = 0; i < 3; ++i) {
        if (!skip_digits(s, at, numbers[i]) || s.bytes.substr(at, unit.size()) != unit)
            return false;
        at += unit.size();
        if (i < 2) {
            if (s.bytes.substr(at, 1) != ",")
                return false;
            ++at;
        }
        skip_spaces(s, at);
    }
    return s.bytes.substr(at, 1) == ")";
}

// Finds the first such expression. Its digits cannot hold another "rgb(": linear.
bool find_rgb(CharView s, std::string_view unit, std::array<std::string_view, 3>& numbers) {
    for (size_t at = s.bytes.find("rgb("); at != std::string_view::npos;
         at = s.bytes.find("rgb(", at + 4)) {
        if (match_rgb(s, at, unit, numbers))
            return true;
    }
    return false;
}

// "rgb(" with digits, "%", commas and blanks up to ")".
bool has_rgb_shape(CharView s) {
    for (size_t at = s.bytes.find("rgb("); at != std::string_view::npos;
         at = s.bytes.find("rgb(", at)) {
        at += 4;
        while (at < s.bytes.size()) {
            Character c = first_character(s.substr(at));
            if (!is_digit(c.code, s.utf8) && c.code != '%' && c.code != ',' && c.code != ' ')
                break;
            at += c.size;
        }
        if (at < s.bytes.size() && s.bytes[at] == ')')
            return true;
    }
    return false;
}

// Two hex digits at least; more for a number past 255.
void append_hex(std::string& out, double number) {
    uint64_t value = number >= 18446744073709551615.0 ? std::numeric_limits<uint64_t>::max()
                                                      : static_cast<uint64_t>(number);
    char digits[24];
    std::snprintf(digits, sizeof digits, "%02llx", static_cast<unsigned long long>(value));
    out += digits;
}

Color from_hex(std::string_view text) {
    std::array<char, 6> digits{};
    size_t count = 0;
    for (size_t i = 0; i < text.size() && count < 6; ++i) {
        if (util::is_xdigit(static_cast<unsigned char>(text[i])))
            digits[count++] = text[i];
    }
    if (count == 0)
        return {Color::Kind::Empty, 0, 0, 0};
    auto nibble = [&](size_t i) {
        return i < count
                   ? static_cast<uint32_t>(util::hex_value(static_cast<unsigned char>(digits[i])))
                   : 0u;
    };
    if (count < 6)  // the first three, zeros added, each of them doubled
        return Color::rgb((nibble(0) << 16 | nibble(1) << 8 | nibble(2)) * 0x11);
    uint32_t value = 0;
    for (size_t i = 0; i < 6; ++i)
        value = value << 4 | nibble(i);
    return Color::rgb(value);
}

}  // namespace

double leading_number(std::string_view digits) {
    double value = 0;
    for (char c : digits) {
        if (!util::is_digit(static_cast<unsigned char>(c)))
            break;
        value = value * 10 + (c - '0');
    }
    return value;
}

Color parse_color(CharView text) {
    CharView trimmed = trim(text);
    if (trimmed.bytes.size() > 1 && trimmed.bytes[0] == '#' &&
        std::all_of(trimmed.bytes.begin() + 1, trimmed.bytes.end(),
                    [](char c) { return util::is_xdigit(static_cast<unsigned char>(c)); }))
        return from_hex(trimmed.bytes);

    std::string color = lower(trimmed);
    if (color.size() <= kLongestName) {
        const NamedColor* named =
            std::lower_bound(std::begin(kColors), std::end(kColors), std::string_view(color),
                             [](const NamedColor& a, std::string_view b) { return a.name < b; });
        if (named != std::end(kColors) && named->name == color)
            return Color::rgb(named->rgb);
    }

    CharView view{color, trimmed.utf8};
    bool is_plain = std::all_of(color.begin(), color.end(), [](char c) {
        return c == '#' || util::is_xdigit(static_cast<unsigned char>(c));
    });
    if (!is_plain && !has_rgb_shape(view))
        return {Color::Kind::Invalid, 0, 0, 0};
    if (!is_plain) {
        std::array<std::string_view, 3> numbers;
        bool percent = find_rgb(view, "%", numbers);
        if (percent || find_rgb(view, "", numbers)) {
            std::string hex;
            for (std::string_view number : numbers) {
                double value = leading_number(number);
                if (percent)
                    value = std::trunc(value / 100 * 255);
                if (std::isinf(value))
                    return {Color::Kind::Unreadable, 0, 0, 0};
                append_hex(hex, value);
            }
            return from_hex(hex);
        }
    }
    return color.starts_with('#') ? from_hex(color) : Color{Color::Kind::Invalid, 0, 0, 0};
}

bool is_low_contrast(const Color& foreground, const Color& background) {
    if (foreground == background)
        return true;
    if (foreground.kind != Color::Kind::Rgb || background.kind != Color::Kind::Rgb)
        return false;
    double r = 0.2126 * (foreground.red - background.red);
    double g = 0.7152 * (foreground.green - background.green);
    double b = 0.0722 * (foreground.blue - background.blue);
    return std::sqrt(r * r + g * g + b * b) < 12;
}

}  // namespace html
