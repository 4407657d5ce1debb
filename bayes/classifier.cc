#include "bayes/classifier.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "util/strings.h"

namespace bayes {

namespace {

constexpr double kUnknownWord = 0.538;  // Robinson's x: what an unseen token is taken for
constexpr double kStrength = 0.030;     // Robinson's s: how much that counts against data
constexpr double kMinStrength = 0.346;  // distance from 0.5 below which a token has no say
constexpr double kSX = kUnknownWord * kStrength;

double chi2q(double x2, size_t half_degrees) {
    double m = x2 / 2.0;
    double term = std::exp(-m), sum = term;
    for (size_t i = 1; i < half_degrees; ++i) {
        term *= m / static_cast<double>(i);
        sum += term;
    }
    return sum < 1.0 ? sum : 1.0;
}

// A product of many small factors, kept from vanishing.
struct Product {
    double value;
    double exponent = 0;
    void multiply(double factor) {
        value *= factor;
        if (value < 1e-200) {
            int e = 0;
            value = std::frexp(value, &e);
            exponent += e;
        }
    }
    double log() const { return std::log(value) + exponent * std::log(2.0); }
};

std::string digit(int64_t n) {
    return n > 9 ? "+" : std::to_string(n);
}

}  // namespace

std::optional<double> token_probability(const TokenCounts& counts,
                                        const TokenStore::MessageCounts& learned,
                                        bool use_hapaxes) {
    if (learned.spam <= 0 || learned.ham <= 0)
        return std::nullopt;
    double s = counts.spam, n = counts.ham;
    if (s + n < (use_hapaxes ? 1 : 2))
        return std::nullopt;
    auto ns = static_cast<double>(learned.spam), nn = static_cast<double>(learned.ham);
    double probability = (s * nn) / (n * ns + s * nn);
    double all = s + n;
    return (kSX + (all * probability)) / (kStrength + all);
}

std::optional<double> combine(const std::vector<double>& probabilities,
                              const TokenStore::MessageCounts& learned) {
    auto total = static_cast<double>(learned.spam + learned.ham);
    if (probabilities.empty() || total <= 0)
        return std::nullopt;
    Product s{static_cast<double>(learned.spam) / total};
    Product h{static_cast<double>(learned.ham) / total};
    for (double p : probabilities) {
        s.multiply(1.0 - p);
        h.multiply(p);
    }
    double spam = 1.0 - chi2q(-2.0 * s.log(), probabilities.size());
    double ham = 1.0 - chi2q(-2.0 * h.log(), probabilities.size());
    return ((spam - ham) + 1.0) / 2.0;
}

int declassification_distance(const TokenCounts& counts, const TokenStore::MessageCounts& learned,
                              double probability, bool use_hapaxes) {
    if (!counts.known() || (!use_hapaxes && counts.spam + counts.ham < 2) || learned.spam == 0 ||
        learned.ham == 0 || std::fabs(probability - 0.5) < kMinStrength)
        return 0;
    bool spammy = probability > 0.5;
    auto many_a = static_cast<double>(spammy ? learned.ham : learned.spam);
    double few_a = spammy ? counts.ham : counts.spam;
    auto many_b = static_cast<double>(spammy ? learned.spam : learned.ham);
    double few_b = spammy ? counts.spam : counts.ham;
    double p = 0.5 - kMinStrength;
    double a = many_b * (1 - p);
    double b = many_b * (kSX + few_b * (1 - p) - p * kStrength) - p * many_a * few_b;
    double c = many_a * few_b * (kSX - p * (kStrength + few_b));
    double discriminant = std::max(0.0, b * b - 4 * a * c);
    double exact = (1.0 - 1e-6 + (-b + std::sqrt(discriminant)) / (2 * a)) - few_a;
    return exact < 1 ? 1 : static_cast<int>(std::min(exact, 1e9));
}

bool is_usable(const TokenStore::MessageCounts& learned, const ClassifierSettings& settings) {
    return learned.spam >= settings.min_spam && learned.ham >= settings.min_ham;
}

Classification classify(const std::vector<Token>& tokens, TokenStore& store,
                        const ClassifierSettings& settings) {
    Classification result;
    std::vector<TokenKey> keys;
    keys.reserve(tokens.size());
    for (const Token& token : tokens)
        keys.push_back(token.key);
    // Counts of tokens mean nothing beside counts of messages from before a learned batch.
    std::vector<TokenCounts> counts;
    store.read_at_once([&] {
        result.learned = store.message_counts();
        if (is_usable(result.learned, settings))
            counts = store.look_up(keys);
    });
    if (!is_usable(result.learned, settings))
        return result;

    struct Candidate {
        size_t token;
        double probability, strength;
    };
    std::vector<Candidate> candidates;
    for (size_t i = 0; i < counts.size(); ++i)
        if (auto p = token_probability(counts[i], result.learned, settings.use_hapaxes))
            candidates.push_back({i, *p, std::fabs(*p - 0.5)});
    result.tokens = tokens.size();
    result.tokens_learned = candidates.size();
    result.looked_up = !candidates.empty();

    std::stable_sort(
        candidates.begin(), candidates.end(),
        [](const Candidate& a, const Candidate& b) { return a.strength > b.strength; });
    if (candidates.size() > settings.significant_tokens)
        candidates.resize(settings.significant_tokens);
    std::vector<double> probabilities;
    for (const Candidate& c : candidates) {
        if (c.strength < kMinStrength)
            break;
        (c.probability < 0.5 ? result.hammy : result.spammy)
            .push_back({tokens[c.token].text, c.probability, counts[c.token]});
        probabilities.push_back(c.probability);
        result.significant.push_back(tokens[c.token].key);
    }
    result.score = combine(probabilities, result.learned);
    return result;
}

std::string describe_tokens(const std::vector<SignificantToken>& tokens,
                            const TokenStore::MessageCounts& learned, bool use_hapaxes,
                            std::string_view arguments, int64_t now) {
    if (arguments.empty() || arguments == "0")
        arguments = "5";
    std::vector<std::string_view> fields = util::split(arguments, ',');
    std::string_view format = fields.size() > 1 ? fields[1] : std::string_view();
    if (format == "0")
        format = {};
    int64_t limit = std::atoll(std::string(fields[0]).c_str());
    auto amount =
        static_cast<size_t>(std::clamp<int64_t>(limit, 0, static_cast<int64_t>(tokens.size())));
    std::string out;
    for (size_t i = 0; i < amount; ++i) {
        const SignificantToken& token = tokens[i];
        int64_t spam = token.counts.spam, ham = token.counts.ham;
        std::string p = fmt::format("{:.3f}", token.probability);
        std::string distance =
            digit(declassification_distance(token.counts, learned, token.probability, use_hapaxes));
        int64_t days = (now - token.counts.atime) / 86400;
        out += i == 0 ? "" : ", ";
        if (format.empty() || format == "compact")
            out += fmt::format("{}-{}--{}", p, distance, token.text);
        else if (format == "short")
            out += token.text;
        else if (format == "Short")
            out += fmt::format("Token: \"{}\"", token.text);
        else if (format == "Compact")
            out += fmt::format(
                "Probability {} -declassification distance {} (\"+\" means > 9) --token: \"{}\"", p,
                distance, token.text);
        else if (format == "medium")
            out += fmt::format("{}-{}-{}--{}", p, distance, digit(spam + ham), token.text);
        else if (format == "long")
            out += fmt::format(
                "{}-{}--{}h-{}s--{}d--{}", p,
                declassification_distance(token.counts, learned, token.probability, use_hapaxes),
                ham, spam, days, token.text);
        else if (format == "Long")
            out += fmt::format(
                "Probability {} -declassification distance {} --in {} ham messages -and {} spam "
                "messages --{} days old--token:\"{}\"",
                p, distance, ham, spam, days, token.text);
        else
            return "Invalid format, must be one of: "
                   "short,Short,compact,Compact,medium,long,Long";
    }
    return out;
}

}  // namespace bayes
