#include "html/renderer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using html::Input;
using html::Link;
using html::render;
using html::RenderedText;
using html::Results;

namespace {

double number(const Results& r, std::string_view name) {
    auto it = r.numbers.find(name);
    return it == r.numbers.end() ? -1 : it->second;
}

Results results(std::string_view source) {
    return render(source).results;
}

const Link* find_link(const Results& r, std::string_view uri) {
    auto it = std::find_if(r.links.begin(), r.links.end(),
                           [&](const Link& link) { return link.uri == uri; });
    return it == r.links.end() ? nullptr : &*it;
}

std::string types_of(const Results& r, std::string_view uri) {
    const Link* link = find_link(r, uri);
    if (!link)
        return "(none)";
    std::string types;
    for (const auto& type : link->types)
        types += type + " ";
    return types;
}

std::string repeat(std::string_view unit, size_t times) {
    std::string out;
    for (size_t i = 0; i < times; ++i)
        out += unit;
    return out;
}

}  // namespace

TEST_CASE("render: white space collapses, elements put theirs in") {
    struct {
        const char* source;
        const char* text;
    } rows[] = {
        {"a \n\t b<br>c", "a b\nc"},
        {"a <br> b", "a\nb"},
        {"a<p>b</p>c", "a\n\nb\n\nc"},
        {"<td>a</td><td>b</td>", " a  b "},
        {"a<b>b</b> c", "ab c"},
        {"a&nbsp;&nbsp;b", "a b"},  // blanks before they are parsed
        {"a<br/>b<br />c<x/>d", "a\nb\ncd"},
        {"<title>t</title>x", "\n\nt\n\nx"},
        {"a<script>b</script>c<style>d</style>e", "ace"},
        {"<!-- a -->b<!doctype c>d", "bd"},
        {"one < two", "one < two"},
        {"<style>x", ""},
        {"<p>x<script>y", "\n\nx"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.source);
        CHECK(render(row.source).text == row.text);
    }
}

TEST_CASE("render: hidden text is told apart") {
    struct {
        const char* source;
        const char* hidden;
    } rows[] = {
        {"a<font color=white>b</font>c", "b"},
        {"a<font color=#fefefe>b</font>c", "b"},
        {"a<span style='display:none'>b</span>c", "b"},
        {"a<div style='visibility:hidden'>b</div>c", "b"},
        {"a<font size=1>b</font>c", "b"},
        {"a<font size=-3>b</font>c", "b"},
        {"a<font color=zzz>b</font>c", "b"},
        {"a<td style='background-color:black'>b<td>c", "b"},
        {"a<p style='display:none'><p style='display:block'>b</p>c", "c"},
        {"a<font color=white> </font>c", ""},
        {"a<td bgcolor=black>b", ""},  // bgcolor has no effect
        {"<body text=white>a</body>b", "ab"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.source);
        CHECK(render(row.source).invisible == row.hidden);
    }
    RenderedText t = render("a<font color=white>b</font>c");
    CHECK(t.text == "abc");
    CHECK(t.visible == "ac");
    CHECK(number(t.results, "font_low_contrast") == 1);
    CHECK(number(results("<font color=zzz>b"), "font_invalid_color") == 1);
}

TEST_CASE("render: octets stay octets, characters are UTF-8") {
    RenderedText ascii = render("caf&eacute;");
    CHECK(ascii.text == "caf\xE9");
    CHECK_FALSE(ascii.text_is_characters);

    RenderedText wide = render("caf&eacute;<b>&euro;</b><font color=white>\nx&eacute;");
    CHECK(wide.text == "caf\xC3\xA9\xE2\x82\xAC x\xC3\xA9");
    CHECK(wide.text_is_characters);
    CHECK(wide.invisible == " x\xE9");
    CHECK_FALSE(wide.invisible_is_characters);

    RenderedText utf8 = render("caf\xC3\xA9\xC2\xA0x");
    CHECK(utf8.text == "caf\xC3\xA9\xC2\xA0x");  // a hard blank stays
    CHECK(utf8.text_is_characters);
    CHECK(number(utf8.results, "html_length") == 6);
    CHECK(number(utf8.results, "non_space_len") == 5);
    CHECK(number(utf8.results, "length") == 6);

    RenderedText bytes = render("\xE9\xC2\xA0&euro;<b>\xC2\xA0x", {}, Input::Utf8Octets);
    CHECK(bytes.text == "\xC3\xA9\xC3\x82 \xE2\x82\xAC x");
    CHECK_FALSE(bytes.text_is_characters);

    CHECK(render("abc", {}, Input::Characters).text_is_characters);
    CHECK_FALSE(render("<br>", {}, Input::Characters).text_is_characters);
}

