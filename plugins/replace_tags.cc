// ReplaceTags: writes out <TAG> in the regexes of replace_rules, with <pre X>, <inter X> and
// <post X> around each tag. The result is the text SpamAssassin's plugin arrives at, pass by pass,
// because the scores were made with it.
//
// A regex that does not compile any more keeps its old form. Limits: kMaxPasses rounds of tags
// within tags; a round that would pass kMaxPattern bytes is not made.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "plugins/makers.h"
#include "regex/regex.h"
#include "rules/regexp_syntax.h"
#include "rules/rule_set_builder.h"
#include "rules/rule_syntax.h"
#include "util/strings.h"

namespace plugins {

namespace {

constexpr int kMaxPasses = 6;
constexpr size_t kMaxPattern = 4'000'000;

struct Found {
    size_t begin, end;      // of the whole tag
    std::string_view name;  // what stands between start and end
};

// replace_start and replace_end. They are regexes; nearly always they are plain characters.
class TagSyntax {
public:
    TagSyntax(std::string start, std::string end) : start_(std::move(start)), end_(std::move(end)) {
        plain_ = is_plain(start_) && is_plain(end_);
    }

    // The first tag whose name starts with `prefix`, from `from` on.
    std::optional<Found> find(std::string_view text, size_t from, std::string_view prefix = {}) {
        if (!plain_)
            return find_by_regex(text, from, prefix);
        std::string open = start_ + std::string(prefix);
        size_t begin = text.find(open, from);
        if (begin == std::string_view::npos)
            return std::nullopt;
        size_t name = begin + open.size();
        size_t close = text.find(end_, name + 1);
        if (close == std::string_view::npos)
            return std::nullopt;
        return Found{begin, close + end_.size(), text.substr(name, close - name)};
    }

private:
    static bool is_plain(std::string_view s) {
        return !s.empty() && s.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
    }
    std::optional<Found> find_by_regex(std::string_view text, size_t from,
                                       std::string_view prefix) {
        auto& re = regexes_[std::string(prefix)];
        if (!re) {
            auto compiled =
                regex::Regex::compile(fmt::format("(?:{})(?:{})(.+?)(?:{})", start_, prefix, end_));
            re = std::make_unique<regex::Regex>();
            if (compiled)
                *re = std::move(*compiled);
        }
        if (!re->search(text, data_, from))
            return std::nullopt;
        return Found{data_.start(), data_.end(), data_.text(1)};
    }

    std::string start_, end_;
    bool plain_ = true;
    util::StringMap<std::unique_ptr<regex::Regex>> regexes_;
    regex::MatchData data_;
};

// Perl's idea of a value that counts.
bool is_true(std::string_view s) {
    return !s.empty() && s != "0";
}

// <[^>]+>
bool has_angle_tag(std::string_view text) {
    size_t close = text.size();
    for (size_t i = text.size(); i-- > 0;) {
        if (text[i] == '>')
            close = i;
        else if (text[i] == '<' && close < text.size() && close > i + 1)
            return true;
    }
    return false;
}

// The text cut before and after each <...>: text, tag, text, tag, ... Empty ones at the end go.
std::vector<std::string> split_at_tags(std::string_view text) {
    std::vector<std::string> out;
    size_t from = 0;
    for (size_t open = text.find('<'); open != std::string_view::npos;) {
        size_t stop = text.find_first_of("<>", open + 1);
        if (stop == std::string_view::npos)
            break;
        if (text[stop] == '<' || stop == open + 1) {
            open = text[stop] == '<' ? stop : text.find('<', stop);
            continue;
        }
        out.emplace_back(text.substr(from, open - from));
        out.emplace_back(text.substr(open, stop + 1 - open));
        from = stop + 1;
        open = text.find('<', from);
    }
    if (from < text.size())
        out.emplace_back(text.substr(from));
    return out;
}

class ReplaceTags : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::ReplaceTags"; }

    void register_in(rules::Registration& r) override {
        map_keyword(r, "replace_tag", tags_, "What a tag stands for.");
        map_keyword(r, "replace_pre", pre_, "What <pre NAME> puts in front of every tag.");
        map_keyword(r, "replace_inter", inter_, "What <inter NAME> puts between adjacent tags.");
        map_keyword(r, "replace_post", post_, "What <post NAME> puts behind every tag.");
        string_keyword(r, "replace_start", start_, "What opens a tag.");
        string_keyword(r, "replace_end", end_, "What closes a tag.");
        keyword(r, "replace_rules", config::ValueType::Words, "Rules whose regexes have tags.",
                [this](config::Settings&, const config::Directive& d,
                       config::Diagnostics& diagnostics) {
                    if (d.value.empty())
                        report_missing(d, diagnostics);
                    for (auto word : util::words(d.value))
                        if (seen_.emplace(word).second)
                            rules_.emplace_back(word);
                });
    }

    void finish_parsing_end(rules::RuleSetBuilder& builder, config::Settings&,
                            config::Diagnostics& diagnostics) override {
        TagSyntax syntax(start_, end_);
        for (const auto& name : rules_) {
            rules::RuleId id = builder.find(name);
            if (id != rules::kNoRule && has_regex(builder.rule(id)))
                replace(builder.rule(id), syntax, diagnostics);
        }
    }

private:
    using Map = util::StringMap<std::string>;

