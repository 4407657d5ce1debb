// Mail::SpamAssassin::Plugin::URIDetail: uri_detail NAME KEY =~ /re/ KEY !~ /re/ ..., a rule over
// what is known of one URI: raw, type, cleaned, text (of its anchor), domain, host.
//
// All criteria must hold for the same URI; one with several values holds when it does for any.

#include <array>
#include <map>

#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/regexp_syntax.h"
#include "rules/rule_set_builder.h"
#include "rules/rule_syntax.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

constexpr std::array<std::string_view, 6> kKeys{"raw", "type", "cleaned", "text", "domain", "host"};

struct Criterion {
    bool negated = false;
    rules::Regexp regexp;
};
using Criteria = std::map<size_t, Criterion>;  // by index into kKeys

struct Test {
    size_t key = 0;
    bool negated = false;
    regex::Regex re;
};

class UriDetail : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::URIDetail"; }

    void register_in(rules::Registration& r) override {
        config::Keyword keyword;
        keyword.name = "uri_detail";
        keyword.who = config::Who::Privileged;
        keyword.help = "Defines a rule over what is known of one URI.";
        keyword.set = [this, &builder = r.rules()](config::Settings&, const config::Directive& d,
                                                   config::Diagnostics& diagnostics) {
            define(builder, d, diagnostics);
        };
        r.keyword(std::move(keyword));
        r.feature("has_host_key");
        r.prepared_eval("check_uri_detail",
                        [this](const EvalCall& c, config::Diagnostics&,
                               const config::SourcePosition&) { return prepare(c.rule_name); });
    }

private:
    void define(rules::RuleSetBuilder& builder, const config::Directive& d,
                config::Diagnostics& diagnostics) {
        const auto split = rules::split_word(d.value);
        const auto name = split.first;  // clang 14 captures no structured binding
        auto text = split.second;
        if (text.empty())
            return config::report_invalid(d, diagnostics);
        bool any = false, bad = false;
        regex::MatchData m;
        regex::for_each_match(criterion_.re(), text, m, [&](const regex::MatchData& found) {
            auto key = std::find(kKeys.begin(), kKeys.end(), found.text(1));
            auto regexp = rules::parse_regexp(found.text(3));
            bad = key == kKeys.end() || !regexp || rules::regexp_error(*regexp);
            if (bad)
                return false;
            // A further line for the same rule adds to its criteria.
            criteria_[std::string(name)][static_cast<size_t>(key - kKeys.begin())] = {
                found.text(2)[0] == '!', std::move(*regexp)};
            any = true;
            return true;
        });
        if (!any && !bad)
            diagnostics.warn(d.position, "config: failed to add invalid rule " + std::string(name));
        if (!any || bad)
            return config::report_invalid(d, diagnostics);
        if (!builder.accepts_name(name, d, diagnostics))
            return;
        rules::Rule rule;
        rule.name = name;
        rule.type = rules::RuleType::UriDetail;
        rule.text = "check_uri_detail()";
        rule.header = "check_uri_detail";
        rule.position = d.position;
        builder.define(std::move(rule));
    }

    rules::EvalFunction prepare(std::string_view rule) const {
        auto it = criteria_.find(rule);
        auto tests = std::make_shared<std::vector<Test>>();
        if (it != criteria_.end()) {
            for (const auto& [key, criterion] : it->second) {
                auto re = regex::Regex::compile(
                    criterion.regexp.pattern,
                    regex::Flags::parse(criterion.regexp.flags).value_or(regex::Flags{}));
                if (!re)
                    return {};
                tests->push_back({key, criterion.negated, std::move(*re)});
            }
        }
        return [tests](MessageStatus& s, const EvalCall& c) -> double {
            for (const message::Uri& uri : s.message().uri_details())
                if (all_hold(*tests, uri, s, c.rule))
                    return 1;
            return 0;
        };
    }

    static bool all_hold(const std::vector<Test>& tests, const message::Uri& uri, MessageStatus& s,
                         rules::RuleId rule) {
        static thread_local regex::MatchData scratch;
        auto one = [&](const Test& test, std::string_view value) {
            regex::Outcome outcome = test.re.match(value, scratch);
            if (outcome == regex::Outcome::Undecided)
                s.undecided(rule, "match limit exceeded");
            return outcome == (test.negated ? regex::Outcome::NoMatch : regex::Outcome::Match);
        };
        auto any = [&](const Test& test, const auto& values) {
            return std::any_of(values.begin(), values.end(),
                               [&](const auto& value) { return one(test, value); });
        };
        return std::all_of(tests.begin(), tests.end(), [&](const Test& test) {
            switch (test.key) {
                case 0:
                    return one(test, uri.raw);
                case 1:
                    return any(test, uri.types);
                case 2:
                    return any(test, uri.cleaned);
                case 3:
                    return any(test, uri.anchor_text);
                case 4:
                    return any(test, uri.domains);
                default:
                    return std::any_of(uri.hosts.begin(), uri.hosts.end(),
                                       [&](const auto& host) { return one(test, host.first); });
            }
        });
    }

    std::map<std::string, Criteria, std::less<>> criteria_;
    Pattern criterion_{"\\b(\\w+)\\b\\s*([=!]~)\\s*((?:/.*?/|m(\\W).*?\\4)[imsx]*)(?=\\s|$)"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_uri_detail() {
    return std::make_unique<UriDetail>();
}

}  // namespace plugins
