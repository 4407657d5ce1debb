#include "html/style.h"

#include <doctest/doctest.h>

#include "html/font_face.h"

using html::Color;

namespace {
Color color(std::string_view text) {
    return html::parse_color({text, true});
}
bool is_invalid(std::string_view text) {
    return color(text).kind == Color::Kind::Invalid;
}

html::Style styled(std::string_view css) {
    html::Style parent;
    parent.background = Color::rgb(0x123456);
    html::Style style = parent;
    CHECK(html::apply_css({css, true}, parent, style));
    return style;
}
}  // namespace

TEST_CASE("color: names, hex digits in any number, rgb()") {
    struct {
        const char* text;
        uint32_t rgb;
    } rows[] = {
        {"red", 0xff0000},
        {" White ", 0xffffff},
        {"LightGoldenrodYellow", 0xfafad2},
        {"#123456", 0x123456},
        {"#ABCDEF99", 0xabcdef},
        {"#abc", 0xaabbcc},
        {"#1", 0x110000},
        {"#12", 0x112200},
        {"#12345", 0x112233},
        {"#1g2h3", 0},
        {"rgb(1,2, 3)", 0x010203},
        {"rgb(100%,0%,50%)", 0xff007f},
        {"rgb(300,0,0)", 0x12c000},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        if (row.rgb == 0 && row.text[0] == '#')
            CHECK(is_invalid(row.text));
        else
            CHECK(color(row.text) == Color::rgb(row.rgb));
    }
    CHECK(color("#").kind == Color::Kind::Empty);
    CHECK(color("rgb(1" + std::string(400, '0') + ",0,0)").kind == Color::Kind::Unreadable);
}

TEST_CASE("color: hex digits without # are invalid, and so is anything else") {
    for (const char* text : {"", "ff0000", "reddish", "rgb( 1,2,3)", "rgb(1,2)", "12 34"})
        CHECK(is_invalid(text));
}

TEST_CASE("color: contrast is weighed by brightness") {
    CHECK(html::is_low_contrast(Color::rgb(0xffffff), Color::rgb(0xffffff)));
    CHECK(html::is_low_contrast(Color::rgb(0xfefefe), Color::rgb(0xffffff)));
    CHECK(html::is_low_contrast(Color::rgb(0x0000a0), Color::rgb(0x000000)));
    CHECK_FALSE(html::is_low_contrast(Color::rgb(0x001100), Color::rgb(0x000000)));
    Color invalid{Color::Kind::Invalid, 0, 0, 0};
    CHECK(html::is_low_contrast(invalid, invalid));
    CHECK_FALSE(html::is_low_contrast(invalid, Color::rgb(0)));
}

TEST_CASE("css: colors, last one wins") {
    CHECK(styled("color:red").foreground == Color::rgb(0xff0000));
    CHECK(styled("COLOR : red").foreground == Color::rgb(0));  // no blank before the colon
    CHECK(styled(" Color: red ! IMPORTANT").foreground == Color::rgb(0xff0000));
    CHECK(styled("color: rgba(1, 2, 999, .5)").foreground == Color::rgb(0x0102ff));
    CHECK(styled("background-color:#fff;background-color:blue").background == Color::rgb(0x0000ff));
    CHECK(styled("color:inherit").foreground == Color::rgb(0));
    CHECK(styled("color: ").foreground.kind == Color::Kind::Invalid);
    CHECK(styled("color:").foreground == Color::rgb(0));
    CHECK(styled("color:re\nd").foreground == Color::rgb(0));
}

TEST_CASE("css: transparent takes the color behind") {
    html::Style style = styled("color:transparent;background-color:transparent");
    CHECK(style.background == Color::rgb(0x123456));
    CHECK(style.foreground == Color::rgb(0x123456));
}

TEST_CASE("css: background takes the first color of its last layer") {
    CHECK(styled("background: url(\"a b,(\") red blue").background == Color::rgb(0xff0000));
    CHECK(styled("background: red, url(x) #00f").background == Color::rgb(0x0000ff));
    CHECK(styled("background: red, ").background == Color::rgb(0xff0000));
    CHECK(styled("background: red,,").background == Color::rgb(0x123456));
    CHECK(styled("Background: red").background == Color::rgb(0x123456));
    html::Style parent, style;
    CHECK_FALSE(html::apply_css({"background: ", true}, parent, style));
}

TEST_CASE("css: display and visibility hide text") {
    CHECK(styled("display : NONE ").is_display_none);
    CHECK_FALSE(styled("display:none !important").is_display_none);
    CHECK_FALSE(styled("Display:none").is_display_none);
    CHECK_FALSE(styled("display:none;display:block").is_display_none);
    CHECK(styled("x:y;visibility:hidden").is_visibility_hidden);
}

TEST_CASE("font face: lists of names are plain") {
    for (const char* face : {"Arial", "\"Times New Roman\", serif", "'A b', sans-serif",
                             ".SFUIDisplay", "hirakakupro-w3", "Arial,Helvetica,Sans-Serif;",
                             " Tahoma", "Arial\n", "\xC5\xBF\xC5\xBF"}) {
        CAPTURE(face);
        CHECK(html::is_plain_font_face({face, true}));
    }
    for (const char* face : {"", "x", "Arial1a", "Arial,", "Arial;;", "-x", "Arial_x", "A,b",
                             "\xE5\xAE\x8B\xE4\xBD\x93", "Arial , Helvetica"}) {
        CAPTURE(face);
        CHECK_FALSE(html::is_plain_font_face({face, true}));
    }
}
