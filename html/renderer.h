// An HTML part as a rule sees it: its text as a reader would see it, the text hidden from the
// reader, its links, and the facts about its style that evals ask for.
//
// The event model is that of Perl's HTML::Parser (as Mail::SpamAssassin::HTML drives it), not an
// HTML5 tree: tag soup yields the same text and links as it does in SpamAssassin. Rendering never
// fails, takes time linear in the source, and does not recurse.
//
// One oddity is kept because it is visible: where SpamAssassin's parser dies (a style attribute
// with an empty `background: `) the results end there: the text so far, `html` and the font facts,
// but neither links nor counts. `is_complete` is false then.

#ifndef HTML_RENDERER_H
#define HTML_RENDERER_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace html {

struct Limits {
    // Characters of a link target; a longer one is cut, and `uri_truncated` set.
    size_t max_uri_length = 8192;
    // Bytes of all link targets together, repeats included (a long <base> multiplies them); further
    // ones are dropped.
    size_t max_link_bytes = 32 << 20;
};

// What the source is, as Mail::SpamAssassin::Message::Node hands it to its parser. It decides what
// is white space (U+00A0 and the like) and what `&eacute;` becomes.
enum class Input : uint8_t {
    Auto,        // Octets if all is ASCII, else Characters if it is UTF-8, else Utf8Octets
    Characters,  // decoded text, in UTF-8
    Octets,      // ASCII left undecoded (charset ASCII, UTF-8, ISO-8859-*, Windows-* ...)
    Utf8Octets,  // bytes of no known charset (normalize_charset 0)
};

// A link with the elements it came from and the text shown for it. As in SpamAssassin's uri_detail,
// the text of an <a> stands under its href as written, which is another entry than the resolved
// target when the two differ; an <a> without href has the uri "".
struct Link {
    std::string uri;                        // entities decoded, resolved against <base>
    bool is_characters = false;             // uri is UTF-8 text; else octets of unknown charset
    std::vector<std::string> types;         // "a", "img", "form", ... sorted, distinct
    std::vector<std::string> anchor_texts;  // one per <a>, not trimmed; "<img>\n" for an image
    bool nofollow = false;
};

// What HTML.pm calls its results. Numbers that evals compare are here under their SpamAssassin
// names in `numbers`; a key that is absent is Perl's undef:
//   html (1), length (source characters), html_length (text characters), non_space_len, image_area,
//   min_size, max_size, bad_tag_ratio, non_element_ratio, closed_extra_ratio, obfuscation_ratio,
//   backhair_count, and 1 if seen: embeds, font_face_bad, font_invalid_color, font_low_contrast,
//   form_action_mailto, uri_truncated.
// `ratio` is (part size in bytes - html_length) / part size; the size before charset decoding is
// known to the caller, who sets it.
//
// Strings in `lists` and anchor texts have the form a byte-wise regex should see: one byte per
// character where all are below 256, else UTF-8.
struct Results {
    std::map<std::string, double, std::less<>> numbers;
    std::map<std::string, std::string, std::less<>> strings;  // none so far
    // "title", "anchor", "comment" (with <!-- -->), "script".
    std::map<std::string, std::vector<std::string>, std::less<>> lists;
    std::vector<size_t> title_lengths;               // characters of each title
    std::map<std::string, int, std::less<>> inside;  // tag -> times seen (html_tag_exists)
    std::map<std::string, int, std::less<>>
        inside_now;           // tag -> open minus closed (html_tag_balance)
    std::vector<Link> links;  // in the order first seen
    std::string base_href;
    bool uri_truncated = false;
    bool is_complete = true;
};

// Each text is UTF-8 if its flag says so (Perl's utf8 flag), else octets. Line and blank handling
// downstream depends on it: only in characters is U+00A0 or U+2003 white space.
struct RenderedText {
    std::string text;       // all of it, white space as Mail::SpamAssassin::HTML leaves it
    std::string visible;    // what a reader sees
    std::string invisible;  // what a reader does not see
    bool text_is_characters = false;
    bool visible_is_characters = false;
    bool invisible_is_characters = false;
    Results results;
};

RenderedText render(std::string_view source, const Limits& limits = {}, Input input = Input::Auto);

}  // namespace html

#endif  // HTML_RENDERER_H
