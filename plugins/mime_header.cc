// MIMEHeader: mimeheader NAME Header[:raw] =~ /re/ [if-unset: x], a rule over that header of every
// MIME part. The Matcher runs these rules; an absent header counts as the if-unset text, which is
// empty by default. tflags multiple, maxhits=N (1000 with multiple, else 1), range=A-B and concat
// are in the Rule.

#include "plugins/makers.h"
#include "rules/regexp_syntax.h"
#include "rules/rule_set_builder.h"
#include "rules/rule_syntax.h"
#include "util/strings.h"

namespace plugins {

namespace {

struct Test {
    std::string_view header, regexp;
    bool negated = false;
};

// "=~ /re/" or "!~ /re/" with blanks around.
bool parse_operator(std::string_view text, Test& test) {
    text = util::trim_left(text);
    if (text.size() < 3 || (text[0] != '=' && text[0] != '!') || text[1] != '~')
        return false;
    test.negated = text[0] == '!';
    test.regexp = util::trim_left(text.substr(2));
    return !test.regexp.empty();
}

bool parse_test(std::string_view text, Test& test) {
    size_t end = 0;
    while (end < text.size() && text[end] != ':' &&
           !util::is_space(static_cast<unsigned char>(text[end])))
        ++end;
    if (end == 0)
        return false;
    for (std::string_view suffix : {":raw", ":", ""}) {
        if (text.substr(end, suffix.size()) == suffix &&
            parse_operator(text.substr(end + suffix.size()), test)) {
            test.header = text.substr(0, suffix == ":raw" ? end + suffix.size() : end);
            return true;
        }
    }
    // No blank around the operator: the last one that leaves a regex counts.
    for (size_t at = end; at-- > 1;) {
        if (parse_operator(text.substr(at), test) &&
            !util::is_space(static_cast<unsigned char>(text[at]))) {
            test.header = text.substr(0, at);
            return true;
        }
    }
    return false;
}

class MimeHeader : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::MIMEHeader"; }

    void register_in(rules::Registration& r) override {
        config::Keyword keyword;
        keyword.name = "mimeheader";
        keyword.who = config::Who::Privileged;
        keyword.help = "Defines a rule over a header of every MIME part.";
        keyword.set = [&builder = r.rules()](config::Settings&, const config::Directive& d,
                                             config::Diagnostics& diagnostics) {
            define(builder, d, diagnostics);
        };
        r.keyword(std::move(keyword));
        for (const char* feature : {"has_all_header", "has_tflags_range", "has_tflags_concat",
                                    "has_tflags_multiple", "has_capture_rules"})
            r.feature(feature);
    }

private:
    static void define(rules::RuleSetBuilder& builder, const config::Directive& d,
                       config::Diagnostics& diagnostics) {
        auto [name, text] = rules::split_word(d.value);
        Test test;
        if (!rules::is_rule_name(name) || text.empty() || !parse_test(text, test)) {
            report_invalid(d, diagnostics);
            return;
        }
        rules::Rule rule;
        std::string regexp(test.regexp);
        rules::cut_if_unset(regexp, rule.if_unset);
        auto parsed = rules::parse_regexp(regexp);
        if (!parsed || rules::regexp_error(*parsed)) {
            report_invalid(d, diagnostics);
            return;
        }
        if (!builder.accepts_name(name, d, diagnostics))
            return;
        std::string pattern = parsed->pattern;
        rules::note_captures(pattern, rule);
        rule.capture_templates.clear();  // these rules do not fill in templates
        rule.pattern = std::move(parsed->pattern);
        rule.flag_letters = std::move(parsed->flags);
        rule.name = name;
        rule.type = rules::RuleType::MimeHeader;
        rule.text = text;
        rule.header = test.header;
        rule.negated = test.negated;
        rule.has_if_unset = true;
        rule.position = d.position;
        builder.define(std::move(rule));
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_mime_header() {
    return std::make_unique<MimeHeader>();
}

}  // namespace plugins
