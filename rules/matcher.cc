#include "rules/matcher.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "rules/core_settings.h"
#include "rules/program_impl.h"
#include "rules/rule_set.h"
#include "util/log.h"
#include "util/strings.h"

namespace rules {

// mimeheader: parts looked at, and hits counted, unless tflags say otherwise.
static constexpr int kMimeHeaderRange = 1000;

struct Matcher::Scratch {
    regex::MatchData match;
    std::vector<Prefilter::Candidates> candidates;               // by number of the filter
    std::vector<std::optional<std::string_view>> header_values;  // so, for those of headers
    std::vector<uint8_t> deferred;                               // by RuleId: not decided yet
    // Groups named in capitals, gathered over the hits of one rule.
    std::vector<std::pair<std::string, std::vector<std::string>>> captures;
    std::vector<uint32_t> open_metas;    // rows of the meta table
    std::vector<RuleId> waits_for;       // beside meta_order: a rule that was not decided yet
    std::optional<regex::Regex> filled;  // of the rule at hand, when it has %{TAG} templates
    std::vector<Plugin*> by_metadata_order;
};

Matcher::Matcher(const Program& program, const PluginRegistry& plugins)
    : program_(program), plugins_(plugins), scratch_(std::make_unique<Scratch>()) {
    auto& order = scratch_->by_metadata_order;
    for (const auto& plugin : plugins.loaded())
        order.push_back(plugin.get());
    std::stable_sort(order.begin(), order.end(), [](const Plugin* a, const Plugin* b) {
        return a->parsed_metadata_order() < b->parsed_metadata_order();
    });
}
Matcher::~Matcher() = default;

namespace {

std::string quote_meta(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (!util::is_word(c))
            out += '\\';
        out += c;
    }
    return out;
}

bool has_values(const Rule& rule, const MessageStatus& status) {
    return std::all_of(rule.capture_templates.begin(), rule.capture_templates.end(),
                       [&](const std::string& tag) {
                           const auto& values = status.tag_values(tag);
                           return std::any_of(values.begin(), values.end(),
                                              [](const auto& value) { return !value.empty(); });
                       });
}

// The regex of a rule with %{TAG} templates for this message, which has values for its tags.
std::optional<regex::Regex> fill_template(const Rule& rule, const MessageStatus& status) {
    std::string pattern = rule.pattern;
    for (const auto& tag : rule.capture_templates) {
        std::string values;
        for (const auto& value : status.tag_values(tag))
            if (!value.empty())
                values += (values.empty() ? "" : "|") + quote_meta(value);
        pattern = util::replace_all(std::move(pattern), "%\\{" + tag + "\\}", "(?:" + values + ")");
    }
    auto compiled = regex::Regex::compile(
        pattern, regex::Flags::parse(rule.flag_letters).value_or(regex::Flags{}));
    if (!compiled)
        return std::nullopt;
    return std::move(*compiled);
}

}  // namespace

// One message's run through the program.
class MatcherRun : RuleValues {
public:
    MatcherRun(const Program::Impl& program, const PluginRegistry& plugins, MessageStatus& status,
               Matcher::Scratch& scratch)
        : program_(program),
          plugins_(plugins),
          status_(status),
          scratch_(scratch),
          rules_(status.rules()),
          debugging_(util::debugging("rules")),
          templates_(status.settings().get<CoreSettings>().rule_templates_per_message),
          defers_(!status.options().all_subrules) {
        numbers = &status.values();
        RuleValues::deferred = &scratch.deferred;
    }

