#include "protocol/version.h"

#include <charconv>
#include <limits>

#include "util/strings.h"

namespace protocol {

double leading_number(std::string_view text) {
    text = util::trim_left(text);
    bool negative = false;
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    double value = 0;
    if (util::istarts_with(text, "inf")) {
        value = std::numeric_limits<double>::infinity();
    } else if (util::istarts_with(text, "nan")) {
        value = std::numeric_limits<double>::quiet_NaN();
    } else if (!text.empty() && (util::is_digit(text[0]) || text[0] == '.')) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        // from_chars leaves the value alone when it is out of range.
        if (error == std::errc::result_out_of_range) {
            const std::string_view number(text.data(), static_cast<size_t>(end - text.data()));
            const bool tiny = number.find("e-") != number.npos || number.find("E-") != number.npos;
            value = tiny ? 0 : std::numeric_limits<double>::infinity();
        }
    }
    return negative ? -value : value;
}

}  // namespace protocol