    static bool has_regex(const rules::Rule& rule) {
        switch (rule.type) {
            case rules::RuleType::Header:
                return !rule.exists;
            case rules::RuleType::Body:
            case rules::RuleType::RawBody:
            case rules::RuleType::Full:
            case rules::RuleType::Uri:
                return true;
            default:
                return false;
        }
    }

    void keyword(rules::Registration& r, const char* name, config::ValueType type, const char* help,
                 config::Setter set) {
        config::Keyword k;
        k.name = name;
        k.type = type;
        k.who = config::Who::Privileged;
        k.help = help;
        k.set = std::move(set);
        r.keyword(std::move(k));
    }
    void map_keyword(rules::Registration& r, const char* name, Map& map, const char* help) {
        keyword(r, name, config::ValueType::KeyValue, help,
                [&map](config::Settings&, const config::Directive& d,
                       config::Diagnostics& diagnostics) {
                    auto [key, value] = rules::split_word(d.value);
                    if (value.empty())
                        report_missing(d, diagnostics);
                    else
                        map[std::string(key)] = value;
                });
    }
    void string_keyword(rules::Registration& r, const char* name, std::string& value,
                        const char* help) {
        keyword(r, name, config::ValueType::String, help,
                [&value](config::Settings&, const config::Directive& d,
                         config::Diagnostics& diagnostics) {
                    if (d.value.empty())
                        report_missing(d, diagnostics);
                    else
                        value = d.value;
                });
    }

    // Removes the first <pre NAME> (or inter, post) and answers what NAME stands for, "" if
    // nothing.
    static std::string take_modifier(std::string& text, TagSyntax& syntax, std::string_view kind,
                                     const Map& map) {
        auto found = syntax.find(text, 0, std::string(kind) + " ");
        if (!found)
            return {};
        auto it = map.find(found->name);
        std::string value = it != map.end() && is_true(found->name) && is_true(it->second)
                                ? it->second
                                : std::string();
        text.erase(found->begin, found->end - found->begin);
        return value;
    }

    // Writes out the first tag of a part, wherever in the part it stands. True as for pass().
    bool fill_in(std::string& part, TagSyntax& syntax) {
        auto tag = syntax.find(part, 0);
        if (!tag || !is_true(tag->name))
            return false;
        auto it = tags_.find(tag->name);
        if (it == tags_.end() || !is_true(it->second))
            return false;
        std::string whole = part.substr(tag->begin, tag->end - tag->begin);
        part = util::replace_all(std::move(part), whole, it->second);
        return has_angle_tag(it->second);
    }

    // One round over all tags. True: what was filled in has tags itself.
    bool pass(std::string& text, TagSyntax& syntax) {
        std::string pre = take_modifier(text, syntax, "pre", pre_);
        std::string post = take_modifier(text, syntax, "post", post_);
        std::string inter = take_modifier(text, syntax, "inter", inter_);
        std::vector<std::string> parts = split_at_tags(text);
        bool again = false;
        size_t total = text.size();
        for (std::string& part : parts) {
            if (total > kMaxPattern)
                return false;
            total -= std::min(total, part.size());
            if (part.empty()) {
                part = inter;
            } else {
                if (!pre.empty())
                    if (auto tag = syntax.find(part, 0))
                        part.insert(tag->begin, pre);
                if (!post.empty()) {
                    size_t from = 0;
                    while (auto tag = syntax.find(part, from)) {
                        from = tag->end + post.size();
                        part.insert(tag->end, post);
                    }
                }
            }
            again = fill_in(part, syntax) || again;
            total += part.size();
        }
        text.clear();
        for (const std::string& part : parts)
            text += part;
        return again;
    }

    void replace(rules::Rule& rule, TagSyntax& syntax, config::Diagnostics& diagnostics) {
        // SpamAssassin works on the compiled regex as Perl prints it, modifiers in front.
        std::string prefix = "(?aa)";
        if (!rule.flag_letters.empty())
            prefix += "(?" + rule.flag_letters + ")";
        std::string text = prefix + rule.pattern;
        std::string before = text;
        bool again = true;
        for (int i = 0; i < kMaxPasses && again && text.size() < kMaxPattern; ++i)
            again = pass(text, syntax);
        if (text == before)
            return;
        rules::Regexp replaced;
        if (text.compare(0, prefix.size(), prefix) == 0)
            replaced = {text.substr(prefix.size()), rule.flag_letters};
        else
            replaced = {text, ""};
        if (auto error = rules::regexp_error(replaced)) {
            diagnostics.note(rule.position,
                             fmt::format("replacetags: regexp compilation failed for {}: '{}': {}",
                                         rule.name, replaced.pattern, *error));
            return;
        }
        rule.pattern = std::move(replaced.pattern);
        rule.flag_letters = std::move(replaced.flags);
    }

    Map tags_, pre_, inter_, post_;
    std::string start_ = "<", end_ = ">";
    std::vector<std::string> rules_;
    std::unordered_set<std::string> seen_;
};

}  // namespace

std::unique_ptr<rules::Plugin> make_replace_tags() {
    return std::make_unique<ReplaceTags>();
}

}  // namespace plugins