    void run() {
        scratch_.open_metas.clear();
        scratch_.waits_for.assign(program_.meta_order.size(), kNoRule);
        scratch_.candidates.resize(program_.filter_count);
        scratch_.header_values.resize(program_.filter_count);
        part_headers_.resize(program_.part_headers.size());
        scratch_.deferred.assign(rules_.size(), 0);
        for (bucket_ = 0; bucket_ < program_.buckets.size(); ++bucket_) {
            if (stopped())
                break;
            if (!run_bucket(program_.buckets[bucket_]))
                break;
            for (const auto& plugin : plugins_.loaded())
                plugin->check_tick(status_);
            run_metas(false);
        }
        // Deferred rules ran after the last look at the clock.
        if (defers_)
            stopped();
        if (status_.deadline_exceeded) {
            HitOptions options;
            options.default_score = 0.001;
            options.description = "Exceeded time limit / deadline";
            status_.got_hit("TIME_LIMIT_EXCEEDED", options);
        }
        for (const auto& plugin : plugins_.loaded())
            plugin->check_cleanup(status_);
        run_metas(true);
    }

private:
    bool stopped() {
        if (!status_.deadline_exceeded && status_.deadline().expired()) {
            util::log_info("check: exceeded time limit, skipping further tests");
            status_.deadline_exceeded = true;
        }
        return status_.deadline_exceeded || status_.shortcircuited;
    }

    bool run_bucket(const Bucket& b) {
        auto& message = status_.message();
        run_headers(b.header);
        if (stopped())
            return false;
        run_evals(b.header_eval, "");
        if (stopped())
            return false;
        run_lines(b.body, message.body_lines(), kBody);
        if (stopped())
            return false;
        run_lines(b.uri, message.uris(), kUri);
        if (stopped())
            return false;
        run_evals(b.body_eval, "BODY: ");
        if (stopped())
            return false;
        run_lines(b.rawbody, message.rawbody_chunks(), kRawBody);
        if (stopped())
            return false;
        run_evals(b.rawbody_eval, "RAW: ");
        if (stopped())
            return false;
        for (RuleId id : b.full)
            full_rule(id);
        if (stopped())
            return false;
        run_evals(b.full_eval, "");
        return !stopped();
    }

    // Whether the rule runs with this message. Without values for its tags it does not.
    bool runs(const Rule& rule) const {
        // SpamAssassin's full rules alone are compiled anew for each message.
        return rule.capture_templates.empty() ||
               ((templates_ || rule.type == RuleType::Full) && has_values(rule, status_));
    }

    // The regex of a rule that runs; null when it is none for this message.
    const regex::Regex* regex_of(RuleId id) {
        const Rule& rule = rules_.rule(id);
        if (rule.capture_templates.empty())
            return &program_.regexes[id];
        scratch_.filled = fill_template(rule, status_);
        return scratch_.filled ? &*scratch_.filled : nullptr;
    }

    void log_hit(std::string_view type, const Rule& rule, std::string_view match) {
        if (debugging_)
            util::log_debug("rules", fmt::format("rules: ran {} rule {} ======> got hit: \"{}\"",
                                                 type, rule.name, match));
    }

    // Matches one text; true when the rule is done with its texts.
    bool match_text(RuleId id, const Rule& rule, const regex::Regex& re, std::string_view text,
                    const HitOptions& options, std::string_view type, int& hits) {
        bool done = false;
        regex::Outcome outcome;
        auto on_match = [&](const regex::MatchData& m) {
            if (rule.captures)
                collect_captures(re, m);
            status_.got_hit(id, options);
            log_hit(type, rule, m.text(0));
            ++hits;
            done = !rule.has(kMultiple) || (rule.maxhits > 0 && hits >= rule.maxhits);
            return !done;
        };
        if (const StartFilter* starts = program_.start_filters[id].get()) {
            // It can match no empty text.
            size_t from = 0;
            do
                outcome = starts->match(re, text, scratch_.match, from);
            while (outcome == regex::Outcome::Match && on_match(scratch_.match) &&
                   (from = scratch_.match.end()) < text.size());
        } else if (rule.has(kMultiple)) {
            outcome = regex::for_each_match(re, text, scratch_.match, on_match);
        } else {
            outcome = re.match(text, scratch_.match);
            if (outcome == regex::Outcome::Match)
                on_match(scratch_.match);
        }
        if (outcome == regex::Outcome::Undecided)
            status_.undecided(id, "match limit exceeded");
        return done;
    }

