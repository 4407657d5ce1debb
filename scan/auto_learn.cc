#include "scan/auto_learn.h"

#include <fmt/core.h>

#include <cstdlib>

#include "rules/core_settings.h"
#include "rules/rule_set.h"
#include "scan/verdict.h"
#include "util/log.h"
#include "util/strings.h"

namespace scan {

namespace {

using rules::Rule;
using rules::RuleId;
using rules::RuleType;

constexpr double kRequiredHeadPoints = 3, kRequiredBodyPoints = 3;
constexpr double kLearnerSaidHam = -1, kLearnerSaidSpam = 1;

enum class Origin { Head, Body, Meta, Other };

Origin origin_of(const Rule& rule) {
    switch (rule.type) {
        case RuleType::Header:
            return Origin::Head;
        case RuleType::HeaderEval:
            // DNS list lookups are neither.
            return rule.header.starts_with("check_rbl") || rule.header.starts_with("check_dns")
                       ? Origin::Other
                       : Origin::Head;
        case RuleType::Body:
        case RuleType::BodyEval:
        case RuleType::RawBody:
        case RuleType::RawBodyEval:
        case RuleType::Uri:
        case RuleType::MimeHeader:
        case RuleType::UriDetail:
            return Origin::Body;
        case RuleType::Meta:
            return Origin::Meta;
        default:
            return Origin::Other;
    }
}

double rounded(double points) {
    return std::strtod(fmt::format("{:.3f}", points).c_str(), nullptr);
}

bool matches_glob(std::string_view glob, std::string_view name) {
    size_t g = 0, n = 0, star = std::string_view::npos, resume = 0;
    while (n < name.size()) {
        if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
            ++g;
            ++n;
        } else if (g < glob.size() && glob[g] == '*') {
            star = g++;
            resume = n;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*')
        ++g;
    return g == glob.size();
}

struct Dependencies {
    int head = 0, body = 0;
    void count(const Rule& rule) {
        Origin origin = origin_of(rule);
        head += origin == Origin::Head ? 1 : 0;
        body += origin == Origin::Body ? 1 : 0;
    }
};

// Each mention of a rule in the text of a meta counts.
Dependencies dependencies_of(const Rule& meta, const rules::RuleSet& set) {
    Dependencies found;
    std::string_view text = meta.text;
    for (size_t p = 0; p < text.size();) {
        if (!util::is_word(static_cast<unsigned char>(text[p]))) {
            ++p;
            continue;
        }
        size_t end = p;
        while (end < text.size() && util::is_word(static_cast<unsigned char>(text[end])))
            ++end;
        auto word = text.substr(p, end - p);
        p = end;
        if (word == "rules_matching" && p < text.size() && text[p] == '(') {
            size_t close = std::min(text.find(')', p), text.size());
            auto glob = util::trim(text.substr(p + 1, close - p - 1));
            for (const auto& rule : set.rules())
                if (rule.name != meta.name && matches_glob(glob, rule.name))
                    found.count(rule);
            p = close;
        } else if (RuleId id = set.find(word); id != rules::kNoRule) {
            found.count(set.rule(id));
        }
    }
    return found;
}

// A rule's score under another score set, or what a plugin gave it for this message.
double score_in(int set, const rules::Hit& hit, const rules::MessageStatus& status) {
    if (hit.score != status.rule_score(hit.rule))
        return hit.score;
    const auto& scores = status.settings().get<rules::Scores>();
    if (scores.has(hit.rule))
        return scores.value(hit.rule, static_cast<size_t>(set & 3));
    return hit.score;
}

bool has_hit(const rules::MessageStatus& status, std::string_view rule) {
    return status.value(rule) != 0;
}

void explain(std::string_view text) {
    util::log_debug("learn", text);
}

void tell_points(const char* where, double points, const Rule& rule) {
    if (util::debugging("learn"))
        explain(fmt::format("learn: auto-learn: adding {} points {} ({})", where,
                            perl_number(points), rule.name));
}

}  // namespace

AutoLearnPoints auto_learn_points(const rules::MessageStatus& status) {
    AutoLearnPoints points;
    const auto& set = status.rules();
    int score_set = status.options().score_set & ~2;
    double total = 0;
    for (const auto& hit : status.hits()) {
        const Rule& rule = set.rule(hit.rule);
        if (rule.has(rules::kNoAutoLearn) || rule.has(rules::kUserConf))
            continue;
        if (rule.has(rules::kLearn)) {
            points.learned += hit.score;
            continue;
        }
        if (rule.has(rules::kAutoLearnForce))
            points.force_rules += (points.force_rules.empty() ? "" : ",") + rule.name;
        double score = score_in(score_set, hit, status);
        if (score == 0)
            continue;
        total += score;
        Origin origin = origin_of(rule);
        if (rule.has(rules::kAutoLearnHeader))
            origin = Origin::Head;
        else if (rule.has(rules::kAutoLearnBody))
            origin = Origin::Body;
        if (origin == Origin::Head) {
            points.head += score;
            tell_points("header", score, rule);
        } else if (origin == Origin::Body) {
            points.body += score;
            tell_points("body", score, rule);
        } else if (origin == Origin::Meta) {
            // In the proportion of what it is made of.
            auto from = dependencies_of(rule, set);
            double all = from.head + from.body;
            if (all > 0) {
                double head = rounded(score * (from.head / all));
                double body = rounded(score * (from.body / all));
                points.head += head;
                points.body += body;
                tell_points("header", head, rule);
                tell_points("body", body, rule);
            }
        }
    }
    points.total = rounded(total);
    if (util::debugging("learn"))
        explain(fmt::format(
            "learn: auto-learn: message score: {}, computed score for autolearn: {} (scoreset {})",
            perl_number(status.score()), perl_number(points.total), score_set));
    return points;
}

std::optional<bool> auto_learn_class(const AutoLearnPoints& points,
                                     const plugins::AutoLearnThresholds& thresholds,
                                     const rules::MessageStatus& status) {
    if (util::debugging("learn"))
        explain(fmt::format(
            "learn: auto-learn? ham={}, spam={}, body-points={}, head-points={}, "
            "learned-points={}",
            perl_number(thresholds.nonspam), perl_number(thresholds.spam), perl_number(points.body),
            perl_number(points.head), perl_number(points.learned)));
    // The ham threshold counts first where they overlap.
    bool is_ham = points.total < thresholds.nonspam;
    bool is_spam = !is_ham && points.total >= thresholds.spam;
    if (!is_ham && !is_spam) {
        explain("learn: auto-learn? no: between the thresholds");
        return std::nullopt;
    }
    if (is_spam) {
        bool enough = points.is_forced() ||
                      (points.body >= kRequiredBodyPoints && points.head >= kRequiredHeadPoints);
        // A forced rule lowers the two marks far, but does not take them away.
        enough = enough && points.body >= -99 && points.head >= -99;
        if (!enough || points.learned < kLearnerSaidHam || !status.is_spam()) {
            explain(fmt::format("learn: auto-learn? no: spam, but body {} head {} learned {}",
                                points.body, points.head, points.learned));
            return std::nullopt;
        }
    } else if (points.learned > kLearnerSaidSpam || status.is_spam()) {
        explain("learn: auto-learn? no: ham, but the verdict or the learner says spam");
        return std::nullopt;
    }
    if (thresholds.on_error && has_hit(status, is_spam ? "BAYES_99" : "BAYES_00")) {
        explain("learn: auto-learn? no: the classifier knows already");
        return std::nullopt;
    }
    if (util::debugging("learn"))
        explain(fmt::format("learn: auto-learn? yes, {} ({} {} {}) autolearn_force={}",
                            is_spam ? "spam" : "ham", perl_number(points.total),
                            is_spam ? ">" : "<",
                            perl_number(is_spam ? thresholds.spam : thresholds.nonspam),
                            points.is_forced() ? "yes" : "no"));
    return is_spam;
}

std::string auto_learn(rules::MessageStatus& status, const AutoLearnPoints& points,
                       bool has_thresholds, const AutoLearner& learner) {
    if (status.deadline_exceeded)
        return "unavailable";
    const auto& core = status.settings().get<rules::CoreSettings>();
    if (!core.bayes_auto_learn || !core.use_bayes || status.shortcircuited)
        return "disabled";
    std::optional<bool> is_spam;
    if (has_thresholds)
        is_spam =
            auto_learn_class(points, status.settings().get<plugins::AutoLearnThresholds>(), status);
    if (!is_spam)
        return "no autolearn_force=no";
    std::string force = points.is_forced() ? "yes (" + points.force_rules + ")" : "no";
    LearnOutcome outcome = learner ? learner(status, *is_spam) : LearnOutcome::NotLearned;
    std::string_view text = outcome == LearnOutcome::Failed       ? "failed"
                            : outcome == LearnOutcome::NotLearned ? "unavailable"
                            : *is_spam                            ? "spam"
                                                                  : "ham";
    return std::string(text) + " autolearn_force=" + force;
}

}  // namespace scan
