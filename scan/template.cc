#include "scan/template.h"

#include "util/strings.h"

namespace scan {

namespace {

bool is_name_char(unsigned char c) {
    return util::is_upper(c) || util::is_digit(c);
}

struct FoundTag {
    std::string_view name;
    std::optional<std::string_view> arguments;
    size_t end = 0;  // behind the closing underscore
};

// The tag whose opening underscore is at `start`, if there is one.
std::optional<FoundTag> tag_at(std::string_view text, size_t start) {
    size_t name = start + 1, p = name;
    if (p >= text.size() || !util::is_upper(static_cast<unsigned char>(text[p])))
        return std::nullopt;
    size_t last_underscore = 0;  // the last one inside the name, 0 = none
    for (;;) {
        while (p < text.size() && is_name_char(static_cast<unsigned char>(text[p])))
            ++p;
        if (p + 1 < text.size() && text[p] == '_' &&
            is_name_char(static_cast<unsigned char>(text[p + 1]))) {
            last_underscore = p;
            p += 1;
            continue;
        }
        break;
    }
    if (p < text.size() && text[p] == '(') {
        size_t line_end = std::min(text.find('\n', p), text.size());
        size_t close = text.substr(0, line_end).find(")_", p + 1);
        if (close != std::string_view::npos)
            return FoundTag{text.substr(name, p - name), text.substr(p + 1, close - p - 1),
                            close + 2};
    }
    if (p < text.size() && text[p] == '_')
        return FoundTag{text.substr(name, p - name), std::nullopt, p + 1};
    if (last_underscore != 0)
        return FoundTag{text.substr(name, last_underscore - name), std::nullopt,
                        last_underscore + 1};
    return std::nullopt;
}

}  // namespace

std::string expand_template(std::string_view text, const TagSource& tags) {
    std::string out;
    out.reserve(text.size() + 64);
    size_t p = 0;
    while (p < text.size()) {
        size_t underscore = text.find('_', p);
        if (underscore == std::string_view::npos)
            break;
        out += text.substr(p, underscore - p);
        auto tag = tag_at(text, underscore);
        if (!tag) {
            out += '_';
            p = underscore + 1;
            continue;
        }
        auto value = tags(tag->name, tag->arguments);
        if (value)
            out += *value;
        else
            out += text.substr(underscore, tag->end - underscore);
        p = tag->end;
    }
    if (p < text.size())
        out += text.substr(p);
    return out;
}

}  // namespace scan
