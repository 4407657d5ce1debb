#include "scan/wrap.h"

#include <algorithm>
#include <vector>

#include "util/strings.h"

namespace scan {

namespace {

size_t weight(std::string_view s) {
    return s.size() + 7 * static_cast<size_t>(std::count(s.begin(), s.end(), '\t'));
}

// The text in pieces that may not be broken. Breaks are pieces of their own: the white space
// itself, or the empty piece behind a comma or blank.
std::vector<std::string_view> pieces_of(std::string_view text, WrapAt at) {
    std::vector<std::string_view> pieces;
    size_t start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        bool space = util::is_space(static_cast<unsigned char>(text[i]));
        if (at == WrapAt::Space) {
            if (!space)
                continue;
            pieces.push_back(text.substr(start, i - start));
            pieces.push_back(text.substr(i, 1));
        } else {
            if (!space && text[i] != ',')
                continue;
            pieces.push_back(text.substr(start, i + 1 - start));
            pieces.push_back({});
        }
        start = i + 1;
    }
    pieces.push_back(text.substr(start));
    while (!pieces.empty() && pieces.back().empty())
        pieces.pop_back();
    return pieces;
}

}  // namespace

std::string wrap(std::string_view text, const WrapOptions& options) {
    if (text == "0")  // false in Perl
        text = {};
    auto pieces = pieces_of(text, options.at);
    const size_t width = options.width == 0 ? 77 : options.width;
    std::string out, line(options.first);
    size_t next = 0;
    if (line.empty() && !pieces.empty())
        line = pieces[next++];
    size_t line_weight = weight(line);
    // The first piece behind a line's start is taken without asking whether it fits.
    bool at_start = true, is_bare_prefix = false;
    while (next < pieces.size()) {
        size_t needed = line_weight;
        if (!at_start && !options.may_overflow)
            needed += weight(pieces[next]);
        // A prefix wider than the line would never take a word.
        if (needed <= width || is_bare_prefix) {
            line_weight += weight(pieces[next]);
            line += pieces[next++];
            at_start = is_bare_prefix = false;
        } else {
            out += util::trim_right(line);
            out += '\n';
            line = options.prefix;
            line_weight = weight(line);
            at_start = true;
            is_bare_prefix = line_weight > width;
        }
    }
    return out + line;
}

}  // namespace scan
