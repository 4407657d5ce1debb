#include "message/content_type.h"

#include <map>

#include "regex/regex.h"
#include "util/strings.h"

namespace message {

namespace {

struct Patterns {
    regex::Regex boundary =
        regex::Regex::literal("\\bboundary\\s*=\\s*(\"[^\"]+|[^\\s\";]+(?=[\\s;]|$))", "i");
    regex::Regex charset =
        regex::Regex::literal("\\bcharset\\s*=\\s*[\"']?(.*?)[\"']?(?:;|$)", "i");
    regex::Regex name =
        regex::Regex::literal("\\b(?:file)?name\\s*=\\s*[\"']?(.*?)[\"']?(?:;|$)", "i");
    regex::Regex name_piece =
        regex::Regex::literal("\\b(?:file)?name\\*(\\d+)\\s*=\\s*[\"']?(.*?)[\"']?(?:;|$)", "i");
};

const Patterns& patterns() {
    static const Patterns p;
    return p;
}

// Characters that cannot be in a type: controls, blanks, RFC 2045's specials but '/'.
bool may_be_in_type(unsigned char c) {
    return c > 0x20 && c < 0x7F &&
           std::string_view("\"(),:;<=>?@[\\]").find(static_cast<char>(c)) ==
               std::string_view::npos;
}

bool starts_with_word_text(std::string_view type) {
    return type.starts_with("text") && (type.size() == 4 || !util::is_word(type[4]));
}

}  // namespace

ContentType parse_content_type(std::optional<std::string_view> field) {
    ContentType out;
    std::string_view value = field.value_or("");
    if (value.empty() || value == "0") {
        out.was_missing = true;
        out.charset = "us-ascii";
        return out;
    }
    const Patterns& p = patterns();
    thread_local regex::MatchData m;
    if (util::icontains(value, "boundary") && p.boundary.search(value, m)) {
        std::string boundary(m.text(1));
        std::erase(boundary, '"');
        out.boundary = std::move(boundary);
    }
    if (util::icontains(value, "charset") && p.charset.search(value, m))
        out.charset = std::string(m.text(1));
    if (util::icontains(value, "name")) {
        if (p.name.search(value, m))
            out.name = std::string(m.text(1));
        if (out.name.empty() || out.name == "0") {
            // RFC 2231: name*0=..., name*1=...
            std::map<unsigned long, std::string> pieces;
            bool has_first = false;
            regex::for_each_match(p.name_piece, value, m, [&](const regex::MatchData& piece) {
                auto number = util::parse_int(piece.text(1).substr(0, 9));
                if (number && pieces.size() < 1000) {
                    pieces[static_cast<unsigned long>(*number)] = std::string(piece.text(2));
                    has_first |= *number == 0;
                }
                return true;
            });
            if (has_first) {
                out.name.clear();
                for (const auto& [number, piece] : pieces)
                    out.name += piece;
            }
        }
    }
    std::string_view type = util::trim_left(value);
    type = type.substr(0, type.find(';'));
    // Only "something/something".
    size_t slash = type.find('/');
    if (slash != 0) {
        size_t end = slash == std::string_view::npos ? type.size() : slash + 1;
        if (slash != std::string_view::npos)
            while (end < type.size() && type[end] != '/' && !util::is_space(type[end]))
                ++end;
        type = type.substr(0, end);
    }
    std::string lower = util::lower(type);
    out.was_missing = lower.empty() || lower == "0";
    if (out.was_missing || (starts_with_word_text(lower) && lower != "text/x-vcard" &&
                            lower != "text/calendar" && lower != "text/html"))
        lower = "text/plain";
    std::erase_if(lower, [](unsigned char c) { return !may_be_in_type(c); });
    out.type = std::move(lower);
    return out;
}

}  // namespace message
