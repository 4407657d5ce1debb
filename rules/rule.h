// What a rule is: its type, where it looks, and the flags it carries.

#ifndef RULES_RULE_H
#define RULES_RULE_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/source.h"

namespace rules {

using RuleId = uint32_t;  // index into RuleSet::rules()
inline constexpr RuleId kNoRule = UINT32_MAX;

enum class RuleType : uint8_t {
    Unset,   // described, scored or flagged but never defined
    Header,  // header R Name =~ /re/, exists:
    Body,
    RawBody,
    Full,
    Uri,
    MimeHeader,
    UriDetail,
    Meta,
    HeaderEval,  // header R eval:...
    BodyEval,
    RawBodyEval,
    FullEval,
    Placeholder,  // `reuse`, `meta R ()`: only a plugin can make it hit
    AskDns
};

// Bits of tflags.
enum TestFlag : uint32_t {
    kNet = 1 << 0,
    kNice = 1 << 1,
    kUserConf = 1 << 2,
    kLearn = 1 << 3,
    kNoAutoLearn = 1 << 4,
    kMultiple = 1 << 5,
    kNoSubject = 1 << 6,
    kAutoLearnForce = 1 << 7,
    kAutoLearnHeader = 1 << 8,
    kAutoLearnBody = 1 << 9,
    kNoAwl = 1 << 10,
    kIpsOnly = 1 << 11,
    kDomainsOnly = 1 << 12,
    kA = 1 << 13,
    kNs = 1 << 14,
    kNoTrim = 1 << 15,
    kNoLog = 1 << 16,
    kPublish = 1 << 17,
    kConcat = 1 << 18
};

struct Rule {
    std::string name;
    RuleType type = RuleType::Unset;
    uint32_t tflags = 0;
    std::string tflags_text;                   // as written, for plugins and documentation
    int maxhits = 0;                           // 0 = no limit
    std::optional<std::pair<int, int>> range;  // tflags range=A-B (mimeheader)
    int priority = 0;
    std::string text;  // right-hand side as written; evals: "function(args)"
    // Regex rules: after replace tags, delimiters gone; a %{TAG} template stands as %\{TAG\}.
    std::string pattern, flag_letters;
    std::string header;    // Header/MimeHeader: "From:addr"; evals: function name
    std::string if_unset;  // [if-unset: ...]; a MimeHeader has it always, empty by default
    bool has_if_unset = false;
    bool negated = false;  // !~
    bool exists = false;   // exists:Name
    std::vector<std::string> eval_args;
    // The regex has groups named in capitals, which set tags; such rules run first of all.
    bool captures = false;
    // Tags that %{TAG} templates of the regex ask for ("FOO" or "FOO(args)"); without a value for
    // each, the rule does not run.
    std::vector<std::string> capture_templates;
    config::SourcePosition position;
    bool is_subrule() const { return name.size() >= 2 && name[0] == '_' && name[1] == '_'; }
    bool has(TestFlag f) const { return (tflags & f) != 0; }
};

// Settings blocks that `score`, `describe`, `tflags`, `priority` lines fill; users may overlay
// scores.
class Scores {
public:
    static constexpr size_t kSets = 4;
    // Rules from here on have no score line.
    size_t size() const { return set_.size(); }
    void resize(size_t rules);
    bool has(RuleId rule) const { return rule < set_.size() && set_[rule] != 0; }
    // 0 without a score line.
    double value(RuleId rule, size_t score_set) const {
        const auto& values = values_[score_set];
        return rule < values.size() ? values[rule] : 0;
    }
    // The number as Perl prints it, for _TESTSSCORES_; "" without a score line.
    const std::string& text(RuleId rule, size_t score_set) const;
    // Of score sets 0 to 3; `relative`: added to what is there. The rule is below size().
    void assign(RuleId rule, bool relative, const std::array<double, kSets>& numbers);

private:
    // By score set, then rule: each rule's score is asked for with each message.
    std::array<std::vector<double>, kSets> values_;
    std::vector<std::array<std::string, kSets>> texts_;
    std::vector<uint8_t> set_;
};
struct Descriptions {
    std::vector<std::string> by_rule;
};

}  // namespace rules

#endif  // RULES_RULE_H
