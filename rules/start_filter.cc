#include "rules/start_filter.h"

#include <algorithm>
#include <vector>

namespace rules {

namespace {

// More places of unrelated text than this, and PCRE2 had better try all by itself.
constexpr double kMostPlaces = 1.0 / 24;
// Of one text, that are tried one by one.
constexpr int kMostTries = 24;

constexpr size_t kPlaces = RequiredFactors::kStartLength;

struct Group {
    std::array<regex::ByteSet, kPlaces> admitted;  // everything, behind the end of a start
    std::array<bool, kPlaces> ended{};             // a start ends before the place
    double share = 1;                              // of the places of unrelated text

    void find_share() {
        const auto& shares = byte_shares();
        share = 1;
        for (const auto& set : admitted) {
            double here = 0;
            for (size_t byte = set._Find_first(); byte < 256; byte = set._Find_next(byte))
                here += shares[byte];
            share *= std::min(here, 1.0);
        }
    }
};

Group joined(const Group& a, const Group& b) {
    Group both;
    for (size_t place = 0; place < kPlaces; ++place) {
        both.admitted[place] = a.admitted[place] | b.admitted[place];
        both.ended[place] = a.ended[place] || b.ended[place];
    }
    both.find_share();
    return both;
}

// Each start a group, in alphabetical order.
std::vector<Group> one_by_one(const RequiredFactors& starts) {
    using Key = std::array<size_t, kPlaces>;
    std::vector<std::pair<Key, Group>> groups;
    for (const auto& start : starts.factors) {
        auto& [key, group] = groups.emplace_back();
        for (size_t place = 0; place < kPlaces; ++place) {
            group.ended[place] = place >= start.length;
            if (group.ended[place])
                group.admitted[place].set();
            else
                group.admitted[place] = starts.classes[start.classes[place]];
            key[place] = group.admitted[place]._Find_first();
        }
        group.find_share();
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Group> out;
    for (const auto& [key, group] : groups)
        out.push_back(group);
    return out;
}

// Joins neighbours, those first that together admit least more than apart.
void reduce(std::vector<Group>& groups, size_t most) {
    auto price = [&](size_t i) {
        return joined(groups[i], groups[i + 1]).share - groups[i].share - groups[i + 1].share;
    };
    std::vector<double> prices;  // of a group and the next
    for (size_t i = 0; i + 1 < groups.size(); ++i)
        prices.push_back(price(i));
    while (groups.size() > most) {
        auto cheapest = std::min_element(prices.begin(), prices.end());
        auto i = static_cast<size_t>(cheapest - prices.begin());
        groups[i] = joined(groups[i], groups[i + 1]);
        groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        prices.erase(cheapest);
        if (i > 0)
            prices[i - 1] = price(i - 1);
        if (i + 1 < groups.size())
            prices[i] = price(i);
    }
}

}  // namespace

std::optional<StartFilter> StartFilter::build(const RequiredFactors& starts, size_t fewest) {
    if (starts.factors.size() < fewest)
        return std::nullopt;
    std::vector<Group> groups = one_by_one(starts);
    reduce(groups, kGroups);

    StartFilter filter;
    double places = 0;
    for (size_t g = 0; g < groups.size(); ++g) {
        const Group& group = groups[g];
        uint32_t bit = uint32_t{1} << g;
        for (size_t place = 0; place < kPlaces; ++place) {
            if (group.ended[place])
                filter.ended_[place] |= bit;
            for (size_t byte = 0; byte < 256; ++byte)
                if (group.admitted[place].test(byte))
                    filter.rows_[place][byte] |= bit;
        }
        places += group.share;
    }
    if (places > kMostPlaces)
        return std::nullopt;
    return filter;
}

size_t StartFilter::next(std::string_view text, size_t from) const {
    static_assert(kPlaces == 4);
    const auto* p = reinterpret_cast<const unsigned char*>(text.data());
    size_t at = from;
    for (; at + kPlaces <= text.size(); ++at)
        if (rows_[0][p[at]] & rows_[1][p[at + 1]] & rows_[2][p[at + 2]] & rows_[3][p[at + 3]])
            return at;
    for (; at < text.size(); ++at) {
        uint32_t found = rows_[0][p[at]];
        for (size_t place = 1; place < kPlaces; ++place)
            found &= at + place < text.size() ? rows_[place][p[at + place]] : ended_[place];
        if (found != 0)
            return at;
    }
    return std::string_view::npos;
}

regex::Outcome StartFilter::match(const regex::Regex& re, std::string_view text,
                                  regex::MatchData& data, size_t from) const {
    for (int tried = 0;; ++tried) {
        size_t at = next(text, from);
        if (at == std::string_view::npos)
            return regex::Outcome::NoMatch;
        if (tried == kMostTries)
            return re.match(text, data, at);
        regex::Outcome outcome = re.match_at(text, data, at);
        if (outcome != regex::Outcome::NoMatch)
            return outcome;
        from = at + 1;
    }
}

}  // namespace rules
