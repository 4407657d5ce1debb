#include "html/style.h"

#include <algorithm>
#include <optional>

#include "util/strings.h"

namespace html {

namespace {

// What follows a property's colon, trimmed; nullopt if empty or broken by a newline. A value of
// blanks only is its last blank, as a lazy regex leaves it, when `may_be_blank`.
std::optional<CharView> property_value(CharView rest, bool may_be_blank) {
    CharView value = trim(rest);
    if (value.empty() && may_be_blank) {
        while (!rest.empty() && rest.bytes.back() == '\n')
            rest.bytes.remove_suffix(1);
        if (!rest.empty())
            value = rest.substr(rest.bytes.size() - last_character(rest).size);
    }
    if (value.empty() || value.bytes.find('\n') != std::string_view::npos)
        return std::nullopt;
    return value;
}

CharView without_important(CharView value) {
    constexpr std::string_view kImportant = "important";
    if (value.bytes.size() < kImportant.size() ||
        !util::iequals(value.bytes.substr(value.bytes.size() - kImportant.size()), kImportant))
        return value;
    CharView before = trim_right(value.substr(0, value.bytes.size() - kImportant.size()));
    if (before.empty() || before.bytes.back() != '!')
        return value;
    before.bytes.remove_suffix(1);
    return trim_right(before);
}

// The first three numbers among the digits and commas of "rgb(...)" or the like, 255 at most.
Color css_rgb(std::string_view value) {
    uint32_t parts[3] = {0, 0, 0};
    size_t part = 0;
    for (char c : value) {
        if (c == ',') {
            if (++part == 3)
                break;
        } else if (util::is_digit(static_cast<unsigned char>(c))) {
            parts[part] =
                std::min<uint32_t>(parts[part] * 10 + static_cast<uint32_t>(c - '0'), 256);
        }
    }
    for (uint32_t& p : parts)
        p = std::min<uint32_t>(p, 255);
    return Color::rgb(parts[0] << 16 | parts[1] << 8 | parts[2]);
}

Color css_color(CharView value) {
    if (util::icontains(value.bytes, "rgb"))
        return css_rgb(value.bytes);
    if (util::iequals(value.bytes, "transparent"))
        return {Color::Kind::Transparent, 0, 0, 0};
    return parse_color(value);
}

// The values of the last layer of a `background` property; nullopt if there is no layer at all.
std::optional<std::vector<CharView>> last_background_layer(CharView property) {
    std::optional<std::vector<CharView>> last;
    std::vector<CharView> values;
    size_t begin = 0;
    char outer = '\0';  // '(' within parentheses
    char quote = '\0';
    auto end_value = [&](size_t end) {
        if (end > begin)
            values.push_back(property.substr(begin, end - begin));
    };
    for (size_t i = 0; i < property.bytes.size(); ++i) {
        char c = property.bytes[i];
        if (quote) {
            if (c == quote)
                quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (outer) {
            if (c == ')') {
                outer = '\0';
                end_value(i + 1);
                begin = i + 1;
            }
        } else if (c == '(') {
            outer = c;
        } else if (c == ' ' || c == ',') {
            end_value(i);
            begin = i + 1;
            if (c == ',') {
                last = std::move(values);
                values.clear();
            }
        }
    }
    end_value(property.bytes.size());
    if (!values.empty())
        last = std::move(values);
    return last;
}

bool apply_background(CharView property, Style& style) {
    std::optional<std::vector<CharView>> layer = last_background_layer(property);
    if (!layer)
        return false;
    for (CharView value : *layer) {
        Color color = parse_color(value);
        if (color.kind == Color::Kind::Unreadable)
            return false;
        if (color.kind != Color::Kind::Invalid) {
            style.background = color;
            break;
        }
    }
    return true;
}

bool apply_declaration(CharView declaration, Style& style) {
    CharView d = trim_left(declaration);
    size_t background = match_prefix_ignoring_case(d, "background-");
    if (size_t color = match_prefix_ignoring_case(d.substr(background), "color:")) {
        if (auto value = property_value(d.substr(background + color), true)) {
            CharView plain = without_important(*value);
            if (util::iequals(plain.bytes, "inherit"))
                return true;
            Color parsed = css_color(plain);
            (background ? style.background : style.foreground) = parsed;
            return parsed.kind != Color::Kind::Unreadable;
        }
    }
    constexpr std::string_view kBackground = "background:";
    if (d.bytes.starts_with(kBackground)) {
        if (auto value = property_value(d.substr(kBackground.size()), true))
            return apply_background(*value, style);
    }
    bool is_display = d.bytes.starts_with("display");
    if (!is_display && !d.bytes.starts_with("visibility"))
        return true;
    CharView rest = trim_left(d.substr(is_display ? 7 : 10));
    if (!rest.bytes.starts_with(':'))
        return true;
    if (auto value = property_value(rest.substr(1), false)) {
        if (is_display)
            style.is_display_none = util::iequals(value->bytes, "none");
        else
            style.is_visibility_hidden = util::iequals(value->bytes, "hidden");
    }
    return true;
}

// Attributes that style an element. kOther has no effect of its own, but it makes the size of the
// style count for the greatest and smallest one.
enum AttributeKind : unsigned {
    kForeground = 1,
    kSize = 2,
    kBackground = 4,
    kCss = 8,
    kFace = 16,
    kBodyText = 32,
    kOther = 64,
};

unsigned attribute_kind(std::string_view name) {
    if (name.size() < 4 || name.size() > 10)
        return 0;
    constexpr struct {
        std::string_view name;
        unsigned kind;
    } kKinds[] = {{"color", kForeground}, {"size", kSize},   {"bgcolor", kBackground},
                  {"style", kCss},        {"face", kFace},   {"text", kBodyText},
                  {"link", kOther},       {"alink", kOther}, {"vlink", kOther},
                  {"background", kOther}};
    for (const auto& row : kKinds) {
        if (util::iequals(name, row.name))
            return row.kind;
    }
    return 0;
}

unsigned permitted_attributes(Element element) {
    switch (element) {
        case Element::Basefont:
        case Element::Font:
            return kForeground | kFace | kSize;
        case Element::Body:
            return kBodyText | kBackground | kOther;
        case Element::Table:
        case Element::Td:
        case Element::Tr:
            return kBackground | kCss;
        default:
            return kCss;
    }
}

}  // namespace

bool apply_css(CharView css, const Style& parent, Style& style) {
    for (size_t begin = 0; begin <= css.bytes.size();) {
        size_t end = std::min(css.bytes.find(';', begin), css.bytes.size());
        if (!apply_declaration(css.substr(begin, end - begin), style))
            return false;
        begin = end + 1;
    }
    if (style.background.kind == Color::Kind::Transparent)
        style.background = parent.background;
    if (style.foreground.kind == Color::Kind::Transparent)
        style.foreground = style.background;
    return true;
}

bool StyleStack::open(Element element, const std::vector<Attribute>& attributes,
                      ValueDecoder& decoder) {
    if (element == Element::Th)
        element = Element::Td;
    if (element == Element::Basefont) {
        if (const Attribute* size = find_attribute(attributes, "size")) {
            CharView value = trim_left(decoder.attribute(*size));
            if (!value.empty() && is_digit(first_character(value).code, value.utf8)) {
                base_size_ = leading_number(value.bytes);
                return true;
            }
        }
    }
    if (element == Element::Td || element == Element::Tr)
        close_cells(element);

    Style style = top();
    style.element = element;
    if (element == Element::Big || element == Element::Small) {
        style.size += element == Element::Big ? 1 : -1;
        push(style);
        return true;
    }
    const unsigned permitted = permitted_attributes(element);
    unsigned seen = 0;  // the first of a name counts
    for (const Attribute& attribute : attributes) {
        unsigned kind = attribute_kind(attribute.name) & permitted & ~seen;
        if (kind == 0)
            continue;
        seen |= kind;
        if (kind == kForeground || kind == kBodyText) {
            style.foreground = parse_color(decoder.attribute(attribute));
            if (style.foreground.kind == Color::Kind::Unreadable)
                return false;
        } else if (kind == kSize) {
            apply_size(decoder.attribute(attribute), style);
        } else if (kind == kBackground) {
            // SpamAssassin reads it and forgets it.
            if (parse_color(decoder.attribute(attribute)).kind == Color::Kind::Unreadable)
                return false;
        } else if (kind == kCss) {
            if (!apply_css(decoder.attribute(attribute), top(), style))
                return false;
        }
        note_size(style.size);
    }
    push(style);
    return true;
}

void StyleStack::apply_size(CharView value, Style& style) const {
    value = trim_left(value);
    if (value.empty())
        return;
    char sign = value.bytes[0];
    if (sign == '+' || sign == '-')
        value.bytes.remove_prefix(1);
    if (value.empty() || !is_digit(first_character(value).code, value.utf8))
        return;
    double number = leading_number(value.bytes);
    style.size = sign == '+' ? base_size_ + number : sign == '-' ? base_size_ - number : number;
}

void StyleStack::note_size(double size) {
    if (size > max_size_)
        max_size_ = size;
    else if (size < min_size_)
        min_size_ = size;
}

void StyleStack::push(const Style& style) {
    ++open_[static_cast<size_t>(style.element)];
    styles_.push_back(style);
}

void StyleStack::pop() {
    --open_[static_cast<size_t>(top().element)];
    styles_.pop_back();
}

void StyleStack::close(Element element) {
    // Browsers go on rendering after </body>.
    if (element == Element::Body)
        return;
    if (element == Element::Th)
        element = Element::Td;
    if (open_[static_cast<size_t>(element)] == 0)
        return;
    while (top().element != element)
        pop();
    pop();
}

void StyleStack::close_cells(Element element) {
    if (open_[static_cast<size_t>(element)] == 0)
        return;
    while (top().element == Element::Font || top().element == Element::Td ||
           (element == Element::Tr && top().element == Element::Tr))
        pop();
}

}  // namespace html
