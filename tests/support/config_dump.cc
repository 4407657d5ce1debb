// Loads a configuration and prints every rule and the settings in a canonical form, one fact a
// line, sorted: for comparing configurations, with each other and with other programs' reading.
//
//   config_dump [-C DIR] [--siteconfigpath DIR] [-L] [--lint] [--pre LINE]... [--cf LINE]...
//               [--user FILE] [--time] [--messages]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "rules/address_lists.h"
#include "rules/core_settings.h"
#include "rules/dns_settings.h"
#include "scan/engine.h"

using rules::RuleType;

static const char* type_name(const rules::Rule& rule) {
    switch (rule.type) {
        case RuleType::Unset:
            return "unset";
        case RuleType::Header:
            return "header";
        case RuleType::Body:
            return "body";
        case RuleType::RawBody:
            return "rawbody";
        case RuleType::Full:
            return "full";
        case RuleType::Uri:
            return "uri";
        case RuleType::MimeHeader:
            return "mimeheader";
        case RuleType::UriDetail:
            return "uri_detail";
        case RuleType::Meta:
            return "meta";
        case RuleType::HeaderEval:
            return "header_eval";
        case RuleType::BodyEval:
            return "body_eval";
        case RuleType::RawBodyEval:
            return "rawbody_eval";
        case RuleType::FullEval:
            return "full_eval";
        case RuleType::Placeholder:
            return "empty";
        case RuleType::AskDns:
            return "askdns";
    }
    return "?";
}

static std::vector<std::string> lines;

static void fact(const std::string& subject, const std::string& key, const std::string& value) {
    lines.push_back(subject + "\t" + key + "\t" + value);
}

static std::string flag(bool b) {
    return b ? "1" : "0";
}
static std::string escaped(const std::string& text) {
    return util::replace_all(util::replace_all(text, "\n", "\\n"), "\t", "\\t");
}
static std::string number(double n) {
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", n);
    return text;
}

static void dump_definition(const std::string& who, const rules::Rule& rule) {
    switch (rule.type) {
        case RuleType::Header:
        case RuleType::MimeHeader:
            fact(who, "header",
                 rule.header + (rule.exists ? " exists" : "") + (rule.negated ? " negated" : ""));
            if (rule.has_if_unset && !(rule.type == RuleType::MimeHeader && rule.if_unset.empty()))
                fact(who, "if_unset", rule.if_unset);
            if (rule.exists)
                break;
            [[fallthrough]];
        case RuleType::Body:
        case RuleType::RawBody:
        case RuleType::Full:
        case RuleType::Uri:
            fact(who, "regex",
                 (rule.flag_letters.empty() ? "" : "(?" + rule.flag_letters + ")") + rule.pattern);
            if (rule.captures)
                fact(who, "captures", "1");
            for (const auto& tag : rule.capture_templates)
                fact(who, "template", tag);
            break;
        case RuleType::Meta:
            fact(who, "meta", rule.text);
            break;
        case RuleType::HeaderEval:
        case RuleType::BodyEval:
        case RuleType::RawBodyEval:
        case RuleType::FullEval: {
            std::string call = rule.header;
            for (const auto& arg : rule.eval_args)
                call += "|" + arg;
            fact(who, "eval", call);
            break;
        }
        default:
            break;
    }
}

static void dump_rules(const scan::Engine& engine) {
    const auto& scores = engine.settings().get<rules::Scores>();
    const auto& texts = engine.settings().get<rules::Descriptions>().by_rule;
    for (rules::RuleId id = 0; id < engine.rules().size(); ++id) {
        const rules::Rule& rule = engine.rules().rule(id);
        std::string who = "rule " + rule.name;
        if (scores.has(id)) {
            std::string all;
            for (size_t set = 0; set < rules::Scores::kSets; ++set)
                all += scores.text(id, set) + " ";
            fact(who, "score", all);
        }
        if (id < texts.size() && !texts[id].empty())
            fact(who, "describe", texts[id]);
        if (rule.type == RuleType::Unset)
            continue;
        fact(who, "type", type_name(rule));
        std::vector<std::string> flags;
        for (auto word : util::words(rule.tflags_text))
            flags.emplace_back(word);
        if (rule.has(rules::kNet))
            flags.emplace_back("net");
        std::sort(flags.begin(), flags.end());
        flags.erase(std::unique(flags.begin(), flags.end()), flags.end());
        if (!flags.empty())
            fact(who, "tflags", util::join(flags, " "));
        fact(who, "priority", std::to_string(rule.priority));
        dump_definition(who, rule);
    }
    for (const auto& [name, text] : engine.settings().get<rules::CoreSettings>().subjprefix)
        fact("rule " + name, "subjprefix", text);
}

