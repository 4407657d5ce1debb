// Runs a Program over one message: priorities ascending; within one, header rules, header evals,
// body, uri, body evals, rawbody, rawbody evals, full, full evals, plugin ticks, ready metas; the
// remaining metas at the end (SpamAssassin's Check.pm order). Holds scratch (MatchData, bit sets)
// that is reused from message to message: one Matcher a worker.

#ifndef RULES_MATCHER_H
#define RULES_MATCHER_H

#include <memory>

#include "rules/message_status.h"
#include "rules/program.h"

namespace rules {

// What plugins do to a message before it is matched or learned: texts of parts, pseudo-headers. The
// status is null when the message is only learned.
void prepare_message(const PluginRegistry& plugins, message::Message& message,
                     const config::Settings& settings, const util::Deadline& deadline = {},
                     MessageStatus* status = nullptr);

class Matcher {
public:
    Matcher(const Program& program, const PluginRegistry& plugins);
    ~Matcher();
    // Stops early when the status is shortcircuited or its deadline passes (then the hits so far
    // stay and TIME_LIMIT_EXCEEDED is added).
    void run(MessageStatus& status);

private:
    friend class MatcherRun;
    struct Scratch;
    const Program& program_;
    const PluginRegistry& plugins_;
    std::unique_ptr<Scratch> scratch_;
};

}  // namespace rules

#endif  // RULES_MATCHER_H
