// Mail::SpamAssassin::Plugin::BodyEval: tests over the text of the message as a whole.

#include <set>
#include <unordered_map>

#include "message/uri_unicode.h"
#include "plugins/arguments.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "plugins/text_lines.h"
#include "rules/plugin.h"
#include "util/strings.h"

namespace plugins {

namespace {

using message::Part;
using rules::EvalCall;
using rules::MessageStatus;

// Words of the HTML side of multipart/alternative that its text side lacks.
struct AlternativeDifference {
    bool computed = false;
    double percent = 0, html_words = 0, text_words = 0;
};
struct VerticalWords {
    bool computed = false;
    double value = -1;
};
struct StockInfo {
    bool computed = false;
    double fields = 0;
};
struct BodyAndSignature {
    bool computed = false;
    std::optional<double> body, signature, ratio;
};

void collect(const Part& part, std::vector<const Part*>& out) {
    // Depth first without recursion: parts nest as deep as their sender likes.
    std::vector<const Part*> stack{&part};
    while (!stack.empty()) {
        const Part* p = stack.back();
        stack.pop_back();
        out.push_back(p);
        for (auto it = p->children().rbegin(); it != p->children().rend(); ++it)
            stack.push_back(it->get());
    }
}

using WordCounts = std::unordered_map<std::string_view, long>;

// What lies between white space and has a letter, digit or underscore in it; in text of characters
// (see charset.h) those of Unicode.
void count_words(std::string_view text, bool is_characters, WordCounts& counts) {
    if (!is_characters) {
        for (auto word : util::words(text)) {
            for (unsigned char c : word)
                if (util::is_word(c)) {
                    ++counts[word];
                    break;
                }
        }
        return;
    }
    size_t start = 0;
    bool has_word_character = false;
    auto end_word = [&](size_t end) {
        if (has_word_character)
            ++counts[text.substr(start, end - start)];
        has_word_character = false;
    };
    for (size_t p = 0; p < text.size();) {
        auto c = message::code_point_at(text, p);
        if (message::is_unicode_space(c.value)) {
            end_word(p);
            start = p + c.size;
        } else {
            has_word_character = has_word_character || message::is_word_character(c.value);
        }
        p += c.size;
    }
    end_word(text.size());
}

const AlternativeDifference& alternative_difference(MessageStatus& s) {
    auto& d = s.state<AlternativeDifference>();
    if (d.computed)
        return d;
    d.computed = true;
    auto alternatives = s.message().find_parts([](const Part& p) {
        return p.type().starts_with("multipart/alternative") &&
               (p.type().size() == 21 || !util::is_word(p.type()[21]));
    });
    if (alternatives.empty())
        return d;
    auto all = s.message().find_parts([](const Part&) { return true; });
    if (all.size() == 3 && all[0]->type() == "multipart/alternative" &&
        all[1]->type() == "text/html" && all[2]->type() == "text/calendar")
        return d;
    for (const Part* alternative : alternatives) {
        WordCounts html, text;
        std::vector<const Part*> parts;
        collect(*alternative, parts);
        for (const Part* part : parts) {
            if (!part->type().starts_with("text") ||
                (part->type().size() > 4 && util::is_word(part->type()[4])))
                continue;
            const std::string& rendered = part->rendered();
            if (part->rendered_type() == "text/html") {
                count_words(rendered, part->rendered_is_characters(), html);
                // A picture alone says something too: a mark no text can have.
                if (html.empty() && part->html_results() &&
                    part->html_results()->inside.count("img") != 0)
                    html["\n"] = 1;
            } else if (!part->rendered_type().empty()) {
                count_words(rendered, part->rendered_is_characters(), text);
            }
        }
        if (html.empty())
            continue;
        double words = static_cast<double>(html.size());
        d.html_words = words;
        d.text_words = static_cast<double>(text.size());
        size_t left = html.size();
        for (const auto& [word, count] : text)
            if (auto it = html.find(word); it != html.end() && it->second - count < 1)
                --left;
        d.percent = std::max(d.percent, static_cast<double>(left) / words * 100);
    }
    return d;
}

double blank_line_ratio(MessageStatus& s, double minlines) {
    double blank = 0, lines = 0;
    for (const auto& chunk : s.message().rawbody_chunks()) {
        // As split(/^/m, ..., -1): a line ends after its newline, and nothing follows the last one.
        std::string_view rest = chunk;
        while (!rest.empty()) {
            size_t end = rest.find('\n');
            std::string_view line =
                rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
            rest.remove_prefix(line.size());
            ++lines;
            blank += util::trim(line).empty();
        }
    }
    return lines < minlines ? -1 : 100 * blank / lines;
}

double vertical_words(MessageStatus& s, const EvalCall& c) {
    auto& v = s.state<VerticalWords>();
    if (v.computed)
        return v.value;
    v.computed = true;
    for (const auto& line : text_lines(s, c)) {
        if (line.size() <= 5)
            continue;
        long spaces = 0;
        for (char b : line)
            spaces += b == ' ';
        long others = static_cast<long>(line.size()) - spaces;
        long percent = spaces > others || others == 0 ? 100 : 100 * spaces / others;
        v.value = std::max(v.value, static_cast<double>(percent));
    }
    return v.value;
}

class BodyEval : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::BodyEval"; }

