// Mail::SpamAssassin::Plugin::HTMLEval: tests over the facts that rendering HTML parts brought up.
// Every function looks at each HTML part in turn; one is enough.

#include <limits>

#include "plugins/arguments.h"
#include "plugins/html_parts.h"
#include "plugins/locales.h"
#include "plugins/makers.h"
#include "regex/regex.h"
#include "rules/core_settings.h"
#include "rules/plugin.h"
#include "util/strings.h"

namespace plugins {

namespace {

using html::Results;
using rules::EvalCall;
using rules::MessageStatus;

std::optional<double> value_of(const Results& part, std::string_view key) {
    if (auto it = part.numbers.find(key); it != part.numbers.end())
        return it->second;
    if (auto it = part.strings.find(key); it != part.strings.end())
        return number(it->second);
    return std::nullopt;
}

// "> 3", "== 0", "<= -1": one comparison, as html_eval and html_tag_balance take it.
bool compare(double value, std::string_view expression) {
    expression = util::trim(expression);
    size_t n = 0;
    while (n < expression.size() &&
           std::string_view("<>=!").find(expression[n]) != std::string_view::npos)
        ++n;
    std::string_view op = expression.substr(0, n);
    std::string_view rest = util::trim(expression.substr(n));
    // The operand may be a small sum: "> 2 + 1".
    double operand = 0;
    double sign = 1;
    bool any = false;
    for (size_t i = 0; i < rest.size();) {
        if (rest[i] == ' ' || rest[i] == '+') {
            sign = rest[i] == '+' ? 1 : sign;
            ++i;
        } else if (rest[i] == '-') {
            sign = -1;
            ++i;
        } else if (util::is_digit(rest[i])) {
            size_t start = i;
            while (i < rest.size() && util::is_digit(rest[i]))
                ++i;
            operand += sign * number(rest.substr(start, i - start));
            sign = 1;
            any = true;
        } else {
            return false;
        }
    }
    if (!any)
        return false;
    if (op == ">")
        return value > operand;
    if (op == "<")
        return value < operand;
    if (op == ">=")
        return value >= operand;
    if (op == "<=")
        return value <= operand;
    if (op == "==")
        return value == operand;
    if (op == "!=")
        return value != operand;
    return false;
}

bool is_comparison(std::string_view text) {
    return !text.empty() && text.find_first_not_of("<>=!-+ 0123456789") == std::string_view::npos;
}

bool is_true(std::string_view text) {
    return !text.empty() && text != "0";
}

double image_ratio(MessageStatus& s, const EvalCall& c) {
    double min = number(c.arg(0)), max = number(c.arg(1));
    for (const Results* part : html_parts(s)) {
        auto text = value_of(*part, "non_space_len"), area = value_of(*part, "image_area");
        if (text && area && *area > 0 && *text / *area > min && *text / *area <= max)
            return 1;
    }
    return 0;
}

double charset_faraway(MessageStatus& s, const EvalCall&) {
    auto locales = ok_locales(s.settings().get<rules::CoreSettings>().ok_locales);
    if (is_all(locales))
        return 0;
    for (const Results* part : html_parts(s)) {
        auto it = part->strings.find("charsets");
        if (it == part->strings.end())
            continue;
        size_t okay = 0, bad = 0;
        for (auto charset : util::words(it->second))
            ++(is_charset_ok(charset, locales) ? okay : bad);
        if (bad > 0 && bad >= okay)
            return 1;
    }
    return 0;
}

double range(MessageStatus& s, const EvalCall& c) {
    double min = number(c.arg(1));
    bool open = c.args.size() < 3 || c.arg(2) == "inf";
    for (const Results* part : html_parts(s)) {
        auto value = value_of(*part, c.arg(0));
        if (!value)
            continue;
        if (open ? *value > min
                 : *value != std::numeric_limits<double>::infinity() && *value > min &&
                       *value <= number(c.arg(2)))
            return 1;
    }
    return 0;
}

// html_text_match and html_text_not_match: a regex over titles, anchors, comments, scripts.
rules::EvalFunction text_match(const EvalCall& call, config::Diagnostics& diagnostics,
                               const config::SourcePosition& position, bool wanted) {
    auto compiled = regex::Regex::compile(call.arg(1), {});
    if (!compiled) {
        diagnostics.warn(position, "htmleval: invalid regexp for " + std::string(call.rule_name) +
                                       ": " + compiled.error().message);
        return [](MessageStatus&, const EvalCall&) -> double { return 0; };
    }
    auto re = std::make_shared<regex::Regex>(std::move(*compiled));
    return [re, wanted](MessageStatus& s, const EvalCall& c) -> double {
        for (const Results* part : html_parts(s)) {
            auto it = part->lists.find(c.arg(0));
            if (it == part->lists.end())
                continue;
            for (const auto& text : it->second)
                if (re->search(text) == wanted)
                    return 1;
        }
        return 0;
    };
}

class HTMLEval : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::HTMLEval"; }

