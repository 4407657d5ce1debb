#include "scan/tags.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>

#include "scan/report.h"
#include "util/strings.h"
#include "util/version.h"

namespace scan {

namespace {

constexpr int kMaxStars = 50;

using Arguments = std::optional<std::string_view>;

// An argument, or what stands for one that is missing or false to Perl.
std::string_view argument_or(Arguments arguments, std::string_view fallback) {
    return !arguments || arguments->empty() || *arguments == "0" ? fallback : *arguments;
}

std::string joined_or_none(const std::vector<std::string>& names, Arguments separator) {
    std::string text = util::join(names, argument_or(separator, ","));
    return text.empty() || text == "0" ? "none" : text;
}

std::string yes_or_no(const Verdict& verdict, Arguments arguments) {
    std::string_view yes = "Yes", no = "No";
    if (arguments && !arguments->empty()) {
        size_t comma = arguments->find(',');
        yes = arguments->substr(0, comma);
        if (comma != std::string_view::npos)
            no = arguments->substr(comma + 1);
    }
    return std::string(verdict.is_spam ? yes : no);
}

// Padding is a run of zeros or blanks: the score is filled up to three more columns than it has.
std::string padded_score(const Verdict& verdict, Arguments padding) {
    std::string score = verdict.shown_score();
    if (!padding || padding->empty() ||
        padding->find_first_not_of(padding->front()) != std::string_view::npos ||
        (padding->front() != '0' && padding->front() != ' '))
        return score;
    size_t width = padding->size() + 3;
    if (width > score.size())
        score.insert(0, padding->substr(0, width - score.size()));
    return score;
}

std::string with_scores(const Verdict& verdict, Arguments separator) {
    std::vector<const ReportedHit*> hits;
    for (const auto& hit : verdict.hits)
        hits.push_back(&hit);
    std::ranges::stable_sort(hits, {}, &ReportedHit::rule);
    std::vector<std::string> texts;
    for (const auto* hit : hits)
        texts.push_back(hit->rule + "=" +
                        (hit->score_text.empty() ? perl_number(hit->score) : hit->score_text));
    return joined_or_none(texts, separator);
}

// "__A(3)": the hits of one rule counted. Joined by commas whatever the argument, as there.
std::string collapsed(const std::vector<std::string>& sorted) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < sorted.size();) {
        size_t end = i;
        while (end < sorted.size() && sorted[end] == sorted[i])
            ++end;
        texts.push_back(end - i > 1 ? fmt::format("{}({})", sorted[i], end - i) : sorted[i]);
        i = end;
    }
    return joined_or_none(texts, ",");
}

}  // namespace

std::optional<std::string> verdict_tag(std::string_view name, Arguments arguments,
                                       const Verdict& verdict,
                                       const rules::CoreSettings& settings) {
    if (name == "YESNO")
        return yes_or_no(verdict, arguments);
    if (name == "YESNOCAPS")
        return util::upper(yes_or_no(verdict, arguments));
    if (name == "SCORE" || name == "HITS")
        return padded_score(verdict, arguments);
    if (name == "REQD")
        return verdict.shown_required_score();
    if (name == "VERSION") {
        std::string version = kCompatibleVersion;
        if (auto it = settings.other.find("version_tag"); it != settings.other.end())
            for (const auto& tag : it->second)
                version += "-" + tag;
        return version;
    }
    if (name == "SUBVERSION")
        return "2024-03-25";
    if (name == "RULESVERSION")
        return settings.rules_version;
    if (name == "CONTACTADDRESS")
        return settings.report_contact;
    if (name == "BAYES")
        return verdict.bayes_score ? fmt::format("{:.4f}", *verdict.bayes_score) : "0.5";
    if (name == "STARS") {
        int stars = static_cast<int>(std::clamp<double>(verdict.score, 0, kMaxStars));
        std::string text;
        for (int i = 0; i < stars; ++i)
            text += argument_or(arguments, "*");
        return text;
    }
    if (name == "AUTOLEARN")
        return verdict.autolearn;
    if (name == "AUTOLEARNSCORE")
        return perl_number(verdict.autolearn_points);
    if (name == "TESTS")
        return joined_or_none(verdict.sorted_tests(), arguments);
    if (name == "TESTSSCORES")
        return with_scores(verdict, arguments);
    if (name == "SUBTESTS")
        return joined_or_none(verdict.subtests, arguments);
    if (name == "SUBTESTSCOLLAPSED")
        return collapsed(verdict.subtests);
    auto wrap_width = static_cast<size_t>(std::max(0, settings.report_wrap_width));
    if (name == "REPORT")
        return "\n" + report_lines(verdict.hits, wrap_width);
    if (name == "SUMMARY")
        return summary_lines(verdict.hits, wrap_width);
    if (name == "SUBJPREFIX")
        return verdict.subject_prefix.value_or("");
    return std::nullopt;
}

std::string reversed_address(std::string_view ip) {
    std::string text(ip);
    in_addr v4{};
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
        auto octets = util::split(text, '.');
        return fmt::format("{}.{}.{}.{}", octets[3], octets[2], octets[1], octets[0]);
    }
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6) != 1)
        return {};
    std::string nibbles = util::to_hex(
        std::string_view(reinterpret_cast<const char*>(v6.s6_addr), sizeof v6.s6_addr));
    std::string out;
    for (auto it = nibbles.rbegin(); it != nibbles.rend(); ++it) {
        if (!out.empty())
            out += '.';
        out += *it;
    }
    return out;
}

std::optional<std::string> relay_tag(std::string_view name, const message::TrustPath& path) {
    if (name.starts_with("RELAYS")) {
        auto what = name.substr(6);
        bool reversed = what.ends_with("REVIP");
        if (reversed)
            what.remove_suffix(5);
        const auto* relays = what == "TRUSTED"     ? &path.trusted
                             : what == "UNTRUSTED" ? &path.untrusted
                             : what == "INTERNAL"  ? &path.internal
                             : what == "EXTERNAL"  ? &path.external
                                                   : nullptr;
        if (relays == nullptr)
            return std::nullopt;
        if (!reversed)
            return message::TrustPath::as_string(*relays);
        auto addresses = message::TrustPath::reverse_ips(*relays);
        if (addresses.empty())
            return std::nullopt;
        return util::join(addresses, " ");
    }
    const message::Relay* relay = nullptr;
    bool is_first = name.starts_with("FIRSTTRUSTED");
    if (is_first)
        relay = path.trusted.empty() ? nullptr : &path.trusted.back();
    else if (name.starts_with("LASTEXTERNAL"))
        relay = path.external.empty() ? nullptr : &path.external.front();
    else
        return std::nullopt;
    auto what = name.substr(12);
    if (what == "IP")
        return relay != nullptr ? relay->ip : "";
    if (what == "REVIP")
        return relay != nullptr ? reversed_address(relay->ip) : "";
    if (what == "RDNS" && !is_first)
        return relay != nullptr ? relay->rdns : "";
    if (what == "HELO" && !is_first)
        return relay != nullptr ? relay->helo : "";
    return std::nullopt;
}

}  // namespace scan