    void run_headers(const std::vector<HeaderRules>& headers) {
        for (const HeaderRules& group : headers) {
            std::optional<std::string_view>& value = scratch_.header_values[group.number];
            Prefilter::Candidates& candidates = scratch_.candidates[group.number];
            bool looked_up = false;
            for (RuleId id : group.rules) {
                if (!status_.should_run(id))
                    continue;
                if (!looked_up) {
                    looked_up = true;
                    value = status_.message().get(group.header);
                    candidates.reset(group.filter);
                    if (value)
                        group.filter.scan(*value, 0, candidates);
                }
                // Most rules end here, and their Rule is not even looked at.
                if (program_.by_candidates[id] && candidates.of(program_.slots[id]).empty())
                    status_.rule_ready(id);
                else if (!defer(id))
                    header_rule(id);
            }
        }
    }

    // True when the rule waits for a meta that asks for it.
    bool defer(RuleId id) {
        if (!defers_ || !program_.deferrable[id])
            return false;
        scratch_.deferred[id] = 1;
        status_.rule_ready(id);
        return true;
    }

    // In the order in which metas ask.
    void decide(RuleId id) override {
        scratch_.deferred[id] = 0;
        switch (rules_.rule(id).type) {
            case RuleType::Header:
                header_rule(id);
                break;
            case RuleType::Body:
                line_rule(id, status_.message().body_lines(), kBody);
                break;
            case RuleType::Uri:
                line_rule(id, status_.message().uris(), kUri);
                break;
            case RuleType::RawBody:
                line_rule(id, status_.message().rawbody_chunks(), kRawBody);
                break;
            default:
                evaluate(id);
                break;
        }
    }

    bool is_hit(RuleId id) const { return status_.is_hit(id); }

    // That a condition fails, as far as that is known without deciding anything.
    bool is_known_to_fail(const MetaProgram::Condition& condition, int levels = 2) {
        RuleId id = condition.rule;
        if (is_hit(id))
            return !condition.hit;
        if (!condition.hit || !scratch_.deferred[id])
            return condition.hit;
        if (levels == 0 || !program_.is_meta(id))
            return false;
        for (const auto& inner : program_.meta_table.conditions_of(program_.meta_index[id]))
            if (is_known_to_fail(inner, levels - 1)) {
                scratch_.deferred[id] = 0;
                return true;
            }
        return false;
    }

    // Decides no more than it takes.
    bool conditions_hold(std::span<const MetaProgram::Condition> conditions) {
        for (const auto& condition : conditions)
            if (is_known_to_fail(condition))
                return false;
        for (const auto& [rule, hit] : conditions) {
            if (scratch_.deferred[rule])
                decide(rule);
            if (is_hit(rule) != hit)
                return false;
        }
        return true;
    }

    void header_rule(RuleId id) {
        const Rule& rule = rules_.rule(id);
        const std::optional<std::string_view>& value =
            scratch_.header_values[program_.filter_of[id]];
        Prefilter::Slot slot = program_.slots[id];
        bool candidate = slot == Prefilter::kAlways ||
                         !scratch_.candidates[program_.filter_of[id]].of(slot).empty() ||
                         (!value && rule.has_if_unset);
        if (rule.exists) {
            status_.rule_ready(id);
            if (value.has_value() != rule.negated) {
                status_.got_hit(id);
                log_hit("header", rule, "<YES>");
            }
            return;
        }
        if (!runs(rule))
            return;
        if (!candidate && !rule.negated) {
            status_.rule_ready(id);
            return;
        }
        const regex::Regex* re = regex_of(id);
        if (re == nullptr)
            return;
        status_.rule_ready(id);
        std::string_view text = value               ? *value
                                : rule.has_if_unset ? std::string_view(rule.if_unset)
                                                    : std::string_view();
        if (rule.negated) {
            regex::Outcome outcome =
                candidate ? re->match(text, scratch_.match) : regex::Outcome::NoMatch;
            if (outcome == regex::Outcome::Undecided) {
                status_.undecided(id, "match limit exceeded");
            } else if (outcome == regex::Outcome::NoMatch) {
                status_.got_hit(id);
                log_hit("header", rule, "<negative match>");
            }
            return;
        }
        int hits = 0;
        match_text(id, rule, *re, text, {}, "header", hits);
        publish_captures();
    }

