#include "scan/verdict.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

namespace scan {

std::vector<std::string> Verdict::sorted_tests() const {
    std::vector<std::string> names;
    names.reserve(hits.size());
    for (const auto& hit : hits)
        names.push_back(hit.rule);
    std::ranges::sort(names);
    return names;
}

std::string Verdict::shown_required_score() const {
    return fmt::format("{:.1f}", required_score);
}

std::string Verdict::shown_score() const {
    std::string shown = fmt::format("{:.1f}", score);
    double threshold = std::strtod(shown_required_score().c_str(), nullptr);
    if (is_spam || std::strtod(shown.c_str(), nullptr) < threshold)
        return shown;
    return perl_number(threshold - 0.1);
}

std::string perl_number(double value) {
    if (value == 0)
        return "0";
    std::string text = fmt::format("{:.15g}", value);
    return text;
}

}  // namespace scan
