// How text looks at a point of the document: colors, font size, and whether CSS hides it.
//
// A stack of styles follows the elements that change one (body, font, table, tr, th, td, big,
// small, basefont, span, p, div, a) by HTML.pm's rules, quirks included: the bgcolor attribute has
// no effect, only `display` and `visibility` of CSS hide text, closing an element closes all above
// it, and <td>, <tr> close their like. Pushing and closing are amortised constant time.

#ifndef HTML_STYLE_H
#define HTML_STYLE_H

#include <array>
#include <vector>

#include "html/char_string.h"
#include "html/color.h"
#include "html/element.h"
#include "html/tokenizer.h"
#include "html/value_decoder.h"

namespace html {

struct Style {
    Element element = Element::Unknown;  // Unknown at the bottom
    bool is_display_none = false;
    bool is_visibility_hidden = false;
    Color foreground = Color::rgb(0x000000);
    Color background = Color::rgb(0xffffff);
    double size = 3;
};

class StyleStack {
public:
    StyleStack() { styles_.emplace_back(); }

    // False when the document cannot be read on (see apply_css).
    bool open(Element element, const std::vector<Attribute>& attributes, ValueDecoder& decoder);
    void close(Element element);

    const Style& top() const { return styles_.back(); }
    double min_size() const { return min_size_; }
    double max_size() const { return max_size_; }

private:
    void push(const Style& style);
    void pop();
    void close_cells(Element element);
    void apply_size(CharView value, Style& style) const;
    void note_size(double size);

    std::vector<Style> styles_;
    std::array<uint32_t, kElementCount + 1> open_{};  // entries on the stack by element
    double base_size_ = 3;
    double min_size_ = 3;
    double max_size_ = 3;
};

// Applies a style attribute. False when SpamAssassin would stop reading the document there: an
// empty `background: ` or a color number beyond all bounds ends its parser.
bool apply_css(CharView css, const Style& parent, Style& style);

}  // namespace html

#endif  // HTML_STYLE_H