    // A kind of texts: in reports, and in debug lines.
    struct View {
        std::string_view area, type;
    };
    static constexpr View kBody{"BODY: ", "body"}, kUri{"URI: ", "uri"},
        kRawBody{"RAW: ", "rawbody"};

    void run_lines(const FilteredRules& group, const std::vector<std::string>& lines,
                   const View& view) {
        Prefilter::Candidates& candidates = scratch_.candidates[group.number];
        candidates.reset(group.filter);
        for (size_t i = 0; i < lines.size(); ++i)
            group.filter.scan(lines[i], static_cast<uint32_t>(i), candidates);
        for (RuleId id : group.rules) {
            if (!status_.should_run(id))
                continue;
            Prefilter::Slot slot = program_.slots[id];
            if (slot != Prefilter::kAlways && candidates.of(slot).empty()) {
                if (program_.by_candidates[id] || runs(rules_.rule(id)))
                    status_.rule_ready(id);
                continue;
            }
            if (defer(id))
                continue;
            line_rule(id, lines, view);
            if (status_.deadline().expired())
                return;
        }
    }

    void line_rule(RuleId id, const std::vector<std::string>& lines, const View& view) {
        const Rule& rule = rules_.rule(id);
        const regex::Regex* re = runs(rule) ? regex_of(id) : nullptr;
        if (re == nullptr)
            return;
        status_.rule_ready(id);
        HitOptions options;
        options.area = view.area;
        int hits = 0;
        size_t first = rule.has(kNoSubject) && rule.type == RuleType::Body ? 1 : 0;
        if (Prefilter::Slot slot = program_.slots[id]; slot != Prefilter::kAlways) {
            for (uint32_t i : scratch_.candidates[program_.filter_of[id]].of(slot))
                if (i >= first && i < lines.size() &&
                    match_text(id, rule, *re, lines[i], options, view.type, hits))
                    break;
        } else {
            for (size_t i = first; i < lines.size(); ++i)
                if (match_text(id, rule, *re, lines[i], options, view.type, hits))
                    break;
        }
        publish_captures();
    }

    void full_rule(RuleId id) {
        if (!status_.should_run(id))
            return;
        const Rule& rule = rules_.rule(id);
        const regex::Regex* re = runs(rule) ? regex_of(id) : nullptr;
        if (re == nullptr)
            return;
        status_.rule_ready(id);
        HitOptions options;
        options.area = "FULL: ";
        int hits = 0;
        match_text(id, rule, *re, status_.message().full(), options, "full", hits);
        publish_captures();
    }

    void run_evals(const std::vector<EvalRule>& evals, std::string_view area) {
        HitOptions options;
        options.area = area;
        int set = status_.options().score_set;
        uint32_t skipped = 0;
        if ((set & 1) == 0)
            skipped |= kNet;
        if ((set & 2) == 0)
            skipped |= kLearn;
        for (const EvalRule& eval : evals) {
            RuleId id = eval.call.rule;
            if ((eval.tflags & skipped) != 0 || !status_.should_run(id))
                continue;
            double result = eval.function == nullptr ? mime_header_rule(id)
                                                     : (*eval.function)(status_, eval.call);
            if (result != result)
                continue;  // kPending: the plugin will say
            if (result != 0) {
                options.value = result;
                status_.got_hit(id, options);
                if (debugging_)
                    util::log_debug("rules",
                                    fmt::format("rules: ran eval rule {} ======> got hit ({})",
                                                eval.call.rule_name, result));
            } else {
                status_.rule_ready(id);
            }
            if (status_.deadline().expired())
                return;
        }
    }