TEST_CASE("render: links are resolved and know where they come from") {
    Results r = results(
        "<base href='http://h.example/d/index.html'><a href=' x '>t<img src=p.gif></a>"
        "<form action=/f><body background=b.gif><td background=b.gif>"
        "<meta http-equiv=refresh content='0;url=r'><area href=mailto:a@b.example>"
        "<a href=y data-saferedirecturl=https://g.example/><iframe src=''>");
    CHECK(r.base_href == "http://h.example/d/");
    CHECK(types_of(r, "http://h.example/d/x") == "a ");
    CHECK(types_of(r, "http://h.example/d/p.gif") == "img ");
    CHECK(types_of(r, "http://h.example/f") == "form ");
    CHECK(types_of(r, "http://h.example/d/b.gif") == "body td ");
    CHECK(types_of(r, "http://h.example/d/r") == "meta ");
    CHECK(types_of(r, "mailto:a@b.example") == "area ");
    CHECK(types_of(r, "https://g.example/") == "a ");
    // The text stands under the href as written.
    const Link* anchor = find_link(r, "x");
    REQUIRE(anchor);
    CHECK(anchor->types.empty());
    CHECK(anchor->anchor_texts == std::vector<std::string>{"t<img>\n"});
}

TEST_CASE("render: garbled attribute names still give links") {
    CHECK(types_of(results("<a title=\"x\"y/href=http://z/>"), "http://z/") == "a ");
    CHECK(types_of(results("<img alt/src=q src=p>"), "q") == "img ");
    CHECK(types_of(results("<a href=\xE2\x80\x9Chttp://z\xE2\x80\x9D>"), "http://z") == "a ");
    CHECK(types_of(results("<a href='\xEF\xBB\xBFhttp://z'>"), "http://z") == "a ");
    CHECK(types_of(results("<a href>"), "href") == "a ");
    CHECK(types_of(results("<a HREF=a href=b>"), "a") == "a ");
}

TEST_CASE("render: a link is octets unless page or entity make it characters") {
    CHECK(results("<a href='/caf&eacute;'>").links[0].uri == "/caf\xE9");
    CHECK_FALSE(results("<a href='/caf&eacute;'>").links[0].is_characters);
    CHECK(results("<a href='/caf&eacute;&euro;'>").links[0].is_characters);
    Results page = results("<a href='/caf\xC3\xA9'>");
    CHECK(page.links[0].uri == "/caf\xC3\xA9");
    CHECK(page.links[0].is_characters);
}