    void register_in(rules::Registration& r) override {
        r.eval("html_tag_balance", [](MessageStatus& s, const EvalCall& c) -> double {
            if (!is_comparison(c.arg(1)))
                return 0;
            for (const Results* part : html_parts(s)) {
                auto it = part->inside_now.find(c.arg(0));
                if (it != part->inside_now.end() && compare(it->second, c.arg(1)))
                    return 1;
            }
            return 0;
        });
        r.eval("html_image_only", [](MessageStatus& s, const EvalCall& c) -> double {
            for (const Results* part : html_parts(s)) {
                auto length = value_of(*part, "length");
                if (part->inside.count("img") != 0 && length && *length > number(c.arg(0)) &&
                    *length <= number(c.arg(1)))
                    return 1;
            }
            return 0;
        });
        r.eval("html_image_ratio", image_ratio);
        r.eval("html_charset_faraway", charset_faraway);
        r.eval("html_tag_exists", [](MessageStatus& s, const EvalCall& c) -> double {
            for (const Results* part : html_parts(s))
                if (part->inside.find(c.arg(0)) != part->inside.end())
                    return 1;
            return 0;
        });
        r.eval("html_test", [](MessageStatus& s, const EvalCall& c) -> double {
            for (const Results* part : html_parts(s)) {
                auto n = part->numbers.find(c.arg(0));
                auto t = part->strings.find(c.arg(0));
                if ((n != part->numbers.end() && n->second != 0) ||
                    (t != part->strings.end() && is_true(t->second)) ||
                    part->lists.find(c.arg(0)) != part->lists.end())
                    return 1;
            }
            return 0;
        });
        r.eval("html_eval", [](MessageStatus& s, const EvalCall& c) -> double {
            if (!is_comparison(c.arg(1)))
                return 0;
            for (const Results* part : html_parts(s))
                if (auto value = value_of(*part, c.arg(0)); value && compare(*value, c.arg(1)))
                    return 1;
            return 0;
        });
        r.prepared_eval("html_text_match",
                        [](const EvalCall& c, config::Diagnostics& d,
                           const config::SourcePosition& p) { return text_match(c, d, p, true); });
        r.prepared_eval("html_text_not_match",
                        [](const EvalCall& c, config::Diagnostics& d,
                           const config::SourcePosition& p) { return text_match(c, d, p, false); });
        r.eval("html_title_subject_ratio", [](MessageStatus& s, const EvalCall& c) -> double {
            std::string_view subject = s.get("Subject");
            if (subject.empty())
                return 0;
            for (const Results* part : html_parts(s)) {
                auto it = part->lists.find("title");
                if (it == part->lists.end())
                    continue;
                double most = 0;
                for (size_t i = 0; i < it->second.size(); ++i)
                    if (is_true(it->second[i]))
                        most = std::max(most, static_cast<double>(part->title_lengths[i]) /
                                                  static_cast<double>(subject.size()));
                if (most > number(c.arg(0)))
                    return 1;
            }
            return 0;
        });
        r.eval("html_range", range);
        r.eval("check_iframe_src", [](MessageStatus& s, const EvalCall&) -> double {
            for (const Results* part : html_parts(s))
                for (const auto& link : part->links)
                    for (const auto& type : link.types)
                        if (type == "iframe")
                            return 1;
            return 0;
        });
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_html_eval() {
    return std::make_unique<HTMLEval>();
}

}  // namespace plugins
