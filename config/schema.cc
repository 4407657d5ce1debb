#include "config/schema.h"

#include <fmt/format.h>

#include <algorithm>

namespace config {

void Schema::add(Keyword keyword) {
    Keyword* stored = nullptr;
    auto it = by_name_.find(keyword.name);
    if (it != by_name_.end() && it->second->name == keyword.name) {
        stored = it->second;
        *stored = std::move(keyword);
    } else {
        keywords_.push_back(std::move(keyword));
        stored = &keywords_.back();
    }
    by_name_[stored->name] = stored;
    if (!stored->name.empty() && stored->name.back() == '*' &&
        std::find(prefixes_.begin(), prefixes_.end(), stored) == prefixes_.end())
        prefixes_.push_back(stored);
    for (const auto& alias : stored->aliases)
        by_name_[alias] = stored;
}

const Keyword* Schema::find(std::string_view name) const {
    auto it = by_name_.find(name);
    if (it != by_name_.end())
        return it->second;
    for (const Keyword* keyword : prefixes_) {
        size_t fixed = keyword->name.size() - 1;
        if (name.size() <= fixed ||
            name.substr(0, fixed) != std::string_view(keyword->name).substr(0, fixed))
            continue;
        std::string_view rest = name.substr(fixed);
        if (std::all_of(rest.begin(), rest.end(),
                        [](unsigned char c) { return util::is_alnum(c); }))
            return keyword;
    }
    return nullptr;
}

bool parse_bool(std::string_view text, bool& out) {
    if (text == "1" || util::iequals(text, "yes")) {
        out = true;
        return true;
    }
    if (text == "0" || util::iequals(text, "no")) {
        out = false;
        return true;
    }
    return false;
}

// Length of d+(.d*)? at the front, 0 if none.
static size_t decimal_length(std::string_view text) {
    size_t i = 0;
    while (i < text.size() && util::is_digit(static_cast<unsigned char>(text[i])))
        ++i;
    if (i == 0)
        return 0;
    if (i < text.size() && text[i] == '.') {
        ++i;
        while (i < text.size() && util::is_digit(static_cast<unsigned char>(text[i])))
            ++i;
    }
    return i;
}

static double decimal_value(std::string_view digits) {
    if (!digits.empty() && digits.back() == '.')
        digits.remove_suffix(1);
    return util::parse_double(digits).value_or(0);
}

bool parse_number(std::string_view text, double& out) {
    bool negative = false;
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    if (text.empty() || decimal_length(text) != text.size())
        return false;
    double value = decimal_value(text);
    out = negative ? -value : value;
    return true;
}

bool parse_duration(std::string_view text, double& out) {
    if (!text.empty() && text[0] == '+')
        text.remove_prefix(1);
    size_t n = decimal_length(text);
    if (n == 0)
        return false;
    double value = decimal_value(text.substr(0, n));
    text = util::trim_left(text.substr(n));
    if (!text.empty()) {
        if (text.size() != 1)
            return false;
        switch (util::to_lower(text[0])) {
            case 's':
                break;
            case 'm':
                value *= 60;
                break;
            case 'h':
                value *= 3600;
                break;
            case 'd':
                value *= 24 * 3600;
                break;
            case 'w':
                value *= 7 * 24 * 3600;
                break;
            default:
                return false;
        }
    }
    out = value;
    return true;
}

void report_line(const Directive& d, std::string_view what, Diagnostics& diagnostics,
                 Severity severity) {
    std::string text(what);
    if (d.position.file)
        text += fmt::format(" in {} (line {}): {}", *d.position.file, d.position.line, d.line);
    else
        text += fmt::format(" in (no file): {}", d.line);
    diagnostics.add(severity, d.position, std::move(text));
}

void report_invalid(const Directive& d, Diagnostics& diagnostics) {
    report_line(d, fmt::format("config: invalid '{}' value", d.written), diagnostics);
}

void report_missing(const Directive& d, Diagnostics& diagnostics) {
    report_line(d, fmt::format("config: missing '{}' value", d.written), diagnostics);
}

void report_invalid_header_name(const Directive& d, Diagnostics& diagnostics) {
    report_line(d, "config: invalid header field name", diagnostics);
}

}  // namespace config