    // What mimeheader rules look at: the header named so of each part.
    struct PartHeaders {
        std::vector<std::optional<std::string_view>> values;
        std::deque<std::string> made;  // the texts of "ALL"
    };

    const PartHeaders& part_headers(size_t number) {
        std::optional<PartHeaders>& known = part_headers_[number];
        if (known)
            return *known;
        PartHeaders& found = known.emplace();
        const HeaderRules& group = program_.part_headers[number];
        std::string_view name = group.header;
        bool raw = name.ends_with(":raw");
        if (raw)
            name.remove_suffix(4);
        for (const message::Part* part :
             status_.message().find_parts([](const message::Part&) { return true; })) {
            if (name == "ALL") {
                std::string& all = found.made.emplace_back();
                for (const auto& field : part->headers())
                    all += field.name + (raw ? ":" + field.raw : ": " + field.decoded + "\n");
                found.values.emplace_back(all);
            } else {
                found.values.push_back(raw ? part->raw_header(name) : part->header(name));
            }
        }
        Prefilter::Candidates& candidates = scratch_.candidates[number];
        candidates.reset(group.filter);
        for (size_t i = 0; i < found.values.size(); ++i)
            group.filter.scan(found.values[i].value_or(std::string_view()),
                              static_cast<uint32_t>(i), candidates);
        return found;
    }

    double mime_header_rule(RuleId id) {
        const Rule& rule = rules_.rule(id);
        if (!runs(rule))
            return 0;
        // It hits whatever the parts say; so it does in SpamAssassin.
        if (rule.negated)
            return 1;
        const PartHeaders& headers = part_headers(program_.filter_of[id]);
        Prefilter::Slot slot = program_.slots[id];
        if (slot != Prefilter::kAlways && !rule.has(kConcat) && rule.if_unset.empty() &&
            scratch_.candidates[program_.filter_of[id]].of(slot).empty())
            return 0;
        const regex::Regex* re = regex_of(id);
        if (re == nullptr)
            return 0;
        auto [first, last] = rule.range.value_or(std::pair<int, int>{0, kMimeHeaderRange});
        int maxhits = rule.maxhits > 0 ? rule.maxhits : rule.has(kMultiple) ? kMimeHeaderRange : 1;
        std::string joined;
        int index = 0;
        auto check = [&](std::string_view value) {
            int hits = 0;
            regex::Outcome outcome =
                regex::for_each_match(*re, value, scratch_.match, [&](const regex::MatchData& m) {
                    if (rule.captures)
                        collect_captures(*re, m);
                    status_.got_hit(id);
                    log_hit("mimeheader", rule, m.text(0));
                    return ++hits < maxhits;
                });
            if (outcome == regex::Outcome::Undecided)
                status_.undecided(id, "match limit exceeded");
            publish_captures();
            return hits > 0;
        };
        for (const auto& value : headers.values) {
            if (++index > last)
                break;
            if (index < first)
                continue;
            std::string_view text = value.value_or(std::string_view(rule.if_unset));
            if (rule.has(kConcat)) {
                joined += text;
                if (!joined.ends_with('\n'))
                    joined += '\n';
            } else if (check(text)) {
                return 0;
            }
        }
        if (rule.has(kConcat))
            check(joined);
        return 0;
    }

    // A group that matched nothing empties its tag, which had the text of an earlier rule perhaps.
    void collect_captures(const regex::Regex& re, const regex::MatchData& m) {
        for (const auto& [n, number] : re.names()) {
            const auto& name = n;  // clang 14 captures no structured binding
            auto text = m.text(number);
            auto it = std::find_if(scratch_.captures.begin(), scratch_.captures.end(),
                                   [&](const auto& c) { return c.first == name; });
            if (it == scratch_.captures.end())
                it = scratch_.captures.insert(it, {name, {}});
            if (!text.empty() &&
                std::find(it->second.begin(), it->second.end(), text) == it->second.end())
                it->second.emplace_back(text);
        }
    }

    void publish_captures() {
        for (auto& [name, values] : scratch_.captures)
            status_.set_tag_values(name, std::move(values));
        scratch_.captures.clear();
    }

