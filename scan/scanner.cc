#include "scan/scanner.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "message/date.h"
#include "plugins/bayes.h"
#include "rules/core_settings.h"
#include "rules/rule_set.h"
#include "scan/auto_learn.h"
#include "scan/log_id.h"
#include "scan/markup_remover.h"
#include "scan/report.h"
#include "scan/rewriter.h"
#include "scan/tag_source.h"
#include "scan/verdict.h"
#include "util/log.h"
#include "util/strings.h"

namespace scan {

using Clock = std::chrono::steady_clock;

struct Scan::State {
    State(const Engine& e, ScanRequest r)
        : engine(e),
          request(std::move(r)),
          settings(request.settings != nullptr ? *request.settings : engine.settings()),
          core(settings.get<rules::CoreSettings>()) {}

    const Engine& engine;
    ScanRequest request;
    config::Settings settings;  // a cheap copy; keeps the overlay alive
    const rules::CoreSettings& core;
    std::string original;
    std::unique_ptr<message::Message> message;
    std::unique_ptr<rules::MessageStatus> status;
    Verdict verdict;
    std::unique_ptr<TagContext> tags;
    TagSource tag_source;
    Clock::time_point start = Clock::now(), parsed, matched;

    void judge();
    Markup markup() const;
};

Scan::Scan() = default;
Scan::~Scan() = default;

const message::Message& Scan::message() const {
    return *state_->message;
}
rules::MessageStatus& Scan::status() {
    return *state_->status;
}
const rules::MessageStatus& Scan::status() const {
    return *state_->status;
}
bool Scan::is_spam() const {
    return state_->verdict.is_spam;
}
double Scan::score() const {
    return state_->verdict.score;
}
double Scan::shown_score() const {
    return util::parse_double(state_->verdict.shown_score()).value_or(0);
}
std::string Scan::shown_score_text() const {
    return state_->verdict.shown_score();
}
double Scan::required_score() const {
    return state_->verdict.required_score;
}
std::string Scan::autolearn_text() const {
    return state_->verdict.autolearn;
}
std::optional<double> Scan::bayes_score() const {
    return state_->verdict.bayes_score;
}

std::string Scan::tests() const {
    return util::join(state_->verdict.sorted_tests(), ",");
}

std::string Scan::subtests() const {
    return util::join(state_->verdict.subtests, ",");
}

std::string Scan::log_message_id() const {
    std::string id = log_id(state_->message->pristine_headers(), "Message-Id");
    return id.empty() ? "(unknown)" : id;
}
std::string Scan::log_resent_message_id() const {
    return log_id(state_->message->pristine_headers(), "Resent-Message-Id");
}

std::string Scan::result_log_items() const {
    if (state_->engine.plugins().is_loaded("Mail::SpamAssassin::Plugin::Shortcircuit"))
        return ",shortcircuit=" + state_->status->tag("SCTYPE").value_or("no");
    return {};
}

std::string Scan::timing_text() const {
    auto ms = [](Clock::duration d) {
        return std::chrono::duration<double, std::milli>(d).count();
    };
    double total = std::max(0.001, ms(Clock::now() - state_->start));
    double parse = ms(state_->parsed - state_->start), match = ms(state_->matched - state_->parsed);
    return fmt::format(
        "total {:.1f} ms - parse: {:.1f} ({:.1f}%), check: {:.1f} ({:.1f}%), answer: {:.1f} "
        "({:.1f}%)",
        total, parse, 100 * parse / total, match, 100 * match / total, total - parse - match,
        100 * (total - parse - match) / total);
}

// The score a rule has by configuration, and how it was written.
static std::string score_text(const rules::Hit& hit, const rules::MessageStatus& status) {
    const auto& scores = status.settings().get<rules::Scores>();
    if (hit.score == status.rule_score(hit.rule) && scores.has(hit.rule)) {
        const auto& text =
            scores.text(hit.rule, static_cast<size_t>(status.options().score_set & 3));
        if (!text.empty())
            return text;
    }
    return perl_number(hit.score);
}

void Scan::State::judge() {
    verdict.is_spam = status->is_spam();
    verdict.score = status->rounded_score();
    verdict.required_score = status->required_score();
    const auto& descriptions = settings.get<rules::Descriptions>().by_rule;
    for (const rules::Hit& hit : status->hits()) {
        const rules::Rule& rule = engine.rules().rule(hit.rule);
        ReportedHit reported;
        reported.rule = rule.name;
        reported.score = hit.score;
        reported.score_text = score_text(hit, *status);
        reported.area = hit.area;
        reported.description = hit.description;
        if (reported.description.empty() && hit.rule < descriptions.size())
            reported.description = descriptions[hit.rule];
        if (reported.description.empty())
            reported.description = "No description available.";
        if (rule.has(rules::kNoLog) && !hit.details.empty())
            reported.details = {"*REDACTED*"};
        else
            reported.details = hit.details;
        verdict.hits.push_back(std::move(reported));
    }
    if (status->options().all_subrules) {
        for (rules::RuleId rule : status->subrule_hits())
            verdict.subtests.push_back(engine.rules().rule(rule).name);
        std::sort(verdict.subtests.begin(), verdict.subtests.end());
    }
    if (!status->subject_prefix().empty())
        verdict.subject_prefix = status->subject_prefix();
    if (auto bayes = status->tag("BAYES"))
        verdict.bayes_score = util::parse_double(*bayes);
}

Markup Scan::State::markup() const {
    static thread_local std::mt19937 random{std::random_device{}()};
    Markup m{.settings = core,
             .tags = tag_source,
             .is_spam = verdict.is_spam,
             .subject_prefix = verdict.subject_prefix};
    m.report = [this] { return expand_report(core.report_template, tag_source); };
    if (auto type = message->root().header("Content-Type"))
        m.content_type = std::string(*type);
    m.host_name = full_host_name();
    m.now = std::time(nullptr);
    m.date = message::format_date(m.now);
    m.random = [] { return static_cast<uint32_t>(random()); };
    return m;
}

std::string Scan::report() const {
    return expand_report(state_->core.report_template, state_->tag_source);
}
std::string Scan::expand(std::string_view tmpl) const {
    return expand_template(tmpl, state_->tag_source);
}
std::string Scan::rewritten_message() const {
    return rewrite_message(split_message(state_->original), state_->markup());
}
std::string Scan::rewritten_headers() const {
    return rewrite_headers(split_message(state_->original), state_->markup());
}

Scanner::Scanner(const Engine& engine)
    : engine_(engine), matcher_(engine.program(), engine.plugins()) {}
Scanner::~Scanner() = default;

// Somebody other than metas sees which sub-rules hit.
static bool shows_subrules(const config::Settings& settings, const rules::PluginRegistry& plugins) {
    const auto& core = settings.get<rules::CoreSettings>();
    auto shows = [](std::string_view tmpl) {
        return tmpl.find("SUBTESTS") != std::string_view::npos;
    };
    auto any_shows = [&](const auto& headers) {
        return std::any_of(headers.begin(), headers.end(),
                           [&](const auto& header) { return shows(header.value); });
    };
    return util::debugging("rules") || util::debugging("check") || shows(core.report_template) ||
           shows(core.unsafe_report_template) || any_shows(core.headers_spam) ||
           any_shows(core.headers_ham) ||
           std::any_of(core.rewrite_header.begin(), core.rewrite_header.end(),
                       [&](const auto& header) { return shows(header.second); }) ||
           std::any_of(core.subjprefix.begin(), core.subjprefix.end(),
                       [](const auto& prefix) { return prefix.first.starts_with("__"); }) ||
           std::any_of(plugins.loaded().begin(), plugins.loaded().end(),
                       [&](const auto& plugin) { return plugin->wants_subrules(settings); });
}

std::unique_ptr<Scan> Scanner::scan(ScanRequest request) {
    std::unique_ptr<Scan> scan(new Scan());
    scan->state_ = std::make_unique<Scan::State>(engine_, std::move(request));
    Scan::State& s = *scan->state_;
    s.original = std::move(s.request.message);
    s.message = std::make_unique<message::Message>(s.original, s.core.message);

    rules::StatusOptions options;
    options.deadline = s.request.deadline;
    if (s.core.time_limit > 0)
        options.deadline = options.deadline.sooner(util::Deadline::after(
            std::chrono::milliseconds(static_cast<long>(s.core.time_limit * 1000))));
    options.local_tests_only = engine_.options().local_tests_only;
    options.score_set = options.local_tests_only ? 0 : 1;
    options.all_subrules = s.request.all_subrules || shows_subrules(s.settings, engine_.plugins());
    options.user = s.request.user;
    options.remote_host = s.request.remote_host;
    options.remote_address = s.request.remote_address;
    s.status = std::make_unique<rules::MessageStatus>(engine_.rules(), s.settings, *s.message,
                                                      std::move(options));
    plugins::Bayes* bayes = plugins::find_bayes(engine_.plugins());
    if (bayes != nullptr) {
        if (bayes->prepare(*s.status, s.request.state_dir))
            s.status->set_score_set(s.status->options().score_set | 2);
    }
    s.parsed = Clock::now();
    if (s.request.on_parsed)
        s.request.on_parsed(*scan);
    set_domain_tags(*s.status);
    matcher_.run(*s.status);
    s.judge();
    AutoLearnPoints points = auto_learn_points(*s.status);
    s.verdict.autolearn_points = points.total;
    AutoLearner learner = auto_learner_;
    if (!learner && bayes != nullptr)
        learner = [&](rules::MessageStatus& status, bool is_spam) {
            // The verdict stands, whatever becomes of the lesson.
            try {
                return bayes->learn_checked(status,
                                            is_spam ? bayes::Class::Spam : bayes::Class::Ham)
                           ? LearnOutcome::Learned
                           : LearnOutcome::NotLearned;
            } catch (const bayes::StoreBusy& e) {
                util::log_warn(std::string("learn: auto-learn: ") + e.what());
                return LearnOutcome::NotLearned;
            } catch (const util::Error& e) {
                util::log_warn(std::string("learn: auto-learn failed: ") + e.what());
                return LearnOutcome::Failed;
            }
        };
    s.verdict.autolearn = auto_learn(
        *s.status, points, engine_.plugins().is_loaded(plugins::kAutoLearnThresholdClass), learner);
    s.tags =
        std::make_unique<TagContext>(TagContext{*s.status, s.verdict, engine_.plugins(),
                                                [raw = scan.get()] { return raw->timing_text(); }});
    s.tag_source = make_tag_source(*s.tags);
    s.matched = Clock::now();
    return scan;
}

std::optional<bool> Scanner::learn(const LearnRequest& request) {
    plugins::Bayes* bayes = plugins::find_bayes(engine_.plugins());
    const config::Settings& settings =
        request.settings != nullptr ? *request.settings : engine_.settings();
    const auto& core = settings.get<rules::CoreSettings>();
    if (bayes == nullptr || !core.use_bayes)
        return std::nullopt;
    std::string text(request.message);
    if (has_checker_version(text))
        text = remove_markup(text, core.rewrite_header);
    message::Message message(std::move(text), core.message);
    rules::prepare_message(engine_.plugins(), message, settings);
    plugins::Lesson lesson{settings, request.state_dir, request.deadline};
    if (!request.is_spam)
        return bayes->forget(message, lesson);
    return bayes->learn(message, lesson, *request.is_spam ? bayes::Class::Spam : bayes::Class::Ham,
                        true);
}

}  // namespace scan
