// An HTML part as a rule sees it: its text as a reader would see it, the text hidden from the
// reader, its links, and the facts about its style that evals ask for.
//
// The event model is that of Perl's HTML::Parser (as Mail::SpamAssassin::HTML drives it), not an
// HTML5 tree: tag soup yields the same text and links as it does in SpamAssassin. Rendering never
// fails; input is UTF-8 or raw bytes, output is bytes in the same encoding.

#ifndef HTML_RENDERER_H
#define HTML_RENDERER_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace html {

struct Limits {
    size_t max_uri_length = 8192;  // longer link targets are cut; `uri_truncated` is set
    size_t max_nesting = 1000;     // style stack depth; deeper elements share the last style
};

// A link with the elements it came from and the text shown for it.
struct Link {
    std::string uri;                        // as written, entities decoded, resolved against <base>
    std::vector<std::string> types;         // "a", "img", "form", ... sorted, distinct
    std::vector<std::string> anchor_texts;  // one per <a>, rendered
    bool nofollow = false;
};

// What html.pm calls its results. Numbers that evals compare are here under their SpamAssassin
// names in `numbers` ("obfuscation_ratio", "bad_tag_ratio", "non_element_ratio",
// "closed_extra_ratio", "length", "max_size", "image_area", "html", "embeds", "font_face_bad",
// "font_invalid_color", "font_low_contrast", "form_action_mailto", "thousand..." etc.); a key that
// is absent is Perl's undef.
struct Results {
    std::map<std::string, double, std::less<>> numbers;
    std::map<std::string, std::string, std::less<>> strings;
    std::map<std::string, std::vector<std::string>, std::less<>>
        lists;                                       // title, anchor, comment, script...
    std::map<std::string, int, std::less<>> inside;  // tag -> times seen (html_tag_exists)
    std::map<std::string, int, std::less<>>
        inside_now;           // tag -> open minus closed (html_tag_balance)
    std::vector<Link> links;  // in the order first seen
    std::string base_href;
    bool uri_truncated = false;
};

struct RenderedText {
    std::string
        text;  // all of it, visible and not, whitespace as Mail::SpamAssassin::HTML leaves it
    std::string visible;    // what a reader sees
    std::string invisible;  // what a reader does not see
    // Whether Perl would hold the text above it as characters (then it is UTF-8) or as bytes. Only
    // an all-ASCII source whose entities stay within Latin-1 gives bytes, and those are Latin-1.
    bool text_is_characters = false, visible_is_characters = false, invisible_is_characters = false;
    Results results;
};

// `source` is UTF-8.
RenderedText render(std::string_view source, const Limits& limits = {});

}  // namespace html

#endif  // HTML_RENDERER_H
