#include "scan/log_id.h"

#include "util/strings.h"

namespace scan {

static std::string raw_value(std::string_view block, std::string_view header) {
    std::string value;
    bool found = false, inside = false;
    for (size_t at = 0; at < block.size();) {
        size_t end = block.find('\n', at);
        end = end == std::string_view::npos ? block.size() : end + 1;
        std::string_view line = block.substr(at, end - at);
        at = end;
        if (line.starts_with(' ') || line.starts_with('\t')) {
            if (inside)
                value += line;
            continue;
        }
        inside = false;
        if (!util::istarts_with(line, header))
            continue;
        std::string_view rest = line.substr(header.size());
        while (rest.starts_with(' ') || rest.starts_with('\t'))
            rest.remove_prefix(1);
        if (!rest.starts_with(':'))
            continue;
        rest.remove_prefix(1);
        while (rest.starts_with(' ') || rest.starts_with('\t'))
            rest.remove_prefix(1);
        value.assign(rest);
        found = inside = true;
    }
    return found ? value : std::string();
}

std::string log_id(std::string_view block, std::string_view header) {
    std::string id = raw_value(block, header);
    // Innermost comments first, until none is left.
    for (size_t close = id.find(')'); close != std::string::npos; close = id.find(')', close)) {
        size_t open = close == 0 ? std::string::npos : id.rfind('(', close - 1);
        if (open == std::string::npos) {
            ++close;
        } else {
            id.erase(open, close - open + 1);
            close = open;
        }
    }
    std::string squeezed;
    for (auto word : util::words(id))
        squeezed += (squeezed.empty() ? "" : " ") + std::string(word);
    size_t open = squeezed.find('<');
    size_t close = open == std::string::npos ? std::string::npos : squeezed.find('>', open);
    if (close != std::string::npos)
        squeezed = squeezed.substr(open + 1, close - open - 1);
    for (char& c : squeezed)
        if (c < 0x21 || c > 0x7e || c == '<' || c == '>')
            c = '?';
    return squeezed.empty() ? squeezed : "<" + squeezed + ">";
}

}  // namespace scan
