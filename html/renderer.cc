#include "html/renderer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "html/element.h"
#include "html/font_face.h"
#include "html/link_table.h"
#include "html/source_repair.h"
#include "html/style.h"
#include "html/text_output.h"
#include "html/tokenizer.h"
#include "html/uri_reference.h"
#include "html/value_decoder.h"
#include "util/strings.h"

namespace html {

namespace {

// Office's "o:p", "st1:city" and the like.
bool is_namespaced(CharView name) {
    if (util::istarts_with(name.bytes, "o:")) {
        name.bytes.remove_prefix(2);
    } else if (util::istarts_with(name.bytes, "st") && name.bytes.size() > 2) {
        Character digit = first_character(name.substr(2));
        if (!is_digit(digit.code, name.utf8))
            return false;
        name.bytes.remove_prefix(2u + digit.size);
        if (!name.bytes.starts_with(':'))
            return false;
        name.bytes.remove_prefix(1);
    } else {
        return false;
    }
    if (name.bytes.size() > 1 && name.bytes.ends_with('/'))
        name.bytes.remove_suffix(1);
    if (name.empty())
        return false;
    while (!name.empty()) {
        Character c = first_character(name);
        if (c.code != '-' && !is_word(c.code, name.utf8))
            return false;
        name.bytes.remove_prefix(c.size);
    }
    return true;
}

// Pixels of an image's side: 200 when it is not said; per cent are of `per_cent` pixels each.
double image_side(CharView value, double per_cent) {
    size_t at = 0;
    while (at < value.bytes.size()) {
        Character c = first_character(value.substr(at));
        if (!is_digit(c.code, value.utf8))
            break;
        at += c.size;
    }
    double side = 0;
    std::string_view unit = value.bytes.substr(at);
    if (at > 0) {
        if (unit.empty() || unit == "\n")
            side = leading_number(value.bytes);
        else if (unit == "%" || unit == "%\n")
            side = leading_number(value.bytes) * per_cent;
    }
    return side > 0 ? side : 200;
}

size_t count_spaces(CharView text) {
    size_t count = 0;
    if (!text.utf8) {
        for (char c : text.bytes)
            count += c != '\f' && util::is_space(static_cast<unsigned char>(c));
        return count;
    }
    for (size_t i = 0; i < text.bytes.size();) {
        auto c = static_cast<unsigned char>(text.bytes[i]);
        if (c < 0x80) {
            count += util::is_space(c);
            ++i;
        } else {
            Character character = first_character(text.substr(i, 4));
            count += is_space(character.code, true);
            i += character.size;
        }
    }
    return count;
}

class Renderer final : public TokenSink {
public:
    Renderer(std::string_view source, const Limits& limits, Input input)
        : limits_(limits),
          is_characters_(input == Input::Characters),
          source_length_(length({source, is_characters_})),
          decoder_(input),
          source_(repair_source(source, is_characters_, repaired_)),
          tokenizer_(source_, *this),
          text_(source.size() / 2) {}

    RenderedText run();

    void on_start(std::string_view name, const std::vector<Attribute>& attributes) override;
    void on_end(std::string_view name) override;
    void on_text(std::string_view text, bool is_cdata) override;
    void on_comment(std::string_view whole) override;
    void on_declaration(std::string_view whole) override;

private:
    struct Count {
        int seen = 0;
        int open = 0;
    };

    Count& count_of(Element element, std::string_view name);
    int open_count(Element element) const { return known_[static_cast<size_t>(element)].open; }
    // What both kinds of tag are counted for. False for tags that have no other effect.
    bool count_tag(Element element, std::string_view name, int step);
    void close_open(std::string_view end_tag, Element element);

    void add_element_space(uint8_t traits);
    void collect_links(Element element, const std::vector<Attribute>& attributes);
    CharView value_of(const std::vector<Attribute>& attributes, std::string_view name);
    CharView href_of(const std::vector<Attribute>& attributes);
    const Attribute* find_repaired(const std::vector<Attribute>& attributes, std::string_view name);
    void push_uri(Element element, CharView uri, bool nofollow = false);
    CharView canonical(CharView uri);
    void set_base(CharView uri);
    void look_at(Element element, const std::vector<Attribute>& attributes);
    bool is_invisible();
    void put_results(RenderedText& out);
    void put_flags(Results& results) const;

    const Limits& limits_;
    const bool is_characters_;
    const size_t source_length_;
    std::string repaired_;
    ValueDecoder decoder_;
    std::string_view source_;
    Tokenizer tokenizer_;

    TextOutput text_;
    StyleStack styles_;
    LinkTable links_;
    CharString base_;
    size_t link_bytes_ = 0;
    std::string scratch_;
    std::string name_;
    std::string href_;