    // Metas whose dependencies are all decided; at the end, rules that never ran count as not hit.
    void run_metas(bool finish) {
        if (status_.deadline_exceeded || status_.shortcircuited)
            return;
        auto is_open = [&](RuleId rule) {
            return !status_.is_ready(rule) && (!finish || program_.is_meta(rule));
        };
        const MetaTable& table = program_.meta_table;
        size_t reached = finish ? table.by_bucket.size() : bucket_ + 1;
        for (; metas_begun_ < reached; ++metas_begun_) {
            const auto& more = table.by_bucket[metas_begun_];
            auto waiting = static_cast<std::ptrdiff_t>(scratch_.open_metas.size());
            scratch_.open_metas.insert(scratch_.open_metas.end(), more.begin(), more.end());
            std::inplace_merge(scratch_.open_metas.begin(), scratch_.open_metas.begin() + waiting,
                               scratch_.open_metas.end());
        }
        size_t left = 0;
        for (uint32_t i : scratch_.open_metas) {
            RuleId& waits_for = scratch_.waits_for[i];
            if (waits_for != kNoRule && is_open(waits_for)) {
                scratch_.open_metas[left++] = i;
                continue;
            }
            RuleId id = table.rows[i].rule;
            if (!status_.should_run(id))
                continue;
            auto dependencies = table.dependencies_of(i);
            auto open = std::find_if(dependencies.begin(), dependencies.end(), is_open);
            if (open != dependencies.end()) {
                waits_for = *open;
                scratch_.open_metas[left++] = i;
                continue;
            }
            if (!defer(id))
                evaluate(id);
        }
        scratch_.open_metas.resize(left);
    }

    // All that the meta depends on is decided, or waits to be asked.
    void evaluate(RuleId id) {
        uint32_t row = program_.meta_index[id];
        if (!conditions_hold(program_.meta_table.conditions_of(row))) {
            status_.rule_ready(id);
            return;
        }
        const MetaProgram& meta = program_.metas[row];
        auto result = meta.evaluate(*this, status_.options().local_tests_only);
        if (!result)
            status_.undecided(id, "division by zero");
        if (result && *result != 0) {
            HitOptions options;
            options.value = *result;
            status_.got_hit(id, options);
            if (debugging_)
                util::log_debug("rules", fmt::format("rules: ran meta rule {} ======> got hit ({})",
                                                     rules_.rule(id).name, *result));
        } else {
            status_.rule_ready(id);
        }
    }

    const Program::Impl& program_;
    const PluginRegistry& plugins_;
    MessageStatus& status_;
    Matcher::Scratch& scratch_;
    const RuleSet& rules_;
    size_t bucket_ = 0;       // that runs
    size_t metas_begun_ = 0;  // buckets of which the metas are looked at
    bool debugging_;
    bool templates_;  // rules with %{TAG} run
    bool defers_;     // what is deferrable waits until it is asked for
    std::vector<std::optional<PartHeaders>> part_headers_;  // as far as rules asked
};

void prepare_message(const PluginRegistry& plugins, message::Message& message,
                     const config::Settings& settings, const util::Deadline& deadline,
                     MessageStatus* status) {
    for (const auto& plugin : plugins.loaded())
        plugin->message_parsed(message, settings, deadline);
    for (const auto& plugin : plugins.loaded())
        plugin->extract_metadata(message, settings, status);
}

void Matcher::run(MessageStatus& status) {
    status.plugins_ = &plugins_;
    prepare_message(plugins_, status.message(), status.settings(), status.deadline(), &status);
    for (Plugin* plugin : scratch_->by_metadata_order)
        plugin->parsed_metadata(status);
    for (const auto& plugin : plugins_.loaded())
        plugin->check_start(status);
    MatcherRun(*program_.impl_, plugins_, status, *scratch_).run();
    for (const auto& plugin : plugins_.loaded())
        plugin->check_end(status);
}

}  // namespace rules
