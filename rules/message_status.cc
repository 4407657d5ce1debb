#include "rules/message_status.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>

#include "rules/core_settings.h"
#include "rules/plugin.h"
#include "rules/plugin_registry.h"
#include "rules/rule_set.h"
#include "util/log.h"
#include "util/strings.h"

namespace rules {

MessageStatus::MessageStatus(const RuleSet& rules, const config::Settings& settings,
                             message::Message& message, StatusOptions options)
    : rules_(rules),
      settings_(settings),
      message_(message),
      options_(std::move(options)),
      values_(rules.size(), 0.0),
      states_(rules.size(), 0),
      scores_(settings.share<Scores>()) {}

MessageStatus::~MessageStatus() = default;

size_t MessageStatus::next_state_index() {
    static std::atomic<size_t> next{0};
    return next++;
}

std::string_view MessageStatus::get(std::string_view header) const {
    static constexpr std::string_view kLists[] = {"addr", "name", "host", "domain", "ip", "revip"};
    std::string_view value = message_.get_or(header, "");
    bool first_only = header == "EnvelopeFrom";
    for (size_t at = header.find(':'); at != std::string_view::npos;
         at = header.find(':', at + 1)) {
        std::string_view modifier = header.substr(at + 1);
        modifier = modifier.substr(0, modifier.find(':'));
        first_only |= std::find(std::begin(kLists), std::end(kLists), modifier) != std::end(kLists);
    }
    return first_only ? value.substr(0, value.find('\n')) : value;
}

void MessageStatus::got_hit(RuleId id, const HitOptions& options) {
    if (id >= rules_.size())
        return;
    const Rule& rule = rules_.rule(id);
    double score = options.score ? *options.score : rule_score(id);
    if (score == 0 && !options.score && options.default_score && rule.type == RuleType::Unset)
        score = *options.default_score;
    if (score == 0)
        return;
    double value = options.value && *options.value > 0 ? *options.value : 1;
    if (values_[id] != 0 && !rule.has(kMultiple))
        return;
    states_[id] |= kReady | kHit;
    values_[id] += value;

    const auto& core = settings_.get<CoreSettings>();
    if (!core.subjprefix.empty() && core.rewrite_header.count("Subject") != 0) {
        auto it = core.subjprefix.find(rule.name);
        if (it != core.subjprefix.end() && subject_prefix_.find(it->second) == std::string::npos)
            subject_prefix_ += it->second + " ";
    }

    // Plugins hear of it before the score is added, and may hit rules of their own (Shortcircuit).
    if (plugins_ != nullptr) {
        for (Plugin* plugin : plugins_->hit_listeners())
            plugin->hit_rule(*this, id, score);
    }
    if (rule.is_subrule()) {
        subrule_hits_.push_back(id);
        return;
    }
    if (std::isnan(score))
        return;
    score_ += score;
    Hit hit;
    hit.rule = id;
    hit.score = score;
    hit.area = options.area;
    hit.description = options.description;
    auto of_rule = [id](const auto& detail) { return detail.first == id; };
    for (auto& [owner, text] : pending_details_) {
        if (owner == id)
            hit.details.push_back(std::move(text));
    }
    pending_details_.erase(
        std::remove_if(pending_details_.begin(), pending_details_.end(), of_rule),
        pending_details_.end());
    hits_.push_back(std::move(hit));
}

void MessageStatus::got_hit(std::string_view rule, const HitOptions& options) {
    got_hit(rules_.find(rule), options);
}

void MessageStatus::test_log(RuleId rule, std::string text) {
    // Lines that come after the hit belong to it as well.
    for (auto it = hits_.rbegin(); it != hits_.rend(); ++it) {
        if (it->rule == rule) {
            it->details.push_back(std::move(text));
            return;
        }
    }
    pending_details_.emplace_back(rule, std::move(text));
}

void MessageStatus::rule_ready(RuleId rule) {
    if (rule < states_.size())
        states_[rule] |= kReady;
}

double MessageStatus::value(std::string_view rule) const {
    return value(rules_.find(rule));
}

double MessageStatus::rounded_score() const {
    char text[512];
    std::snprintf(text, sizeof text, "%.3f", score_);
    return std::strtod(text, nullptr);
}

double MessageStatus::required_score() const {
    return settings_.get<CoreSettings>().required_score;
}

bool MessageStatus::is_spam() const {
    return rounded_score() >= required_score();
}

void MessageStatus::set_tag(std::string_view name, std::string value) {
    auto& values = tags_[util::upper(name)];
    values.clear();
    values.push_back(std::move(value));
}

void MessageStatus::set_tag_values(std::string_view name, std::vector<std::string> values) {
    tags_[util::upper(name)] = std::move(values);
}

void MessageStatus::add_tag_value(std::string_view name, std::string value) {
    tags_[util::upper(name)].push_back(std::move(value));
}

const std::vector<std::string>& MessageStatus::tag_values(std::string_view name) const {
    static const std::vector<std::string> none;
    auto it = tags_.find(util::upper(name));
    return it == tags_.end() ? none : it->second;
}

std::optional<std::string> MessageStatus::tag(std::string_view name) const {
    auto it = tags_.find(util::upper(name));
    if (it == tags_.end())
        return std::nullopt;
    return util::join(it->second, " ");
}

void MessageStatus::undecided(RuleId rule, std::string_view reason) {
    for (const auto& known : undecided_) {
        if (known.first == rule)
            return;
    }
    undecided_.emplace_back(rule, std::string(reason));
    std::string name = rule < rules_.size() ? rules_.rule(rule).name : std::string("(unknown)");
    util::log_info("rules: could not decide " + name + ": " + std::string(reason));
}

}  // namespace rules