    std::array<Count, kElementCount> known_{};
    util::StringMap<Count> unknown_;
    size_t elements_ = 0, elements_seen_ = 0;
    size_t tags_ = 0, tags_seen_ = 0;
    size_t closed_extra_ = 0;
    bool has_doctype_ = false;

    double image_area_ = 0;
    bool has_embeds_ = false;
    bool has_bad_font_face_ = false;
    bool has_invalid_font_color_ = false;
    bool has_low_contrast_font_ = false;
    bool has_mailto_form_ = false;
    bool is_uri_truncated_ = false;
    bool is_dead_ = false;  // SpamAssassin never comes to the end of the document

    std::vector<CharString> titles_;
    std::vector<std::string> comments_, scripts_;
};

RenderedText Renderer::run() {
    tokenizer_.run();
    // An unclosed style or script would swallow the rest of the document.
    close_open("</style>", Element::Style);
    close_open("</script>", Element::Script);
    tokenizer_.finish();
    // The event that ends the document is ignored as well.
    is_dead_ |= tokenizer_.is_ignoring();
    RenderedText out;
    put_results(out);
    return out;
}

void Renderer::close_open(std::string_view end_tag, Element element) {
    for (int open = open_count(element); open > 0 && !is_dead_; --open) {
        tokenizer_.append(end_tag);
        tokenizer_.run();
        if (open_count(element) >= open)
            break;
    }
}

Renderer::Count& Renderer::count_of(Element element, std::string_view name) {
    if (element != Element::Unknown)
        return known_[static_cast<size_t>(element)];
    name_.assign(name);
    util::lower_in_place(name_);
    if (auto found = unknown_.find(std::string_view(name_)); found != unknown_.end())
        return found->second;
    return unknown_[name_];
}

bool Renderer::count_tag(Element element, std::string_view name, int step) {
    bool is_element = element != Element::Unknown && (element_traits(element) & kCounts) != 0;
    bool is_foreign = element == Element::Unknown && is_namespaced({name, is_characters_});
    Count& count = count_of(element, name);
    if (is_element || is_foreign) {
        ++elements_;
        elements_seen_ += count.seen == 0;
    }
    ++tags_;
    tags_seen_ += count.seen == 0;
    ++count.seen;
    count.open += step;
    if (count.open < 0) {
        count.open = 0;
        ++closed_extra_;
    }
    return element != Element::Unknown;
}

void Renderer::on_start(std::string_view name, const std::vector<Attribute>& attributes) {
    Element element = find_element(name);
    if (!count_tag(element, name, 1))
        return;
    uint8_t traits = element_traits(element);
    if ((traits & kStyles) && !styles_.open(element, attributes, decoder_)) {
        is_dead_ = true;
        tokenizer_.stop();
        return;
    }
    add_element_space(traits);
    if (traits & kLinks)
        collect_links(element, attributes);
    look_at(element, attributes);
}

void Renderer::on_end(std::string_view name) {
    Element element = find_element(name);
    if (!count_tag(element, name, -1))
        return;
    uint8_t traits = element_traits(element);
    if (traits & kStyles)
        styles_.close(element);
    add_element_space(traits);
}

void Renderer::add_element_space(uint8_t traits) {
    if (traits & kNewline)
        text_.add_space("\n");
    else if (traits & kBlank)
        text_.add_space(" ");
    else if (traits & kParagraph)
        text_.add_space("\n\n");
}

// An attribute by its name, or rather by a name that ends a garbled one: a quote left open makes
// attributes like `alt/src`. SpamAssassin takes any of several garbled ones; this, the first.
const Attribute* Renderer::find_repaired(const std::vector<Attribute>& attributes,
                                         std::string_view name) {
    for (const Attribute& a : attributes) {
        for (size_t slash = a.name.find('/'); slash != std::string_view::npos;
             slash = a.name.find('/', slash + 1)) {
            if (slash > 0 && util::istarts_with(a.name.substr(slash + 1), name) &&
                is_word(last_character({a.name.substr(0, slash), is_characters_}).code,
                        is_characters_))
                return &a;
        }
    }
    return find_attribute(attributes, name);
}

void Renderer::collect_links(Element element, const std::vector<Attribute>& attributes) {
    switch (element) {
        case Element::Body:
        case Element::Table:
        case Element::Tr:
        case Element::Td:
            if (const Attribute* a = find_attribute(attributes, "background"))
                push_uri(element, decoder_.attribute(*a));
            break;
        case Element::A:
        case Element::Area:
        case Element::Link: {
            if (find_repaired(attributes, "href")) {
                const Attribute* rel = find_attribute(attributes, "rel");
                push_uri(element, href_of(attributes),
                         rel && util::icontains(rel->value, "nofollow"));
            }
            if (const Attribute* a = find_attribute(attributes, "data-saferedirecturl"))
                push_uri(element, decoder_.attribute(*a));
            break;
        }
        case Element::Base:
            if (const Attribute* a = find_attribute(attributes, "href"))
                set_base(decoder_.attribute(*a));
            break;
        case Element::Form:
            if (const Attribute* a = find_attribute(attributes, "action"))
                push_uri(element, decoder_.attribute(*a));
            break;
        case Element::Meta: {
            const Attribute* equiv = find_attribute(attributes, "http-equiv");
            const Attribute* content = find_attribute(attributes, "content");
            if (!equiv || !content ||
                !contains_ignoring_case(decoder_.attribute(*equiv), "refresh"))
                break;
            CharView value = decoder_.attribute(*content);
            if (has_refresh_target(value))
                push_uri(element, refresh_target(value, scratch_));
            break;
        }
        default:  // img, frame, iframe, embed, script, bgsound
            if (const Attribute* a = find_repaired(attributes, "src"))
                push_uri(element, decoder_.attribute(*a));
    }
}

// The href of an <a>, <area> or <link> without byte order marks.
CharView Renderer::href_of(const std::vector<Attribute>& attributes) {
    const Attribute* a = find_repaired(attributes, "href");
    if (!a)
        return {};
    CharView value = decoder_.attribute(*a);
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (value.bytes.find(kMark) == std::string_view::npos)
        return value;
    href_ = util::replace_all(std::string(value.bytes), kMark, "");
    return {href_, value.utf8};
}

CharView Renderer::canonical(CharView uri) {
    uri = trim_uri(uri);
    if (uri.bytes.size() > limits_.max_uri_length && length(uri) > limits_.max_uri_length) {
        is_uri_truncated_ = true;
        uri = uri.substr(0, prefix_size(uri, limits_.max_uri_length));
    }
    return uri;
}

void Renderer::push_uri(Element element, CharView uri, bool nofollow) {
    uri = canonical(uri);
    if (uri.empty())
        return;
    if (is_opaque_uri(uri)) {
        links_.add(uri, element, nofollow);
        return;
    }
    if (link_bytes_ > limits_.max_link_bytes)
        return;
    CharString target = resolve(base_.view(), uri);
    link_bytes_ += target.bytes.size();
    if (!target.bytes.empty())
        links_.add(target.view(), element, nofollow);
}

void Renderer::set_base(CharView uri) {
    if (uri.empty() || uri.bytes == "0")
        return;
    uri = canonical(uri);
    push_uri(Element::Base, uri);
    CharString base = base_of(uri);
    if (!base.bytes.empty())
        base_ = std::move(base);
}

void Renderer::look_at(Element element, const std::vector<Attribute>& attributes) {
    switch (element) {
        case Element::Font:
            if (const Attribute* face = find_attribute(attributes, "face"))
                has_bad_font_face_ |= !is_plain_font_face(decoder_.attribute(*face));
            break;
        case Element::Img: {
            if (open_count(Element::A) > 0)
                links_.append_to_anchor({"<img>\n", false});
            const Attribute* width = find_attribute(attributes, "width");
            const Attribute* height = find_attribute(attributes, "height");
            if (width && height) {
                // Of a screen of 800 by 600.
                double w = image_side(decoder_.attribute(*width), 8);
                double h = image_side(decoder_.attribute(*height), 6);
                image_area_ += w * h;
            }
            break;
        }
        case Element::Form:
            if (const Attribute* action = find_attribute(attributes, "action"))
                has_mailto_form_ |= util::icontains(decoder_.attribute(*action).bytes, "mailto:");
            break;
        case Element::Object:
        case Element::Embed:
            has_embeds_ = true;
            break;
        case Element::A:
            links_.open_anchor(canonical(href_of(attributes)));
            break;
        case Element::Title:
            titles_.emplace_back();
            break;
        default:
            break;
    }
}

bool Renderer::is_invisible() {
    const Style& style = styles_.top();
    if (is_low_contrast(style.foreground, style.background)) {
        has_low_contrast_font_ = true;
        return true;
    }
    if (style.foreground.kind == Color::Kind::Invalid ||
        style.background.kind == Color::Kind::Invalid) {
        has_invalid_font_color_ = true;
        return true;
    }
    return style.size <= 1 || style.is_display_none || style.is_visibility_hidden;
}

void Renderer::on_text(std::string_view raw, bool is_cdata) {
    if (open_count(Element::Script) > 0) {
        CharString script;
        script.append(decoder_.text(raw, is_cdata));
        scripts_.push_back(script.regex_subject());
        return;
    }
    if (open_count(Element::Style) > 0)
        return;
    CharView text = decoder_.text(raw, is_cdata);
    if (open_count(Element::A) > 0)
        links_.append_to_anchor(text);
    if (open_count(Element::Title) > 0 && !titles_.empty())
        titles_.back().append(text);
    bool invisible = !is_blank_text(text) && is_invisible();
    text_.note_seam(text);
    text_.add_text(text, invisible);
}

void Renderer::on_comment(std::string_view whole) {
    CharString comment;
    comment.append(decoder_.as_written(whole));
    comments_.push_back(comment.regex_subject());
}

void Renderer::on_declaration(std::string_view whole) {
    if (!util::istarts_with(whole, "<!doctype"))
        return;
    has_doctype_ = true;
    ++elements_;
    ++tags_;
}

void Renderer::put_flags(Results& results) const {
    results.numbers["html"] = 1;
    auto flag = [&](const char* name, bool set) {
        if (set)
            results.numbers[name] = 1;
    };
    flag("embeds", has_embeds_);
    flag("font_face_bad", has_bad_font_face_);
    flag("font_invalid_color", has_invalid_font_color_);
    flag("font_low_contrast", has_low_contrast_font_);
    flag("form_action_mailto", has_mailto_form_);
}

void Renderer::put_results(RenderedText& out) {
    auto take = [&](TextOutput::Which which, std::string& bytes, bool& is_characters) {
        CharString text = text_.take(which);
        bytes = std::move(text.bytes);
        is_characters = text.utf8;
    };
    take(TextOutput::Which::Visible, out.visible, out.visible_is_characters);
    take(TextOutput::Which::Invisible, out.invisible, out.invisible_is_characters);
    take(TextOutput::Which::All, out.text, out.text_is_characters);

    Results& r = out.results;
    CharView text{out.text, out.text_is_characters};
    size_t text_length = length(text);
    r.numbers["html_length"] = static_cast<double>(text_length);
    r.numbers["non_space_len"] = static_cast<double>(text_length - count_spaces(text));
    put_flags(r);
    r.is_complete = !is_dead_;
    if (is_dead_)
        return;

    r.numbers["length"] = static_cast<double>(source_length_);
    r.numbers["image_area"] = image_area_;
    r.numbers["min_size"] = styles_.min_size();
    r.numbers["max_size"] = styles_.max_size();
    if (is_uri_truncated_)
        r.numbers["uri_truncated"] = 1;
    r.uri_truncated = is_uri_truncated_;
    auto ratio = [&](const char* name, size_t part, size_t whole) {
        r.numbers[name] = static_cast<double>(part) / static_cast<double>(whole);
    };
    if (tags_ > 0) {
        ratio("closed_extra_ratio", closed_extra_, tags_);
        if (elements_ > 0)
            ratio("bad_tag_ratio", tags_ - elements_, tags_);
        if (text_.obfuscations() > 0)
            ratio("obfuscation_ratio", text_.obfuscations(), tags_);
    }
    if (tags_seen_ > 0 && elements_seen_ > 0)
        ratio("non_element_ratio", tags_seen_ - elements_seen_, tags_seen_);
    if (text_.backhair_count() > 0)
        r.numbers["backhair_count"] = static_cast<double>(text_.backhair_count());

    auto count = [&](std::string_view name, const Count& c) {
        r.inside.emplace(name, c.seen);
        r.inside_now.emplace(name, c.open);
    };
    for (size_t i = 0; i < kElementCount; ++i) {
        if (known_[i].seen > 0)
            count(element_name(static_cast<Element>(i)), known_[i]);
    }
    for (const auto& [name, c] : unknown_)
        count(name, c);
    if (has_doctype_) {
        r.inside["!doctype"] += 1;
        r.inside_now["!doctype"] = 0;
    }

    std::vector<std::string> titles;
    for (const CharString& title : titles_) {
        titles.push_back(title.regex_subject());
        r.title_lengths.push_back(length(title.view()));
    }
    auto list = [&](const char* name, std::vector<std::string> texts) {
        if (!texts.empty())
            r.lists[name] = std::move(texts);
    };
    list("title", std::move(titles));
    list("anchor", links_.take_anchors());
    list("comment", std::move(comments_));
    list("script", std::move(scripts_));
    r.links = links_.take_links();
    r.base_href = base_.bytes;
}

}  // namespace

RenderedText render(std::string_view source, const Limits& limits, Input input) {
    if (input == Input::Auto)
        input = is_ascii(source)              ? Input::Octets
                : util::is_valid_utf8(source) ? Input::Characters
                                              : Input::Utf8Octets;
    return Renderer(source, limits, input).run();
}

}  // namespace html
