#include "mailbox/separators.h"

#include "util/strings.h"

namespace mailbox {

namespace {

// Does the text start with the shape? 0 is a digit, a a letter, x anything but white space, s white
// space, everything else itself. "?0" is a digit with or without one character before it.
bool has_shape(std::string_view text, std::string_view shape) {
    size_t t = 0;
    for (size_t s = 0; s < shape.size(); ++s) {
        if (shape[s] == '?') {
            auto rest = shape.substr(s + 1);
            return (!text.substr(t).empty() && text[t] != '\n' &&
                    has_shape(text.substr(t + 1), rest)) ||
                   has_shape(text.substr(t), rest);
        }
        if (t == text.size())
            return false;
        auto c = static_cast<unsigned char>(text[t++]);
        bool fits = shape[s] == '0'   ? util::is_digit(c)
                    : shape[s] == 'a' ? util::is_alpha(c)
                    : shape[s] == 'x' ? !util::is_space(c)
                    : shape[s] == 's' ? util::is_space(c)
                                      : static_cast<unsigned char>(shape[s]) == c;
        if (!fits)
            return false;
    }
    return true;
}

bool is_mbox_date(std::string_view text) {
    return has_shape(text, "xxx xxx ?0 ?0:00:00 0000") || has_shape(text, "?0-00-0000_00:00:00_");
}

}  // namespace

bool is_mbox_separator(std::string_view line) {
    if (!line.starts_with("From "))
        return false;
    size_t p = 5;
    while (p < line.size() && !util::is_space(static_cast<unsigned char>(line[p])))
        ++p;
    if (p == 5 || p == line.size() || line[p] != ' ')
        return false;
    auto rest = line.substr(p + 1);
    return is_mbox_date(rest) || (rest.starts_with(' ') && is_mbox_date(rest.substr(1)));
}

std::optional<uint64_t> mbx_message_size(std::string_view line) {
    for (char c : {'\n', '\r'})
        if (line.ends_with(c))
            line.remove_suffix(1);
    static constexpr std::string_view kDate = "00-aaa-0000s00:00:00";
    if (line.empty() ||
        !(util::is_digit(static_cast<unsigned char>(line[0])) ||
          util::is_space(static_cast<unsigned char>(line[0]))) ||
        !has_shape(line.substr(1), kDate.substr(1)))
        return std::nullopt;
    size_t comma = line.rfind(',');
    if (comma == std::string_view::npos || comma < kDate.size())
        return std::nullopt;
    auto tail = line.substr(comma + 1);
    size_t digits = 0;
    while (digits < tail.size() && util::is_digit(static_cast<unsigned char>(tail[digits])))
        ++digits;
    auto flags = tail.substr(digits);
    if (digits == 0 || flags.size() != 1 + 12 + 1 + 8 || flags[0] != ';' || flags[13] != '-')
        return std::nullopt;
    for (char c : flags.substr(1, 12))
        if (!util::is_digit(static_cast<unsigned char>(c)) && !(c >= 'a' && c <= 'f'))
            return std::nullopt;
    for (char c : flags.substr(14))
        if (!util::is_word(static_cast<unsigned char>(c)))
            return std::nullopt;
    auto size = util::parse_int(tail.substr(0, digits));
    return size ? static_cast<uint64_t>(*size) : UINT64_MAX;
}

}  // namespace mailbox