TEST_CASE("render: overlong links are cut by characters") {
    html::Limits limits;
    limits.max_uri_length = 4;
    Results r =
        render("<a href='\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9'><a href=abcdef>", limits).results;
    CHECK(r.uri_truncated);
    REQUIRE(r.links.size() == 2);
    CHECK(r.links[0].uri == "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
    CHECK(r.links[1].uri == "abcd");
}

TEST_CASE("render: titles, anchors, comments and scripts are kept") {
    Results r = results(
        "<title>a &amp; b</title><title>\xC3\xA9</title><!-- c --><script>d</script>"
        "<a>e</a>");
    CHECK(r.lists["title"] == std::vector<std::string>{"a & b", "\xE9"});
    CHECK(r.title_lengths == std::vector<size_t>{5, 1});
    CHECK(r.lists["comment"] == std::vector<std::string>{"<!-- c -->"});
    CHECK(r.lists["script"] == std::vector<std::string>{"d"});
    CHECK(r.lists["anchor"] == std::vector<std::string>{"e"});
    CHECK(r.lists.size() == 4);
}

TEST_CASE("render: tags are counted") {
    Results r = results("<!DOCTYPE html><b><b></i></i><foo></foo><o:p></o:p>");
    CHECK(r.inside["b"] == 2);
    CHECK(r.inside_now["b"] == 2);
    CHECK(r.inside["i"] == 2);
    CHECK(r.inside_now["i"] == 0);
    CHECK(r.inside.count("!doctype") == 1);
    CHECK(r.inside.count("p") == 0);
    CHECK(number(r, "closed_extra_ratio") == doctest::Approx(2.0 / 9));
    CHECK(number(r, "bad_tag_ratio") == doctest::Approx(2.0 / 9));
    CHECK(number(r, "non_element_ratio") == doctest::Approx(1.0 / 4));
}

TEST_CASE("render: words torn apart by markup are counted") {
    Results r = results("via<b></b>gra and mo<!-- x -->re. X<i>.y</i>");
    CHECK(number(r, "obfuscation_ratio") == doctest::Approx(2.0 / 4));
    CHECK(number(r, "backhair_count") == 2);  // 3_3, 2_2
    CHECK(number(results("<b>a</b> b"), "obfuscation_ratio") == -1);
}

TEST_CASE("render: font sizes and image areas are summed up") {
    Results r = results("<font size=+2>a<font size=1>b<basefont size=6><font size=+1>c");
    CHECK(number(r, "max_size") == 7);
    CHECK(number(r, "min_size") == 1);
    CHECK(number(results("<big><big>x"), "max_size") == 3);
    CHECK(number(results("<big><big><p style=x>x"), "max_size") == 5);
    CHECK(number(results("<img width=10 height=20><img width=50% height=x><img width=9>"),
                 "image_area") == 200 + 400 * 200);
}

TEST_CASE("render: other facts are flags") {
    CHECK(number(results("<embed>"), "embeds") == 1);
    CHECK(number(results("<object>"), "embeds") == 1);
    CHECK(number(results("<font face=x>"), "font_face_bad") == 1);
    CHECK(number(results("<font face=Arial>"), "font_face_bad") == -1);
    CHECK(number(results("<form action='MailTo:x'>"), "form_action_mailto") == 1);
    CHECK(number(results("x"), "html") == 1);
    CHECK(number(results("x"), "bad_tag_ratio") == -1);
}

TEST_CASE("render: an empty background ends the document early") {
    RenderedText t = render("a <p style='background: '>b<a href=c>d</a>");
    CHECK(t.text == "a ");
    CHECK_FALSE(t.results.is_complete);
    CHECK(t.results.links.empty());
    CHECK(t.results.inside.empty());
    CHECK(number(t.results, "html") == 1);
    CHECK(number(t.results, "length") == -1);
    CHECK_FALSE(render("a<![IGNORE[b").results.is_complete);
    CHECK(render("a<![IGNORE[b]]>").results.is_complete);
}

TEST_CASE("render: any bytes do") {
    CHECK(render("").text.empty());
    CHECK(render(std::string_view("\0<\0>\0", 5)).text == std::string_view("\0<\0>\0", 5));
    std::string junk;
    for (int i = 0; i < 4096; ++i)
        junk += static_cast<char>(i * 151 % 256);
    for (Input input : {Input::Auto, Input::Characters, Input::Octets, Input::Utf8Octets})
        CHECK(render(junk + "&eacute;&euro;<a href=\xFF>\xE2\x82", {}, input).results.is_complete);
}

TEST_CASE("render: hostile repetition takes linear time" * doctest::timeout(60)) {
    constexpr size_t kTimes = 200000;
    for (const char* unit :
         {"<", "<div>", "<title>", "<!-- ", "<!DOCTYPE \">\" ", "<![[", "&", "</style",
          "<font color=red>x", "<td></font>", "&#xd83d;", "<a href=x>", "x<i></i>"}) {
        CAPTURE(unit);
        CHECK(render(repeat(unit, kTimes)).results.is_complete);
    }
    std::string based = "<base href='http://h/" + std::string(8000, 'x') + "/'>";
    for (int i = 0; i < 50000; ++i)
        based += "<a href=" + std::to_string(i) + ">";
    CHECK(render(based).results.links.size() < 60000);
}
