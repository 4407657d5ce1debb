#include "html/renderer.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>
#include <unordered_set>

#include "html/color.h"
#include "html/entities.h"
#include "html/target_uri.h"
#include "html/tokenizer.h"
#include "util/strings.h"

namespace html {

namespace {

using NameSet = std::unordered_set<std::string_view>;

// Elements that HTML 4 knows, and a few that mailers made up.
const NameSet& elements() {
    static const NameSet names = {
        "a",      "abbr",     "acronym",  "address",  "applet",     "area",     "b",
        "base",   "basefont", "bdo",      "big",      "blockquote", "body",     "br",
        "button", "caption",  "center",   "cite",     "code",       "col",      "colgroup",
        "dd",     "del",      "dfn",      "dir",      "div",        "dl",       "dt",
        "em",     "fieldset", "font",     "form",     "frame",      "frameset", "h1",
        "h2",     "h3",       "h4",       "h5",       "h6",         "head",     "hr",
        "html",   "i",        "iframe",   "img",      "input",      "ins",      "isindex",
        "kbd",    "label",    "legend",   "li",       "link",       "map",      "menu",
        "meta",   "nobr",     "noframes", "noscript", "object",     "ol",       "optgroup",
        "option", "p",        "param",    "pre",      "q",          "s",        "samp",
        "script", "select",   "small",    "span",     "strike",     "strong",   "style",
        "sub",    "sup",      "table",    "tbody",    "td",         "textarea", "tfoot",
        "th",     "thead",    "title",    "tr",       "tt",         "u",        "ul",
        "var",    "x-sigsep", "x-tab",
    };
    return names;
}
const NameSet& tricks() {
    static const NameSet names = {"bgsound", "embed", "listing", "plaintext", "xmp"};
    return names;
}
const NameSet& styling() {
    static const NameSet names = {"body",  "font",     "table",   "tr",   "th", "td",  "big",
                                  "small", "basefont", "marquee", "span", "p",  "div", "a"};
    return names;
}
const NameSet& spacing() {
    static const NameSet names = {"br",      "div",       "li",  "th",         "td",  "dt",
                                  "dd",      "p",         "hr",  "blockquote", "pre", "embed",
                                  "listing", "plaintext", "xmp", "title",      "h1",  "h2",
                                  "h3",      "h4",        "h5",  "h6"};
    return names;
}

// Attributes that count for the style of an element.
bool counts_for_style(std::string_view tag, std::string_view attribute) {
    auto any = [&](std::initializer_list<std::string_view> names) {
        return std::find(names.begin(), names.end(), attribute) != names.end();
    };
    if (tag == "basefont" || tag == "font")
        return any({"color", "face", "size"});
    if (tag == "body")
        return any({"text", "bgcolor", "link", "alink", "vlink", "background"});
    if (tag == "marquee")
        return any({"bgcolor", "background"});
    if (tag == "table" || tag == "td" || tag == "tr")
        return any({"bgcolor", "style"});
    if (tag == "span" || tag == "p" || tag == "div" || tag == "a")
        return attribute == "style";
    return false;
}

struct Style {
    std::string tag;
    std::string foreground = "#000000", background = "#ffffff";
    double size = 3;
    std::string display, visibility;
};

struct TextPiece {
    std::string text;
    bool whitespace = false, invisible = false, wide = false;  // wide: has characters above U+00FF
};

// Not white space, not ASCII punctuation.
bool is_letterish(unsigned char c) {
    return c >= 0x80 || (!util::is_space(c) && (util::is_alnum(c) || c < 0x20 || c == 0x7F));
}

bool has_wide(std::string_view utf8) {
    return std::any_of(utf8.begin(), utf8.end(), [](unsigned char c) { return c > 0xC3; });
}

std::string to_latin1(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size());
    for (size_t i = 0; i < utf8.size(); ++i) {
        unsigned char c = utf8[i];
        if (c >= 0xC2 && i + 1 < utf8.size()) {
            out += static_cast<char>(c << 6 | (static_cast<unsigned char>(utf8[i + 1]) & 0x3F));
            ++i;
        } else {
            out += static_cast<char>(c);
        }
    }
    return out;
}

size_t count_characters(std::string_view s) {
    return static_cast<size_t>(
        std::count_if(s.begin(), s.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

// &nbsp; is a plain blank, <x/> is <x>, curly double quotes are straight: before anything is
// parsed.
std::string normalized_source(std::string_view s) {
    std::string out;
    out.reserve(s.size());
    for (size_t i = 0; i < s.size();) {
        size_t end = i;
        while (end < s.size() && s[end] != '&' && s[end] != '<' &&
               static_cast<unsigned char>(s[end]) != 0xE2)
            ++end;
        out.append(s.substr(i, end - i));
        i = end;
        if (i >= s.size())
            break;
        std::string_view rest = s.substr(i);
        if (rest.starts_with("&nbsp;")) {
            out += ' ';
            i += 6;
        } else if (rest.starts_with("\xE2\x80\x9C") || rest.starts_with("\xE2\x80\x9D")) {
            out += '"';
            i += 3;
        } else if (rest[0] == '<') {
            size_t n = 1;
            while (n < rest.size() && util::is_word(rest[n]))
                ++n;
            size_t slash = n;
            while (slash < rest.size() && util::is_space(rest[slash]))
                ++slash;
            if (n > 1 && rest.substr(slash).starts_with("/>")) {
                out.append(rest.substr(0, n));
                out += '>';
                i += slash + 2;
            } else {
                out.append(rest.substr(0, n));
                i += n;
            }
        } else {
            out += rest[0];
            ++i;
        }
    }
    return out;
}

// What face= of <font> looks like when a person wrote it.
bool is_plausible_face(std::string_view s) {
    // ^\s*["'.]?[a-z ][a-z -]*[a-z]\d?["']?(?:,\s*["']?[a-z][a-z -]*[a-z]\d?["']?)*;?$
    auto is_quote = [](char c) { return c == '"' || c == '\''; };
    auto part = [&](std::string_view p, bool first) {
        p = util::trim_left(p);
        auto strip = [&](std::string_view q) {
            if (!q.empty() && (is_quote(q.front()) || (first && q.front() == '.')))
                q.remove_prefix(1);
            return q;
        };
        auto is_name = [&](std::string_view q) {
            if (!q.empty() && is_quote(q.back()))
                q.remove_suffix(1);
            if (!q.empty() && util::is_digit(q.back()) && q.size() > 2)
                q.remove_suffix(1);
            if (q.size() < 2 || !util::is_alpha(q.back()))
                return false;
            if (!util::is_alpha(q.front()) && !(first && q.front() == ' '))
                return false;
            return std::all_of(q.begin(), q.end(), [](unsigned char c) {
                return util::is_alpha(c) || c == ' ' || c == '-';
            });
        };
        return is_name(strip(p)) || (first && is_name(p));
    };
    if (s.ends_with('\n'))
        s.remove_suffix(1);
    auto parts = util::split(s, ',');
    for (size_t i = 0; i < parts.size(); ++i) {
        std::string_view p = parts[i];
        if (i + 1 == parts.size() && p.ends_with(';'))
            p.remove_suffix(1);
        // Blanks in front belong to the first name or follow a comma.
        bool spaced = i == 0 && !p.empty() && p.front() == ' ' &&
                      part(p.substr(util::trim_left(p).size() == p.size() ? 0 : 0), true);
        if (!spaced && !part(p, i == 0))
            return false;
    }
    return true;
}

struct Attributes {
    std::vector<std::pair<std::string, std::string>> all;  // name in lower case, value decoded
    std::string* find(std::string_view name) {
        for (auto& [known, value] : all)
            if (known == name)
                return &value;
        return nullptr;
    }
    void set(std::string name, std::string value) {
        if (auto* old = find(name))
            *old = std::move(value);
        else
            all.emplace_back(std::move(name), std::move(value));
    }
};

class Renderer : public TokenSink {
public:
    Renderer(std::string_view source, const Limits& limits) : limits_(limits) {
        ascii_ =
            std::none_of(source.begin(), source.end(), [](unsigned char c) { return c >= 0x80; });
        length_ = static_cast<double>(count_characters(source));
        stack_.emplace_back();
        stack_.back().tag = "default";
        ++open_styles_["default"];
    }

    RenderedText run(std::string_view source) {
        std::string text = normalized_source(source);
        Tokenizer tokenizer(text, *this);
        tokenizer.run();
        for (const char* literal : {"style", "script"})
            while (inside(literal) > 0) {
                int before = inside(literal);
                tokenizer.append(std::string("</") + literal + ">");
                if (inside(literal) == before)
                    break;
            }
        tokenizer.finish();
        return result();
    }

    void on_start(std::string_view name, const std::vector<Attribute>& attributes) override {
        Attributes decoded;
        for (const auto& a : attributes)
            decoded.set(util::lower(a.name),
                        decode_entities(a.has_value ? a.value : a.name, false));
        tag(util::lower(name), decoded, 1);
    }
    void on_end(std::string_view name) override {
        Attributes none;
        tag(util::lower(name), none, -1);
    }
    void on_text(std::string_view text, bool is_cdata) override {
        this->text(is_cdata ? std::string(text) : decode_entities(text, true));
    }
    void on_comment(std::string_view whole) override {
        results_.lists["comment"].push_back(out_string(std::string(whole)));
    }
    void on_declaration(std::string_view whole) override {
        if (util::istarts_with(whole, "<!doctype")) {
            ++elements_;
            ++tags_;
            inside_["!doctype"] = 0;
        }
    }

private:
    int inside(std::string_view tag) const {
        auto it = inside_.find(tag);
        return it == inside_.end() ? 0 : it->second;
    }

    // A string as rules get it: characters stay UTF-8, bytes become Latin-1.
    std::string out_string(std::string s) const {
        return ascii_ && !has_wide(s) ? to_latin1(s) : s;
    }

    static bool is_namespace(std::string_view tag) {
        // ^(?:o|st\d):[\w-]+/?$
        size_t colon = tag.find(':');
        if (colon == std::string_view::npos)
            return false;
        std::string_view prefix = tag.substr(0, colon), rest = tag.substr(colon + 1);
        if (prefix != "o" &&
            !(prefix.size() == 3 && prefix.starts_with("st") && util::is_digit(prefix[2])))
            return false;
        if (rest.ends_with('/'))
            rest.remove_suffix(1);
        return !rest.empty() && std::all_of(rest.begin(), rest.end(), [](unsigned char c) {
            return util::is_word(c) || c == '-';
        });
    }

    void tag(const std::string& name, Attributes& attributes, int step) {
        bool other_namespace = is_namespace(name);
        bool known = elements().count(name) != 0;
        auto it = inside_.find(name);
        bool first = it == inside_.end();
        if (known || other_namespace) {
            ++elements_;
            elements_seen_ += first;
            any_element_ = true;
        }
        ++tags_;
        tags_seen_ += first;
        if (first)
            it = inside_.emplace(name, 0).first;
        it->second += step;
        if (it->second < 0) {
            it->second = 0;
            ++closed_extra_;
        }
        if (other_namespace || (!known && tricks().count(name) == 0))
            return;
        if (styling().count(name) != 0)
            style(name == "th" ? "td" : name, attributes, step);
        if (spacing().count(name) != 0)
            whitespace(name);
        if (step == 1) {
            links(name, attributes);
            tests(name, attributes);
        }
    }

    void whitespace(std::string_view name) {
        if (name == "br" || name == "div")
            display("\n", true, false);
        else if (name == "p" || name == "hr" || name == "blockquote" || name == "pre" ||
                 name == "listing" || name == "plaintext" || name == "xmp" || name == "title")
            display("\n\n", true, false);
        else
            display(" ", true, false);
    }

    // --- links ---
    std::string canonical(std::string_view uri) {
        auto blank = [](std::string_view s, size_t at) -> size_t {
            if (util::is_space(s[at]))
                return 1;
            return s.substr(at).starts_with("\xC2\xA0") ? 2 : 0;
        };
        while (!uri.empty() && blank(uri, 0) > 0)
            uri.remove_prefix(blank(uri, 0));
        while (!uri.empty()) {
            if (util::is_space(uri.back()))
                uri.remove_suffix(1);
            else if (uri.ends_with("\xC2\xA0"))
                uri.remove_suffix(2);
            else
                break;
        }
        if (uri.size() > limits_.max_uri_length && count_characters(uri) > limits_.max_uri_length) {
            results_.uri_truncated = true;
            size_t n = 0, i = 0;
            for (; i < uri.size() && n <= limits_.max_uri_length; ++i)
                n += (static_cast<unsigned char>(uri[i]) & 0xC0) != 0x80;
            uri = uri.substr(0, i - 1);
        }
        return std::string(uri);
    }

    Link& link(const std::string& uri) {
        auto [it, added] = link_index_.emplace(uri, results_.links.size());
        if (added) {
            results_.links.emplace_back();
            results_.links.back().uri = uri;
        }
        return results_.links[it->second];
    }

    void push_uri(std::string_view type, std::string_view raw) {
        std::string uri = canonical(raw);
        if (uri.empty())
            return;
        bool opaque = false;
        for (std::string_view scheme : {"data:", "mailto:", "file:", "cid:", "tel:"})
            opaque |= util::istarts_with(uri, scheme);
        std::string target = opaque ? uri : target_uri(results_.base_href, uri);
        if (target.empty())
            return;
        auto& types = link(target).types;
        auto at = std::lower_bound(types.begin(), types.end(), type);
        if (at == types.end() || *at != type)
            types.emplace(at, type);
    }

    // "x/href" and the like: garbage before the name does not hide it.
    static void unmask(Attributes& attributes, std::string_view name) {
        for (size_t i = 0; i < attributes.all.size(); ++i) {
            const std::string& key = attributes.all[i].first;
            size_t slash = key.find("/" + std::string(name));
            if (slash == std::string::npos || slash == 0 || !util::is_word(key[slash - 1]))
                continue;
            std::string value = attributes.all[i].second;
            attributes.all.erase(attributes.all.begin() + static_cast<ptrdiff_t>(i));
            attributes.set(std::string(name), value);
            i = static_cast<size_t>(-1);
        }
    }

    void links(std::string_view name, Attributes& a) {
        if (name == "body" || name == "table" || name == "tr" || name == "td") {
            if (auto* background = a.find("background"))
                push_uri(name, *background);
        } else if (name == "a" || name == "area" || name == "link") {
            unmask(a, "href");
            if (auto* href = a.find("href")) {
                *href = util::replace_all(std::move(*href), "\xEF\xBB\xBF", "");
                push_uri(name, *href);
            }
            if (auto* safe = a.find("data-saferedirecturl"))
                push_uri(name, *safe);
        } else if (name == "img" || name == "frame" || name == "iframe" || name == "embed" ||
                   name == "script" || name == "bgsound") {
            unmask(a, "src");
            if (auto* source = a.find("src"))
                push_uri(name, *source);
        } else if (name == "form") {
            if (auto* action = a.find("action"))
                push_uri(name, *action);
        } else if (name == "base") {
            if (auto* href = a.find("href"); href && !href->empty() && *href != "0")
                base(*href);
        } else if (name == "meta") {
            auto *equivalent = a.find("http-equiv"), *content = a.find("content");
            if (equivalent && content && util::icontains(*equivalent, "refresh"))
                refresh(*content);
        }
    }

    void base(std::string_view href) {
        std::string uri = canonical(href);
        push_uri("base", uri);
        // ^(?:https?|ftp):/{0,2}
        if (!util::istarts_with(uri, "http:") && !util::istarts_with(uri, "https:") &&
            !util::istarts_with(uri, "ftp:"))
            return;
        // A file name at the end goes: ^([a-z]+:/{0,2}[^/]+/.*?)[^/.]+\.[^/.]{2,4}$
        size_t host = uri.find(':') + 1;
        for (int i = 0; i < 2 && host < uri.size() && uri[host] == '/'; ++i)
            ++host;
        size_t path = uri.find('/', host);
        if (path != std::string::npos && path > host) {
            size_t slash = uri.rfind('/'), dot = uri.rfind('.');
            size_t extension = dot == std::string::npos ? 0 : uri.size() - dot - 1;
            if (dot != std::string::npos && dot > slash + 1 && extension >= 2 && extension <= 4) {
                size_t before = uri.find_last_of("/.", dot - 1);
                if (before + 1 < dot)
                    uri.resize(before + 1);
            }
        }
        if (!uri.ends_with('/'))
            uri += '/';
        results_.base_href = uri;
    }

    void refresh(std::string_view content) {
        // The last "url =": s/^.*\burl\s*=\s*//i, then s/\s*;.*//
        size_t found = std::string_view::npos;
        for (size_t at = util::ifind(content, "url"); at != std::string_view::npos;
             at = util::ifind(content, "url", at + 1)) {
            size_t equals = at + 3;
            while (equals < content.size() && util::is_space(content[equals]))
                ++equals;
            if ((at == 0 || !util::is_word(content[at - 1])) && equals < content.size() &&
                content[equals] == '=')
                found = equals + 1;
        }
        if (found == std::string_view::npos)
            return;
        std::string_view uri = util::trim_left(content.substr(found));
        if (size_t semicolon = uri.find(';'); semicolon != std::string_view::npos)
            uri = util::trim_right(uri.substr(0, semicolon));
        push_uri("meta", uri);
    }

    // --- style ---
    void pop_style() {
        --open_styles_[stack_.back().tag];
        stack_.pop_back();
    }
    bool is_open(const std::string& name) const {
        auto it = open_styles_.find(name);
        return it != open_styles_.end() && it->second > 0;
    }

    void style(const std::string& name, Attributes& attributes, int step) {
        if (step < 0) {
            if (name == "body" || !is_open(name))
                return;
            bool closed = false;
            while (!closed && !stack_.empty()) {
                closed = stack_.back().tag == name;
                pop_style();
            }
            return;
        }
        if (name == "basefont")
            if (auto* size = attributes.find("size")) {
                std::string_view digits = util::trim_left(*size);
                if (!digits.empty() && util::is_digit(digits[0])) {
                    base_font_ = std::strtod(std::string(digits).c_str(), nullptr);
                    return;
                }
            }
        if ((name == "td" || name == "tr") && is_open(name))
            while (!stack_.empty()) {
                const std::string& top = stack_.back().tag;
                if (top == "font" || top == "td" || (name == "tr" && top == "tr"))
                    pop_style();
                else
                    break;
            }
        Style fresh = stack_.empty() ? Style{} : stack_.back();
        fresh.tag = name;
        const std::string parent_background = fresh.background;
        if (name == "big" || name == "small") {
            fresh.size += name == "big" ? 1 : -1;
        } else {
            for (auto& [attribute, value] : attributes.all) {
                if (!counts_for_style(name, attribute))
                    continue;
                if (attribute == "text" || attribute == "color")
                    fresh.foreground = color_to_rgb(value);
                else if (attribute == "size")
                    font_size(value, fresh);
                else if (attribute == "style")
                    declarations(value, fresh, parent_background);
                if (fresh.size > max_size_)
                    max_size_ = fresh.size;
                else if (fresh.size < min_size_)
                    min_size_ = fresh.size;
            }
        }
        if (stack_.size() < limits_.max_nesting) {
            ++open_styles_[name];
            stack_.push_back(std::move(fresh));
        }
    }

    void font_size(std::string_view value, Style& style) const {
        value = util::trim_left(value);
        bool relative = !value.empty() && (value[0] == '+' || value[0] == '-');
        std::string_view digits = relative ? value.substr(1) : value;
        if (digits.empty() || !util::is_digit(digits[0]))
            return;
        size_t n = 0;
        while (n < digits.size() && n < 15 && util::is_digit(digits[n]))
            ++n;
        double number = std::strtod(std::string(digits.substr(0, n)).c_str(), nullptr);
        style.size = relative ? base_font_ + (value[0] == '-' ? -number : number) : number;
    }

    static void declarations(std::string_view text, Style& style,
                             const std::string& parent_background) {
        for (auto part : util::split(text, ';')) {
            part = util::trim(part);
            size_t colon = part.find(':');
            if (colon == std::string_view::npos)
                continue;
            std::string_view property = part.substr(0, colon),
                             value = util::trim(part.substr(colon + 1));
            bool is_color = util::iequals(property, "color"),
                 is_background = util::iequals(property, "background-color");
            if ((is_color || is_background) && !value.empty()) {
                if (std::string color = style_color(value); !color.empty())
                    (is_background ? style.background : style.foreground) = color;
            } else if (property == "background" && !value.empty()) {
                if (std::string color = background_color(value); !color.empty())
                    style.background = color;
            } else if (!value.empty()) {
                property = util::trim_right(property);
                if (property == "display")
                    style.display = std::string(value);
                else if (property == "visibility")
                    style.visibility = std::string(value);
            }
        }
        if (style.background == "transparent")
            style.background = parent_background;
        if (style.foreground == "transparent")
            style.foreground = style.background;
    }

    bool is_hidden() {
        if (stack_.empty())
            return false;
        const Style& s = stack_.back();
        if (is_low_contrast(s.foreground, s.background)) {
            results_.numbers["font_low_contrast"] = 1;
            return true;
        }
        if (s.foreground == "invalid" || s.background == "invalid") {
            results_.numbers["font_invalid_color"] = 1;
            return true;
        }
        return s.size <= 1 || util::iequals(s.display, "none") ||
               util::iequals(s.visibility, "hidden");
    }

    // --- facts about single tags ---
    void tests(std::string_view name, Attributes& a) {
        if (name == "font") {
            if (auto* face = a.find("face"); face && !is_plausible_face(*face))
                results_.numbers["font_face_bad"] = 1;
        } else if (name == "img") {
            if (inside("a") > 0)
                anchor_text("<img>\n");
            auto *width = a.find("width"), *height = a.find("height");
            if (width && height)
                image_area_ += extent(*width, 8) * extent(*height, 6);
        } else if (name == "form") {
            if (auto* action = a.find("action"); action && util::icontains(*action, "mailto:"))
                results_.numbers["form_action_mailto"] = 1;
        } else if (name == "object" || name == "embed") {
            results_.numbers["embeds"] = 1;
        } else if (name == "a") {
            auto* href = a.find("href");
            anchor_ = href ? canonical(*href) : "";
            link(anchor_).anchor_texts.emplace_back();
            anchors_.emplace_back();
        } else if (name == "title") {
            titles_.emplace_back();
        }
    }

    // "120" or "50%" of a screen that is 100 units of `percent` pixels; what is no number is 200.
    static double extent(std::string_view text, double percent) {
        if (text.ends_with('\n'))
            text.remove_suffix(1);
        bool relative = text.ends_with('%');
        if (relative)
            text.remove_suffix(1);
        if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
            return 200;
        double value = std::strtod(std::string(text.substr(0, 18)).c_str(), nullptr) *
                       (relative ? percent : 1);
        return value <= 0 ? 200 : value;
    }

    void anchor_text(std::string_view text) {
        if (anchors_.empty())
            return;
        link(anchor_).anchor_texts.back() += text;
        anchors_.back() += text;
    }

    // --- text ---
    void text(std::string text) {
        if (inside("script") > 0) {
            results_.lists["script"].push_back(out_string(std::move(text)));
            return;
        }
        if (inside("style") > 0)
            return;
        if (inside("a") > 0)
            anchor_text(text);
        if (inside("title") > 0 && !titles_.empty())
            titles_.back() += text;
        bool invisible = has_ink(text) && is_hidden();
        // Letters that meet where a tag stood between them.
        if (!pieces_.empty() && !text.empty() && !pieces_.back().text.empty() &&
            letter_at(text, 0) && ends_in_letter(pieces_.back().text)) {
            ++obfuscation_;
            any_obfuscation_ = true;
        }
        display(std::move(text), false, invisible);
    }

    bool letter_at(std::string_view s, size_t at) const {
        // Among characters, no-break and other wide spaces are no letters.
        if (!ascii_ &&
            (s.substr(at).starts_with("\xC2\xA0") || s.substr(at).starts_with("\xC2\x85") ||
             s.substr(at).starts_with("\xE3\x80\x80")))
            return false;
        return is_letterish(s[at]);
    }
    bool ends_in_letter(std::string_view s) const {
        size_t at = s.size() - 1;
        while (at > 0 && (static_cast<unsigned char>(s[at]) & 0xC0) == 0x80)
            --at;
        return letter_at(s, at);
    }

    static bool has_ink(std::string_view text) {
        for (size_t i = 0; i < text.size(); ++i) {
            if (text.substr(i).starts_with("\xC3\x82\xC2\xA0"))
                i += 3;
            else if (!util::is_space(text[i]))
                return true;
        }
        return false;
    }

    void display(std::string text, bool is_whitespace, bool invisible) {
        if (is_whitespace) {
            if (!pieces_.empty() && !pieces_.back().whitespace && !pieces_.back().invisible &&
                pieces_.back().text.ends_with(' '))
                pieces_.back().text.pop_back();
        } else {
            text = collapse(text);
            if (!pieces_.empty() && !invisible && pieces_.back().whitespace &&
                text.starts_with(' '))
                text.erase(0, 1);
        }
        TextPiece piece;
        piece.wide = has_wide(text);
        piece.text = std::move(text);
        piece.whitespace = is_whitespace;
        piece.invisible = invisible;
        pieces_.push_back(std::move(piece));
    }

    // White space to one blank; so is the pair "A-circumflex, no-break space" that is a no-break
    // space read twice.
    static std::string collapse(std::string_view text) {
        std::string out;
        out.reserve(text.size());
        for (size_t i = 0; i < text.size();) {
            if (util::is_space(text[i])) {
                while (i < text.size() && util::is_space(text[i]))
                    ++i;
                out += ' ';
            } else if (text[i] == '\xC3' && text.substr(i).starts_with("\xC3\x82\xC2\xA0")) {
                out += ' ';
                i += 4;
            } else {
                out += text[i++];
            }
        }
        return out;
    }

    template <typename Wanted>
    void join(Wanted wanted, std::string& out, bool& characters) const {
        bool wide = false;
        for (const auto& piece : pieces_)
            if (wanted(piece)) {
                out += piece.text;
                wide |= piece.wide;
            }
        characters = !ascii_ || wide;
        if (!characters)
            out = to_latin1(out);
    }

    RenderedText result() {
        RenderedText r;
        join([](const TextPiece&) { return true; }, r.text, r.text_is_characters);
        join([](const TextPiece& p) { return !p.invisible; }, r.visible, r.visible_is_characters);
        join([](const TextPiece& p) { return p.invisible; }, r.invisible,
             r.invisible_is_characters);
        auto& n = results_.numbers;
        n["html"] = 1;
        n["length"] = length_;
        n["image_area"] = image_area_;
        n["max_size"] = max_size_;
        n["min_size"] = min_size_;
        if (tags_ > 0) {
            n["closed_extra_ratio"] = closed_extra_ / tags_;
            if (elements_ > 0)
                n["bad_tag_ratio"] = (tags_ - elements_) / tags_;
            if (any_obfuscation_)
                n["obfuscation_ratio"] = obfuscation_ / tags_;
        }
        if (tags_seen_ > 0 && elements_seen_ > 0)
            n["non_element_ratio"] = (tags_seen_ - elements_seen_) / tags_seen_;
        for (auto& title : titles_)
            results_.lists["title"].push_back(out_string(std::move(title)));
        for (auto& anchor : anchors_)
            results_.lists["anchor"].push_back(out_string(std::move(anchor)));
        for (auto& [name, count] : inside_) {
            results_.inside[name] = count;
            results_.inside_now[name] = count;
        }
        r.results = std::move(results_);
        return r;
    }

    const Limits& limits_;
    bool ascii_ = true;
    double length_ = 0;
    std::vector<Style> stack_;
    std::unordered_map<std::string, int> open_styles_;
    double base_font_ = 3, max_size_ = 3, min_size_ = 3;
    std::unordered_map<std::string, int, util::StringHash, std::equal_to<>> inside_;
    double elements_ = 0, elements_seen_ = 0, tags_ = 0, tags_seen_ = 0, closed_extra_ = 0,
           obfuscation_ = 0, image_area_ = 0;
    bool any_element_ = false, any_obfuscation_ = false;
    std::string anchor_;
    std::vector<std::string> anchors_, titles_;
    std::vector<TextPiece> pieces_;
    std::unordered_map<std::string, size_t> link_index_;
    Results results_;
};

}  // namespace

RenderedText render(std::string_view source, const Limits& limits) {
    return Renderer(source, limits).run(source);
}

}  // namespace html
