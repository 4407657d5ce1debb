// The text that body and rawbody rules look at (Message.pm's get_body_text_array_common,
// get_decoded_body_text_array and their line splitters).

#include "message/charset.h"
#include "message/uri_unicode.h"
#include "message/views.h"
#include "util/strings.h"

namespace message {

namespace {

constexpr size_t kMaxLine = 2048;       // bytes
constexpr size_t kSearchWindow = 1024;  // where a cut looks for a good place

// Appends, making the whole a string of characters if either side is one.
void append(Text& all, std::string_view bytes, bool characters) {
    if (characters == all.is_characters || is_all_ascii(bytes)) {
        all.bytes += bytes;
    } else if (characters) {
        all.bytes = latin1_to_utf8(all.bytes);
        all.bytes += bytes;
        all.is_characters = true;
    } else {
        all.bytes += latin1_to_utf8(bytes);
    }
}

// The first `limit` units, a little more if a line or a word ends soon after.
std::string_view cut(std::string_view text, size_t limit, bool characters) {
    size_t at = limit, window = kSearchWindow;
    if (characters && !is_all_ascii(text)) {
        at = character_offset(text, limit);
        if (at == std::string_view::npos || at >= text.size())
            return text;
        size_t end = character_offset(text.substr(at), kSearchWindow);
        window = end == std::string_view::npos ? text.size() - at : end;
    }
    if (limit == 0 || text.size() <= at)
        return text;
    for (char good : {'\n', ' '}) {
        size_t found = text.find(good, at);
        if (found != std::string_view::npos && found - at <= window)
            return text.substr(0, found + 1);
    }
    return text.substr(0, at);
}

// No white space, nor the start of one in characters, nor NUL.
bool is_inner(unsigned char c) {
    return c > ' ' ? c < 0xC2 : c != '\0' && !util::is_space(c);
}

// White space runs become one blank; those with a blank line in them become a line end.
std::string collapse(const Text& text) {
    const std::string& s = text.bytes;
    std::string out;
    out.reserve(s.size());
    for (size_t i = 0; i < s.size();) {
        auto space_at = [&](size_t at) -> size_t {
            if (at >= s.size())
                return 0;
            if (util::is_space(s[at]))
                return 1;
            return text.is_characters && static_cast<unsigned char>(s[at]) >= 0xC2
                       ? wide_space_at(s, at)
                       : 0;
        };
        size_t width = space_at(i);
        if (width == 0) {
            if (s[i] == '\0') {
                out += '\n';
                ++i;
                continue;
            }
            size_t start = i++;
            while (i < s.size() && is_inner(static_cast<unsigned char>(s[i])))
                ++i;
            out.append(s, start, i - start);
            continue;
        }
        size_t newlines = 0, first = 0, last = 0, end = i;
        for (; width > 0; width = space_at(end)) {
            if (s[end] == '\n') {
                first = newlines == 0 ? end : first;
                last = end;
                ++newlines;
            }
            end += width;
        }
        if (newlines >= 2) {
            if (first > i)
                out += ' ';
            out += '\n';
            if (last + 1 < end)
                out += ' ';
        } else {
            out += ' ';
        }
        i = end;
    }
    return out;
}

std::vector<std::string> short_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        size_t end = text.find('\n');
        std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
        text.remove_prefix(line.size());
        while (line.size() > kMaxLine) {
            size_t blank = line.rfind(' ', kMaxLine);
            size_t length = blank == std::string_view::npos ? kMaxLine : blank + 1;
            lines.emplace_back(line.substr(0, length));
            line.remove_prefix(length);
        }
        lines.emplace_back(line);  // "" where the last cut was at the very end
    }
    return lines;
}

void short_paragraphs(std::string_view text, std::vector<std::string>& chunks) {
    if (text.size() <= kMaxLine) {
        chunks.emplace_back(text);
        return;
    }
    size_t at = 0;
    while (text.size() - at > 2 * kMaxLine) {
        size_t end = at + kMaxLine;
        for (char good : {'\n', '>', ' '}) {
            // Only as far as a cut there would be of use: searching on would be quadratic.
            size_t found =
                text.substr(0, std::min(text.size(), at + 2 * kMaxLine)).find(good, at + kMaxLine);
            if (found != std::string_view::npos) {
                end = found;
                break;
            }
        }
        chunks.emplace_back(text.substr(at, end - at + 1));
        at = end + 1;
    }
    if (at < text.size())
        chunks.emplace_back(text.substr(at));
}

enum class Which { All, Visible, Invisible };

std::vector<std::string> build_body(const Message& message, Which which) {
    std::string subject;
    if (which != Which::Invisible) {
        auto value = message.root().header("subject");
        subject = value ? std::string(*value) + "\n" : "\n";
    }
    Text all;
    size_t limit = message.settings().body_part_scan_size;
    auto leaves = message.leaves();
    if (leaves.empty())
        return {};
    for (const Part* part : leaves) {
        if (!all.bytes.empty())
            all.bytes += '\n';
        if (part->rendered_type().empty())
            continue;
        std::string_view text = which == Which::All       ? part->rendered()
                                : which == Which::Visible ? part->visible_rendered()
                                                          : part->invisible_rendered();
        bool characters = which == Which::All       ? part->rendered_is_characters()
                          : which == Which::Visible ? part->visible_is_characters()
                                                    : part->invisible_is_characters();
        append(all, cut(text, limit, characters), characters);
    }
    return short_lines(subject + collapse(all));
}

std::string_view cut_raw(std::string_view text, size_t limit) {
    if (limit == 0 || text.size() <= limit)
        return text;
    for (char good : {'\n', '>', ' '}) {
        size_t found =
            text.substr(0, std::min(text.size(), limit + kSearchWindow + 1)).find(good, limit);
        if (found != std::string_view::npos)
            return text.substr(0, found + 1);
    }
    return text.substr(0, limit);
}

}  // namespace

const std::vector<std::string>& Message::body_lines() const {
    if (!views_->body)
        views_->body = build_body(*this, Which::All);
    return *views_->body;
}

std::vector<std::string>& Message::editable_body_lines() {
    body_lines();
    return *views_->body;
}

const std::vector<std::string>& Message::visible_body_lines() const {
    if (!views_->visible)
        views_->visible = build_body(*this, Which::Visible);
    return *views_->visible;
}

const std::vector<std::string>& Message::invisible_body_lines() const {
    if (!views_->invisible)
        views_->invisible = build_body(*this, Which::Invisible);
    return *views_->invisible;
}

const std::vector<std::string>& Message::rawbody_chunks() const {
    if (views_->rawbody)
        return *views_->rawbody;
    views_->rawbody.emplace();
    for (const Part* part : leaves()) {
        std::string type = part->effective_type();
        auto is = [&](std::string_view kind) {
            return type.starts_with(kind) &&
                   (type.size() == kind.size() || !util::is_word(type[kind.size()]));
        };
        if ((!is("text") && !is("message")) || part->type() == "text/calendar")
            continue;
        short_paragraphs(cut_raw(part->decoded(), settings_->rawbody_part_scan_size),
                         *views_->rawbody);
    }
    return *views_->rawbody;
}

}  // namespace message
