// Whether a scanned message should teach the Bayes classifier, and what `autolearn=` says of it
// (PerMsgStatus.pm learn, _get_autolearn_points; Plugin/AutoLearnThreshold.pm).
//
// Deciding needs no token store; learning is done by whoever has one, through an AutoLearner.

#ifndef SCAN_AUTO_LEARN_H
#define SCAN_AUTO_LEARN_H

#include <functional>
#include <optional>
#include <string>

#include "plugins/auto_learn_threshold.h"
#include "rules/message_status.h"

namespace scan {

// The points of the rules that hit, under the score set without Bayes, and where they come from.
// Rules with tflags noautolearn and userconf do not count, those with learn only as `learned`.
struct AutoLearnPoints {
    double total = 0;  // rounded to 3 decimals
    double head = 0, body = 0;
    double learned = 0;
    std::string force_rules;  // with tflags autolearn_force, comma-joined
    bool is_forced() const { return !force_rules.empty(); }
};
AutoLearnPoints auto_learn_points(const rules::MessageStatus& status);

// True: learn as spam; false: as ham; nullopt: not sure enough.
std::optional<bool> auto_learn_class(const AutoLearnPoints& points,
                                     const plugins::AutoLearnThresholds& thresholds,
                                     const rules::MessageStatus& status);

enum class LearnOutcome {
    Learned,
    NotLearned,  // known already, locked, nothing to learn from, or no store
    Failed
};
using AutoLearner = std::function<LearnOutcome(rules::MessageStatus& status, bool is_spam)>;

// Decides, lets `learner` (may be empty) learn, and answers the status text: ham, spam, no,
// disabled, failed or unavailable, with " autolearn_force=..." when a decision was made. After an
// exceeded deadline nothing is decided.
std::string auto_learn(rules::MessageStatus& status, const AutoLearnPoints& points,
                       bool has_thresholds, const AutoLearner& learner);

}  // namespace scan

#endif  // SCAN_AUTO_LEARN_H
