// The state of checking one message: hits, tags, per-plugin scratch. SpamAssassin calls this object
// PerMsgStatus. It belongs to one worker and one message; the RuleSet and Settings it refers to
// outlive it.

#ifndef RULES_MESSAGE_STATUS_H
#define RULES_MESSAGE_STATUS_H

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "message/message.h"
#include "rules/rule.h"
#include "util/clock.h"
#include "util/strings.h"

namespace rules {

class PluginRegistry;
class RuleSet;

struct Hit {
    RuleId rule = kNoRule;
    double score = 0;
    std::string area;                  // "BODY: ", "RAW: ", "URI: ", "FULL: ", "RBL: " or ""
    std::string description;           // replaces the rule's own when not empty
    std::vector<std::string> details;  // "[...]" lines under the rule in reports
};

// How a plugin reports a hit that is more than "yes".
struct HitOptions {
    std::optional<double> score;          // instead of the rule's
    std::optional<double> default_score;  // when the rule has none configured
    std::optional<double> value;          // for metas; default 1
    std::string_view area;
    std::string description;
};

struct StatusOptions {
    util::Deadline deadline;
    int score_set = 0;  // 0..3: bit 0 network, bit 1 Bayes
    bool local_tests_only = true;
    // Sub-rules ("__X") that only metas look at are decided only when one asks, if this is false:
    // their hits are not complete then, all else is the same.
    bool all_subrules = true;
    std::string user;  // as the client named it, "" = none
    // The client of spamd, for _REMOTEHOSTNAME_/_REMOTEHOSTADDR_.
    std::string remote_host, remote_address;
};

class MessageStatus {
public:
    MessageStatus(const RuleSet& rules, const config::Settings& settings, message::Message& message,
                  StatusOptions options);
    ~MessageStatus();
    MessageStatus(const MessageStatus&) = delete;
    MessageStatus& operator=(const MessageStatus&) = delete;

    const RuleSet& rules() const { return rules_; }
    const config::Settings& settings() const { return settings_; }
    message::Message& message() { return message_; }
    const message::Message& message() const { return message_; }
    const StatusOptions& options() const { return options_; }
    void set_score_set(int set) { options_.score_set = set; }
    const util::Deadline& deadline() const { return options_.deadline; }

    // The header view as evals ask for it: "" for absent, and of lists (:addr, :name, :host,
    // :domain, :ip, :revip) and EnvelopeFrom the first value alone, without its newline. Header
    // rules look at message().get(), which has them all.
    std::string_view get(std::string_view header) const;

    // --- hits ---
    // The score of a rule under the active score set, with the user's overlay; 0 = do not run
    // (sub-rules "__X" have score 1 here, so that they run).
    double rule_score(RuleId rule) const {
        return scores_ ? scores_->value(rule, static_cast<size_t>(options_.score_set & 3)) : 0;
    }
    bool should_run(RuleId rule) const { return rule_score(rule) != 0; }
    // Records a hit. A rule with score 0 records nothing. A further hit of the same rule counts
    // only with tflags multiple: it raises the value, and adds the score and a Hit once more.
    // Hits by a name that the rule set does not know are dropped.
    void got_hit(RuleId rule, const HitOptions& options = {});
    void got_hit(std::string_view rule, const HitOptions& options = {});
    // "[...]" line for this rule in reports, usually given just before got_hit().
    void test_log(RuleId rule, std::string text);
    // The rule has been decided, hit or not: metas that depend on it may be evaluated. The Matcher
    // does this for all rules it runs; plugins do it for rules that answered kPending.
    void rule_ready(RuleId rule);
    bool is_ready(RuleId rule) const {
        return rule < states_.size() && (states_[rule] & kReady) != 0;
    }
    double value(RuleId rule) const { return rule < values_.size() ? values_[rule] : 0; }
    bool is_hit(RuleId rule) const { return rule < states_.size() && (states_[rule] & kHit) != 0; }
    double value(std::string_view rule) const;
    const std::vector<double>& values() const { return values_; }  // by RuleId
    // Scored rules that hit, in the order they hit.
    const std::vector<Hit>& hits() const { return hits_; }
    // Sub-rules ("__X") that hit, in that order, once per hit.
    const std::vector<RuleId>& subrule_hits() const { return subrule_hits_; }
    double score() const { return score_; }  // plain sum so far
    double rounded_score() const;            // 3 decimals, what is compared with required_score
    bool is_spam() const;
    double required_score() const;

    // --- tags ---
    void set_tag(std::string_view name, std::string value);
    void add_tag_value(std::string_view name, std::string value);  // lists, joined by a blank
    std::optional<std::string> tag(std::string_view name) const;
    const util::StringMap<std::vector<std::string>>& tags() const { return tags_; }
    // The values of a list tag one by one; empty when it is not set.
    const std::vector<std::string>& tag_values(std::string_view name) const;
    void set_tag_values(std::string_view name, std::vector<std::string> values);
    // Texts of `subjprefix` lines of the rules that hit, each followed by a blank; distinct.
    const std::string& subject_prefix() const { return subject_prefix_; }

    // --- per-plugin scratch, created on first use ---
    template <typename T>
    T& state() {
        size_t i = state_index<T>();
        if (i >= state_.size())
            state_.resize(i + 1);
        if (!state_[i])
            state_[i] = std::shared_ptr<void>(new T(), [](void* p) { delete static_cast<T*>(p); });
        return *static_cast<T*>(state_[i].get());
    }

    // Set by Shortcircuit: no further rules.
    bool shortcircuited = false;
    bool deadline_exceeded = false;
    // "Could not decide": rule and reason, logged once per message.
    void undecided(RuleId rule, std::string_view reason);
    const std::vector<std::pair<RuleId, std::string>>& undecided_rules() const {
        return undecided_;
    }

private:
    friend class Matcher;
    static size_t next_state_index();
    template <typename T>
    static size_t state_index() {
        static const size_t i = next_state_index();
        return i;
    }
    const RuleSet& rules_;
    const config::Settings& settings_;
    message::Message& message_;
    StatusOptions options_;
    const PluginRegistry* plugins_ = nullptr;  // whose hit_rule() is called; set by the Matcher
    std::vector<double> values_;               // by RuleId
    static constexpr uint8_t kReady = 1, kHit = 2;
    std::vector<uint8_t> states_;  // by RuleId
    std::vector<Hit> hits_;
    std::vector<RuleId> subrule_hits_;
    double score_ = 0;
    std::shared_ptr<const Scores> scores_;  // of settings_, looked up once
    std::string subject_prefix_;
    util::StringMap<std::vector<std::string>> tags_;
    std::vector<std::pair<RuleId, std::string>> pending_details_;
    std::vector<std::pair<RuleId, std::string>> undecided_;
    std::vector<std::shared_ptr<void>> state_;
};

}  // namespace rules

#endif  // RULES_MESSAGE_STATUS_H
