// miharu-stages: what the stages of a scan cost, in one process, without sockets.
//
//   stages [options] LIST
//
// LIST names messages, one a line, relative to --root. Three tables are printed: the stages of a
// scan with their shares; per view (header, body, uri, rawbody) what matching costs with the
// prefilter and with each rule against each text; and the rules that cost most.
//
//   --root DIR        what the names of LIST are relative to (.)
//   -C DIR            rules (as spamd's option)
//   --siteconfigpath DIR
//   --passes N        go through the list N times after the first, unmeasured time (1)
//   --rules N         name the N dearest rules (20)
//
// Times are processor time of this process.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>

#include "regex/regex.h"
#include "regex/translate.h"
#include "rules/core_settings.h"
#include "rules/prefilter.h"
#include "rules/rule_set.h"
#include "rules/start_filter.h"
#include "scan/scanner.h"
#include "util/log.h"

namespace {

double now() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

// Cheaper to read, for what is short.
double wall() {
    return std::chrono::duration<double, std::milli>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

struct Stage {
    std::string name;
    double ms = 0;
};

struct View {
    std::string name;
    rules::RuleType type;
    std::vector<rules::RuleId> ids;
    std::vector<rules::Prefilter::Slot> slots;
    // One; for headers, one per name. A slot is of the filter of its rule.
    std::vector<rules::Prefilter> filters;
    std::vector<size_t> filter_of;  // by rule
    rules::Prefilter::Candidates candidates;
    double scan_ms = 0, confirm_ms = 0, plain_ms = 0;
    size_t bytes = 0, texts = 0, calls = 0, plain_calls = 0, hits = 0, plain_hits = 0, always = 0;
};

struct RuleCost {
    double ms = 0;
    size_t calls = 0, hits = 0;
};

class Bench {
public:
    explicit Bench(const scan::Engine& engine) : engine_(engine), regexes_(engine.rules().size()) {
        costs_.resize(engine.rules().size());
        start_filters_.resize(engine.rules().size());
        rules::FactorAnalyzer analyzer;
        for (auto [name, type] :
             {std::pair{"header", rules::RuleType::Header},
              std::pair{"body", rules::RuleType::Body}, std::pair{"uri", rules::RuleType::Uri},
              std::pair{"rawbody", rules::RuleType::RawBody}}) {
            views_.emplace_back();
            View& v = views_.back();
            v.name = name;
            v.type = type;
            for (rules::RuleId id = 0; id < engine.rules().size(); ++id) {
                const rules::Rule& rule = engine.rules().rule(id);
                if (rule.type != type || rule.exists || !rule.capture_templates.empty())
                    continue;
                auto flags = regex::Flags::parse(rule.flag_letters);
                auto translated = regex::translate(rule.pattern, *flags);
                if (!translated)
                    continue;
                auto re = regex::Regex::compile_translated(*translated, *flags, true);
                if (!re)
                    continue;
                regexes_[id] = std::move(*re);
                auto starts = analyzer.find_starts(*translated, *flags);
                if (starts && !regexes_[id].is_wide())
                    start_filters_[id] = rules::StartFilter::build(*starts);
                v.ids.push_back(id);
            }
            if (type == rules::RuleType::Header)
                std::stable_sort(v.ids.begin(), v.ids.end(), [&](rules::RuleId a, rules::RuleId b) {
                    return engine.rules().rule(a).header < engine.rules().rule(b).header;
                });
            double t = now();
            const std::string* header = nullptr;
            for (rules::RuleId id : v.ids) {
                const rules::Rule& rule = engine.rules().rule(id);
                if (header == nullptr || *header != rule.header) {
                    header = &rule.header;
                    v.filters.emplace_back();
                }
                v.filter_of.push_back(v.filters.size() - 1);
                v.slots.push_back(
                    v.filters.back().add(rule.pattern, *regex::Flags::parse(rule.flag_letters)));
                v.always += v.slots.back() == rules::Prefilter::kAlways;
            }
            for (auto& filter : v.filters)
                filter.finish();
            fmt::print("{:8} {:5} rules, {:4} without a filter, index built in {:.0f} ms\n", name,
                       v.ids.size(), v.always, now() - t);
        }
    }

    // The texts a view looks at: for headers, one per name.
    void match_view(View& v, const message::Message& message) {
        std::vector<std::string_view> texts;
        std::vector<size_t> text_of(v.ids.size(), SIZE_MAX);
        if (v.type == rules::RuleType::Header) {
            const std::string* name = nullptr;
            for (size_t i = 0; i < v.ids.size(); ++i) {
                const rules::Rule& rule = engine_.rules().rule(v.ids[i]);
                if (name == nullptr || *name != rule.header) {
                    name = &rule.header;
                    texts.push_back(message.get_or(rule.header, ""));
                }
                text_of[i] = texts.size() - 1;
            }
        } else {
            const auto& lines = v.type == rules::RuleType::Body  ? message.body_lines()
                                : v.type == rules::RuleType::Uri ? message.uris()
                                                                 : message.rawbody_chunks();
            texts.assign(lines.begin(), lines.end());
        }
        for (auto text : texts)
            v.bytes += text.size();
        v.texts += texts.size();

        auto run = [&](size_t i, size_t text) {
            ++v.calls;
            ++costs_[v.ids[i]].calls;
            if (const auto& starts = start_filters_[v.ids[i]])
                return starts->match(regexes_[v.ids[i]], texts[text], match_) ==
                       regex::Outcome::Match;
            return regexes_[v.ids[i]].match(texts[text], match_) == regex::Outcome::Match;
        };
        bool by_name = v.type == rules::RuleType::Header;
        for (size_t begin = 0, end = 0; begin < v.ids.size(); begin = end) {
            size_t f = v.filter_of[begin];
            while (end < v.ids.size() && v.filter_of[end] == f)
                ++end;
            size_t first = by_name ? f : 0, last = by_name ? f + 1 : texts.size();
            double t0 = now();
            v.candidates.reset(v.filters[f]);
            for (size_t t = first; t < last; ++t)
                v.filters[f].scan(texts[t], static_cast<uint32_t>(t), v.candidates);
            double t1 = now();
            v.scan_ms += t1 - t0 - slow_clock_ms_;
            for (size_t i = begin; i < end; ++i) {
                bool is_candidate = v.slots[i] == rules::Prefilter::kAlways;
                const std::vector<uint32_t>* found =
                    is_candidate ? nullptr : &v.candidates.of(v.slots[i]);
                if (found != nullptr && found->empty())
                    continue;
                double before = wall();
                bool hit = false;
                if (is_candidate) {
                    for (size_t t = first; t < last && !hit; ++t)
                        hit = run(i, t);
                } else {
                    for (size_t t = 0; t < found->size() && !hit; ++t)
                        hit = run(i, (*found)[t]);
                }
                v.hits += hit;
                costs_[v.ids[i]].hits += hit;
                costs_[v.ids[i]].ms += wall() - before - clock_ms_;
            }
            v.confirm_ms += now() - t1 - slow_clock_ms_;
        }
        double t2 = now();
        for (size_t i = 0; i < v.ids.size(); ++i) {
            bool hit = false;
            size_t first = text_of[i] != SIZE_MAX ? text_of[i] : 0;
            size_t last = text_of[i] != SIZE_MAX ? text_of[i] + 1 : texts.size();
            for (size_t t = first; t < last && !hit; ++t) {
                ++v.plain_calls;
                hit = regexes_[v.ids[i]].match(texts[t], match_) == regex::Outcome::Match;
            }
            v.plain_hits += hit;
        }
        v.plain_ms += now() - t2;
    }

    void one(const std::string& bytes, scan::Scanner& scanner) {
        size_t at = 0;
        auto stage = [&](const char* name, auto&& work) {
            double t = now();
            work();
            if (at == stages_.size())
                stages_.push_back({name, 0});
            stages_[at++].ms += now() - t;
        };
        const auto& core = engine_.settings().get<rules::CoreSettings>();
        {
            std::unique_ptr<message::Message> m;
            stage("parse headers and MIME tree",
                  [&] { m = std::make_unique<message::Message>(bytes, core.message); });
            stage("trust path", [&] { m->trust_path(); });
            stage("MIME decode", [&] {
                for (const auto* part : m->leaves())
                    part->decoded();
            });
            stage("charset, HTML, body lines", [&] { m->body_lines(); });
            stage("rawbody chunks", [&] { m->rawbody_chunks(); });
            stage("URIs", [&] { m->uris(); });
            for (View& v : views_)
                match_view(v, *m);
        }
        std::unique_ptr<scan::Scan> scan;
        stage("whole scan (all of the above, matching, evals, metas)", [&] {
            scan::ScanRequest request;
            request.message = bytes;
            request.all_subrules = false;
            scan = scanner.scan(std::move(request));
        });
        stage("markup", [&] { scan->rewritten_message(); });
        stage("freeing", [&] { scan.reset(); });
        ++messages_;
    }

    // What was measured until now does not count.
    void forget() {
        messages_ = 0;
        stages_.clear();
        costs_.assign(costs_.size(), {});
        for (View& v : views_) {
            v.scan_ms = v.confirm_ms = v.plain_ms = 0;
            v.bytes = v.texts = v.calls = v.plain_calls = v.hits = v.plain_hits = 0;
        }
    }

    void print(size_t top) {
        double n = static_cast<double>(messages_), whole = 0;
        for (const auto& s : stages_)
            if (s.name.starts_with("whole"))
                whole = s.ms;
        fmt::print("\n{} messages\n{:56} {:>8} {:>7}\n", messages_, "stage", "ms/mail", "share");
        for (const auto& s : stages_)
            fmt::print("{:56} {:8.3f} {:6.1f}%\n", s.name, s.ms / n, 100 * s.ms / whole);
        double filtered = 0, plain = 0;
        fmt::print("\n{:8} {:>8} {:>6} {:>8} {:>8} {:>7} {:>8} {:>8} {:>6}\n", "view", "B/mail",
                   "texts", "filter", "confirm", "calls", "plain", "calls", "ratio");
        for (const View& v : views_) {
            fmt::print("{:8} {:8.0f} {:6.1f} {:8.3f} {:8.3f} {:7.0f} {:8.3f} {:8.0f} {:6.1f}{}\n",
                       v.name, static_cast<double>(v.bytes) / n, static_cast<double>(v.texts) / n,
                       v.scan_ms / n, v.confirm_ms / n, static_cast<double>(v.calls) / n,
                       v.plain_ms / n, static_cast<double>(v.plain_calls) / n,
                       v.plain_ms / (v.scan_ms + v.confirm_ms),
                       v.hits == v.plain_hits ? "" : "  HITS DIFFER");
            filtered += v.scan_ms + v.confirm_ms;
            plain += v.plain_ms;
        }
        fmt::print("matching: {:.3f} ms/mail with the filter, {:.3f} each by each, ratio {:.1f}\n",
                   filtered / n, plain / n, plain / filtered);
        std::vector<rules::RuleId> order;
        for (rules::RuleId id = 0; id < costs_.size(); ++id)
            order.push_back(id);
        std::sort(order.begin(), order.end(),
                  [&](auto a, auto b) { return costs_[a].ms > costs_[b].ms; });
        fmt::print("\n{:40} {:>8} {:>8} {:>6}\n", "rule", "us/mail", "calls", "hits");
        for (size_t i = 0; i < std::min(top, order.size()); ++i)
            fmt::print("{:40} {:8.2f} {:8.3f} {:6.3f}\n", engine_.rules().rule(order[i]).name,
                       costs_[order[i]].ms * 1000 / n,
                       static_cast<double>(costs_[order[i]].calls) / n,
                       static_cast<double>(costs_[order[i]].hits) / n);
    }

    // What one pair of clock readings costs, to be taken off what is measured per rule.
    void calibrate() {
        double t = wall();
        for (int i = 0; i < 10000; ++i)
            wall();
        clock_ms_ = (wall() - t) / 10000;
        t = now();
        for (int i = 0; i < 10000; ++i)
            now();
        slow_clock_ms_ = (now() - t) / 10000;
    }

private:
    const scan::Engine& engine_;
    std::vector<regex::Regex> regexes_;
    std::vector<std::optional<rules::StartFilter>> start_filters_;
    std::vector<RuleCost> costs_;
    std::vector<View> views_;
    std::vector<Stage> stages_;
    regex::MatchData match_;
    size_t messages_ = 0;
    double clock_ms_ = 0, slow_clock_ms_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    std::string root = ".", list;
    scan::LoadOptions options;
    options.local_tests_only = true;
    int passes = 1;
    size_t top = 20;
    for (int i = 1; i < argc; ++i) {
        std::string arg = argv[i];
        auto value = [&]() -> std::string {
            if (++i == argc) {
                std::cerr << "stages: " << arg << " needs a value\n";
                exit(2);
            }
            return argv[i];
        };
        if (arg == "--root")
            root = value();
        else if (arg == "-C")
            options.config_path = value();
        else if (arg == "--siteconfigpath")
            options.site_config_path = value();
        else if (arg == "--passes")
            passes = std::stoi(value());
        else if (arg == "--rules")
            top = std::stoul(value());
        else
            list = arg;
    }
    std::ifstream names(list);
    if (!names) {
        std::cerr << "usage: stages [--root DIR] [-C DIR] [--siteconfigpath DIR] [--passes N] "
                     "[--rules N] LIST\n";
        return 2;
    }
    std::vector<std::string> messages;
    for (std::string name; std::getline(names, name);) {
        std::ifstream file(root + "/" + name, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        messages.push_back(text.str());
    }
    config::Diagnostics diagnostics;
    double t = now();
    auto engine = scan::Engine::load(options, diagnostics);
    fmt::print("rules loaded and compiled in {:.0f} ms\n", now() - t);
    Bench bench(*engine);
    bench.calibrate();
    scan::Scanner scanner(*engine);
    for (int pass = 0; pass <= passes; ++pass) {
        if (pass == 1)
            bench.forget();
        for (const auto& m : messages)
            bench.one(m, scanner);
    }
    bench.print(top);
}
