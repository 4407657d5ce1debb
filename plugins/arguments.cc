#include "plugins/arguments.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "util/strings.h"

namespace plugins {

double number(std::string_view text) {
    text = util::trim_left(text);
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    if (util::istarts_with(text, "inf"))
        value = std::numeric_limits<double>::infinity();
    else if (!text.empty() && (util::is_digit(text[0]) || text[0] == '.'))
        std::from_chars(text.data(), text.data() + text.size(), value);
    return negative ? -value : value;
}

bool at_least(double value, std::string_view minimum) {
    return minimum == "undef" || value >= number(minimum);
}

bool below(double value, std::string_view limit) {
    return limit == "undef" || value < number(limit);
}

size_t as_size(double number) {
    return number > 0 ? static_cast<size_t>(std::min(number, 1e15)) : 0;
}

}  // namespace plugins