static void dump_core(const rules::CoreSettings& core) {
    auto put = [](const char* key, const std::string& value) { fact("core", key, value); };
    put("required_score", number(core.required_score));
    put("time_limit", number(core.time_limit));
    put("use_bayes", flag(core.use_bayes));
    put("use_bayes_rules", flag(core.use_bayes_rules));
    put("use_learner", flag(core.use_learner));
    put("bayes_auto_learn", flag(core.bayes_auto_learn));
    put("skip_rbl_checks", flag(core.skip_rbl_checks));
    put("ok_locales", core.ok_locales);
    put("report_safe", number(core.report_safe));
    put("report_wrap_width", number(core.report_wrap_width));
    put("fold_headers", flag(core.fold_headers));
    put("report_template", escaped(core.report_template));
    put("unsafe_report_template", escaped(core.unsafe_report_template));
    put("report_charset", core.report_charset);
    put("report_contact", core.report_contact);
    put("report_hostname", core.report_hostname);
    put("report_safe_copy_headers", util::join(core.report_safe_copy_headers, " "));
    const auto& m = core.message;
    put("normalize_charset", flag(m.normalize_charset));
    put("body_part_scan_size", std::to_string(m.body_part_scan_size));
    put("rawbody_part_scan_size", std::to_string(m.rawbody_part_scan_size));
    put("originating_ip_headers", util::join(m.originating_ip_headers, " "));
    put("envelope_sender_header", m.envelope_sender_header);
    put("trusted_networks_configured", flag(m.trusted_networks_configured));
    put("internal_networks_configured", flag(m.internal_networks_configured));
    put("msa_networks_configured", flag(m.msa_networks_configured));
    put("redirector_patterns", std::to_string(core.redirector_patterns.size()));
    int n = 0;
    for (const auto& h : core.headers_spam)
        fact("headers_spam", std::to_string(n++), h.name + "=" + escaped(h.value));
    n = 0;
    for (const auto& h : core.headers_ham)
        fact("headers_ham", std::to_string(n++), h.name + "=" + escaped(h.value));
    for (const auto& [name, text] : core.rewrite_header)
        fact("rewrite_header", name, text);
    auto ignored = core.other.find("bayes_ignore_header");
    if (ignored != core.other.end())
        for (const auto& word : ignored->second)
            fact("bayes_ignore_header", word, "1");
}

static void dump_lists(const rules::AddressLists& addresses) {
    for (const auto& [name, list] : addresses.lists)
        for (const auto& pattern : list->index().patterns())
            fact("list " + name, pattern, "1");
    for (const auto& [name, list] : addresses.domain_lists)
        for (const auto& pattern : list->index().patterns())
            fact("list " + name, pattern, util::join(list->domains(pattern), " "));
    for (const auto& [name, hosts] : addresses.uri_hosts)
        for (const auto& [host, listed] : *hosts)
            fact("hosts " + name, host, flag(listed));
}

static void dump_dns(const rules::DnsSettings& dns) {
    auto timeout = [](const rules::DnsSettings::Timeout& t) {
        return number(t.longest.value_or(-1)) + " " + number(t.shortest.value_or(-1));
    };
    fact("dns", "available", dns.available);
    fact("dns", "servers", util::join(dns.servers, " "));
    fact("dns", "options",
         number(dns.edns) + " " + flag(dns.rotate) + flag(dns.dns0x20) + flag(dns.v4) +
             flag(dns.v6));
    fact("dns", "block_time", number(dns.block_time));
    fact("dns", "timeout", timeout(dns.timeout));
    for (const auto& [zone, t] : dns.timeout_by_zone)
        fact("dns zone " + zone, "timeout", timeout(t));
    for (const auto& [domain, denied] : dns.query_restriction)
        fact("dns restriction", domain, flag(denied));
    for (const auto& [rule, zones] : dns.block_rules)
        for (const auto& zone : zones)
            fact("dns block " + rule, zone, "1");
    fact("dns", "ports", dns.local_ports ? std::to_string(dns.local_ports->count()) : "default");
}

int main(int argc, char** argv) {
    scan::LoadOptions options;
    bool time = false, messages = false;
    for (int i = 1; i < argc; ++i) {
        std::string_view arg = argv[i];
        auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
        if (arg == "-C") {
            options.config_path = value();
        } else if (arg == "--siteconfigpath") {
            options.site_config_path = value();
        } else if (arg == "-L") {
            options.local_tests_only = true;
        } else if (arg == "--lint") {
            options.lint = true;
        } else if (arg == "--pre") {
            options.pre_lines.push_back(value());
        } else if (arg == "--cf") {
            options.cf_lines.push_back(value());
        } else if (arg == "--user") {
            options.user_prefs = value();
        } else if (arg == "--time") {
            time = true;
        } else if (arg == "--messages") {
            messages = true;
        } else {
            std::fprintf(stderr, "config_dump: unknown option %s\n", argv[i]);
            return 64;
        }
    }
    config::Diagnostics diagnostics;
    auto start = std::chrono::steady_clock::now();
    auto engine = scan::Engine::load(options, diagnostics);
    std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (time) {
        std::printf("%.1f ms, %zu rules, %zu errors\n", took.count(), engine->rules().size(),
                    diagnostics.error_count());
        return 0;
    }
    if (messages) {
        for (const auto& d : diagnostics.all()) {
            const char* severity = d.severity == config::Severity::Error     ? "error"
                                   : d.severity == config::Severity::Warning ? "warn"
                                                                             : "note";
            std::printf("%s\t%s\t%s\n", severity, d.position.to_string().c_str(), d.text.c_str());
        }
        std::printf("errors %zu\n", diagnostics.error_count());
        return 0;
    }
    dump_rules(*engine);
    dump_core(engine->settings().get<rules::CoreSettings>());
    dump_lists(engine->settings().get<rules::AddressLists>());
    dump_dns(engine->settings().get<rules::DnsSettings>());
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    for (const auto& line : lines)
        std::printf("%s\n", line.c_str());
    return 0;
}
