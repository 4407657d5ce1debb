// A plugin: one file under plugins/, under its SpamAssassin name. It brings keywords, eval
// functions, features for can()/has(), template tags and hooks; nothing of it runs unless a
// loadplugin line names it.
//
//   class HeaderEval : public rules::Plugin {
//   public:
//       std::string_view name() const override { return "Mail::SpamAssassin::Plugin::HeaderEval"; }
//       void register_in(rules::Registration& r) override {
//           r.eval("check_for_missing_to_header", [](rules::MessageStatus& s, const
//           rules::EvalCall&) {
//               return s.get("To").empty() ? 1.0 : 0.0; });
//       }
//   };

#ifndef RULES_PLUGIN_H
#define RULES_PLUGIN_H

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/schema.h"
#include "rules/message_status.h"
#include "rules/rule.h"

namespace rules {

class RuleSet;
class RuleSetBuilder;

// One `eval:function(args)` of one rule.
struct EvalCall {
    RuleId rule = kNoRule;
    std::string_view rule_name;
    std::string_view function;
    const std::vector<std::string>& args;  // quotes removed
    RuleType type = RuleType::HeaderEval;
    // args[i] or "" / fallback.
    std::string_view arg(size_t i) const {
        return i < args.size() ? std::string_view(args[i]) : std::string_view();
    }
};

// Returned by an eval function whose answer comes later: the rule counts as unfinished (metas wait)
// until got_hit() or rule_ready() is called for it. Test with is_pending().
inline constexpr double kPending = std::numeric_limits<double>::quiet_NaN();
inline bool is_pending(double value) {
    return value != value;
}

// Returns the rule's value: 0 = no hit. A function that has called got_hit() itself returns 0.
using EvalFunction = std::function<double(MessageStatus&, const EvalCall&)>;
// For functions whose arguments are worth compiling once (regexes, numbers): called at load, after
// all configuration is read; reports bad arguments and then returns an empty function.
using EvalFactory = std::function<EvalFunction(const EvalCall&, config::Diagnostics&,
                                               const config::SourcePosition&)>;

class Registration {
public:
    virtual ~Registration() = default;
    virtual void eval(std::string_view name, EvalFunction function) = 0;
    virtual void prepared_eval(std::string_view name, EvalFactory factory) = 0;
    virtual void keyword(config::Keyword keyword) = 0;  // owner is filled in
    // "has_check_body_length" (of this plugin's class) or a full
    // "Mail::SpamAssassin::Conf::feature_x".
    virtual void feature(std::string_view name) = 0;
    // Template tag computed on demand; args is what stood in parentheses.
    virtual void tag(std::string_view name,
                     std::function<std::string(MessageStatus&, std::string_view args)> value) = 0;
    // For keywords that define rules (mimeheader, uri_detail, askdns, asn ...).
    virtual RuleSetBuilder& rules() = 0;
};

class Plugin {
public:
    virtual ~Plugin() = default;
    virtual std::string_view name() const = 0;
    virtual std::vector<std::string_view> aliases() const { return {}; }
    // "native", or "accepted and inert" for what needs no code here.
    virtual std::string_view state() const { return "native"; }
    virtual void register_in(Registration& r) = 0;

    // --- hooks, in the order they happen ---
    // All configuration is read; settings may still be edited, rules added or changed.
    virtual void finish_parsing_start(RuleSetBuilder&, config::Settings&, config::Diagnostics&) {}
    virtual void finish_parsing_end(RuleSetBuilder&, config::Settings&, config::Diagnostics&) {}
    // In each worker, after the fork: open stores, seed, connect.
    virtual void worker_start(const config::Settings&) {}
    // The message is split into parts and nothing was looked at yet: parts may be given a text.
    // Also called before learning, as is extract_metadata().
    virtual void message_parsed(message::Message&, const config::Settings&, const util::Deadline&) {
    }
    // Pseudo-headers may be added. The status is null when the message is only learned.
    virtual void extract_metadata(message::Message&, const config::Settings&, MessageStatus*) {}
    // Relays and metadata are complete; URIs may be added, nothing was matched yet.
    virtual void parsed_metadata(MessageStatus&) {}
    // Plugins with a lower number have their parsed_metadata() first.
    virtual int parsed_metadata_order() const { return 0; }
    virtual void check_start(MessageStatus&) {}
    // The network may be asked and the first priority from -100 on begins: send the queries. Not
    // called with local_tests_only. check_rbl*/check_dns* header evals run just before.
    virtual void check_dnsbl(MessageStatus&) {}
    // Between the steps of a priority, once check_dnsbl ran: take in what has arrived, no waiting.
    virtual void harvest(MessageStatus&) {}
    // Between priorities, and after rules of one priority.
    virtual void check_tick(MessageStatus&) {}
    // After the last priority: wait (deadline!) for what is outstanding.
    virtual void check_post_dnsbl(MessageStatus&) {}
    // Last chance to hit before the remaining metas are evaluated.
    virtual void check_cleanup(MessageStatus&) {}
    // A rule has hit with this score, which is not added yet (Shortcircuit looks here).
    virtual void hit_rule(MessageStatus&, RuleId, double) {}
    // Whether hit_rule() does anything: hits are many, and most plugins do not care.
    virtual bool hears_of_hits() const { return false; }
    // hit_rule() matters for sub-rules ("__X") too: they must be decided though no meta asks.
    virtual bool wants_subrules(const config::Settings&) const { return false; }
    // All rules ran; may still change hits (AWL/TxRep at priority 1000 are rules, not this).
    virtual void check_end(MessageStatus&) {}
    // A request was answered: put away what was collected, in a few milliseconds; the next client
    // may be waiting. In a worker, as the user of the request.
    virtual void request_done() {}
    // The worker is about to leave, without destructors.
    virtual void worker_end() {}
};

}  // namespace rules

#endif  // RULES_PLUGIN_H
