// Scans messages: one Scanner a worker, one Scan a message.

#ifndef SCAN_SCANNER_H
#define SCAN_SCANNER_H

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message/message.h"
#include "rules/matcher.h"
#include "rules/message_status.h"
#include "scan/auto_learn.h"
#include "scan/engine.h"
#include "util/clock.h"

namespace scan {

class Scan;

struct ScanRequest {
    std::string message;                         // bytes as they came
    std::string user;                            // "" = none given
    const config::Settings* settings = nullptr;  // user overlay; null = the engine's
    util::Deadline deadline;                     // time_limit is applied on top
    std::string remote_host, remote_address;
    std::string state_dir;  // where this user's Bayes and lists live; "" = as configured
    // False: subtests() may be empty. They are all the same where a template shows them.
    bool all_subrules = true;
    // Called when the message is parsed and nothing was matched yet (spamd logs its id here).
    std::function<void(const Scan&)> on_parsed;
};

struct LearnRequest {
    std::string_view message;
    std::optional<bool> is_spam;  // nullopt: forget
    const config::Settings* settings = nullptr;
    std::string state_dir;
    util::Deadline deadline;
};

// The verdict on one message and everything that can be said about it. Owns the message.
class Scan {
public:
    ~Scan();
    const message::Message& message() const;
    rules::MessageStatus& status();
    const rules::MessageStatus& status() const;

    // Verdict. `score` is rounded to 3 decimals; shown_score is what headers and the protocol print
    // ("%.1f", never looking like the threshold on ham).
    bool is_spam() const;
    double score() const;
    double shown_score() const;
    std::string shown_score_text() const;
    double required_score() const;

    // Scored rules, sorted bytewise, comma-joined; "" if none.
    std::string tests() const;
    std::string subtests() const;
    // "ham", "spam", "no", "disabled", "failed", "unavailable" plus " autolearn_force=..." when
    // decided.
    std::string autolearn_text() const;
    std::optional<double> bayes_score() const;
    std::string log_message_id() const;  // as the result line prints it
    // What plugins add to spamd's result line: ",shortcircuit=no"; "" if nothing.
    std::string result_log_items() const;
    // "total 12 ms - parse: 0.4 (3.1%), ..." as spamd's timing: lines say it.
    std::string timing_text() const;
    std::string log_resent_message_id() const;  // "" if none

    // Templates expanded.
    std::string report() const;  // REPORT verb; ends in exactly two newlines
    std::string expand(std::string_view tmpl) const;
    // Markup (PROCESS, HEADERS).
    std::string rewritten_message() const;
    std::string rewritten_headers() const;  // through the first blank line

private:
    friend class Scanner;
    Scan();
    struct State;
    std::unique_ptr<State> state_;
};

class Scanner {
public:
    explicit Scanner(const Engine& engine);
    ~Scanner();
    std::unique_ptr<Scan> scan(ScanRequest request);
    // Whether anything was learned or forgotten; nullopt when there is nothing to learn into.
    // Throws util::Error when the database cannot be written.
    std::optional<bool> learn(const LearnRequest& request);
    const Engine& engine() const { return engine_; }
    // Who learns from a message that was sure enough; none: nothing is learned.
    void set_auto_learner(AutoLearner learner) { auto_learner_ = std::move(learner); }

private:
    const Engine& engine_;
    rules::Matcher matcher_;
    AutoLearner auto_learner_;
};

// The message as it was before SpamAssassin marked it up (`spamassassin -d`, before learning).
std::string remove_markup(std::string_view message);

}  // namespace scan

#endif  // SCAN_SCANNER_H