    void register_in(rules::Registration& r) override {
        r.feature("has_check_body_length");
        r.feature("has_plaintext_body_sig_ratio");
        r.eval("multipart_alternative_difference",
               [](MessageStatus& s, const EvalCall& c) -> double {
                   double percent = alternative_difference(s).percent, min = number(c.arg(0));
                   return (min == 0 || percent > min) &&
                          (c.arg(1) == "undef" || percent <= number(c.arg(1)));
               });
        r.eval("multipart_alternative_difference_count",
               [](MessageStatus& s, const EvalCall& c) -> double {
                   const auto& d = alternative_difference(s);
                   return d.html_words > number(c.arg(1)) &&
                          d.text_words / d.html_words > number(c.arg(0));
               });
        r.eval("check_blank_line_ratio", [](MessageStatus& s, const EvalCall& c) -> double {
            double ratio = blank_line_ratio(s, std::max(1.0, number(c.arg(2))));
            double min = number(c.arg(0)), max = number(c.arg(1));
            return (min == 0 || ratio > min) && ratio <= max;
        });
        r.eval("tvd_vertical_words", [](MessageStatus& s, const EvalCall& c) -> double {
            double max = number(c.arg(1));
            double value = vertical_words(s, c);
            return value >= number(c.arg(0)) && value < (max >= 100 ? 101 : max);
        });
        r.eval("check_stock_info", [this](MessageStatus& s, const EvalCall& c) -> double {
            double min = number(c.arg(0));
            return min == 0 || stock_info(s) >= min;
        });
        r.eval("check_body_length", [](MessageStatus& s, const EvalCall& c) -> double {
            return static_cast<double>(s.message().pristine_body().size()) <= number(c.arg(0));
        });
        auto plain = [&](const char* function, std::optional<double> BodyAndSignature::*member) {
            r.eval(function, [this, member](MessageStatus& s, const EvalCall& c) -> double {
                auto value = body_and_signature(s).*member;
                return value && *value >= number(c.arg(0)) &&
                       (c.args.size() < 2 || *value <= number(c.arg(1)));
            });
        };
        plain("plaintext_body_length", &BodyAndSignature::body);
        plain("plaintext_sig_length", &BodyAndSignature::signature);
        plain("plaintext_body_sig_ratio", &BodyAndSignature::ratio);
    }

private:
    // How many different fields of a stock tout ("Price target: ...") the first plain part has.
    double stock_info(MessageStatus& s) const {
        auto& info = s.state<StockInfo>();
        if (info.computed)
            return info.fields;
        info.computed = true;
        auto parts = s.message().find_parts([](const Part& p) { return p.type() == "text/plain"; });
        if (parts.empty())
            return 0;
        std::set<std::string> fields;
        regex::MatchData m, f;
        const std::string& text = parts[0]->rendered();
        if (parts[0]->rendered_type().empty())
            return 0;
        regex::for_each_match(field_.re(), text, m, [&](const regex::MatchData& match) {
            std::string letters;
            for (unsigned char c : match.text(1))
                if (util::is_alpha(c))
                    letters += util::to_lower(static_cast<char>(c));
            if (stock_field_(letters, f))
                fields.emplace(f.text(1));
            return true;
        });
        info.fields = static_cast<double>(fields.size());
        return info.fields;
    }

    const BodyAndSignature& body_and_signature(MessageStatus& s) const {
        auto& b = s.state<BodyAndSignature>();
        if (b.computed)
            return b;
        b.computed = true;
        auto parts = s.message().find_parts(
            [](const Part& p) { return p.type().starts_with("text/plain"); });
        if (parts.empty())
            return b;
        const std::string& text = parts[0]->decoded();
        size_t body = text.size(), signature = 0;
        regex::MatchData m;
        regex::for_each_match(signature_.re(), text, m, [&](const regex::MatchData& match) {
            if (text.size() - match.end() > 4) {
                body = match.start();
                signature = text.size() - match.end();
            }
            return true;
        });
        b.body = static_cast<double>(body);
        b.signature = static_cast<double>(signature);
        b.ratio = signature > 0 ? *b.body / *b.signature : 1e6;
        return b;
    }

    Pattern field_{"^\\s*([^:\\s][^:\\n]{2,29})\\s*:\\s*\\S", "m"};
    Pattern stock_field_{
        "(^trad(?:e|ing)date|company(?:name)?|s\\w?(?:t\\w?o\\w?c\\w?k|y\\w?m(?:\\w?b\\w?o\\w?l)?)|"
        "t(?:arget|icker)|"
        "(?:opening|current)p(?:rice)?|p(?:rojected|osition)|expectations|weeks?high|"
        "marketperformance|"
        "(?:year|week|month|day|price)(?:target|estimates?)|sector|r(?:ecommendation|ating))$"};
    Pattern signature_{"^-- ?\\r?$", "m"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_body_eval() {
    return std::make_unique<BodyEval>();
}

}  // namespace plugins
