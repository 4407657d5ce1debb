// The keywords of SpamAssassin's Conf.pm that stand for plain values.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "rules/core_settings.h"
#include "rules/regexp_syntax.h"
#include "rules/rule_syntax.h"
#include "util/file.h"

namespace rules {

using config::Diagnostics;
using config::Directive;
using config::Setter;
using config::Settings;
using config::ValueType;
using config::Who;

namespace {

CoreSettings& core(Settings& s) {
    return s.edit<CoreSettings>();
}
message::MessageSettings& message_settings(Settings& s) {
    return s.edit<CoreSettings>().message;
}

// A setter that answers what was wrong.
enum class Verdict { Fine, Invalid, Missing };
template <typename Fn>
Setter judged(Fn fn) {
    return [fn](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        switch (fn(s, d)) {
            case Verdict::Fine:
                break;
            case Verdict::Invalid:
                report_invalid(d, diagnostics);
                break;
            case Verdict::Missing:
                report_missing(d, diagnostics);
                break;
        }
    };
}
template <typename Fn>
Setter no_value(Fn fn) {
    return judged([fn](Settings& s, const Directive& d) {
        if (!d.value.empty())
            return Verdict::Invalid;
        fn(s);
        return Verdict::Fine;
    });
}

Setter message_bool(bool message::MessageSettings::*member) {
    return judged([member](Settings& s, const Directive& d) {
        bool value = false;
        if (d.value.empty())
            return Verdict::Missing;
        if (!config::parse_bool(d.value, value))
            return Verdict::Invalid;
        message_settings(s).*member = value;
        return Verdict::Fine;
    });
}
Setter message_size(size_t message::MessageSettings::*member) {
    return judged([member](Settings& s, const Directive& d) {
        double value = 0;
        if (d.value.empty())
            return Verdict::Missing;
        if (!config::parse_number(d.value, value))
            return Verdict::Invalid;
        message_settings(s).*member = value <= 0 ? 0 : static_cast<size_t>(std::min(value, 9e15));
        return Verdict::Fine;
    });
}

// "report" and its sister: one line of a template, outer quotes dropped.
Setter append_template(std::string CoreSettings::*member) {
    return [member](Settings& s, const Directive& d, Diagnostics&) {
        std::string_view line = d.value;
        if (line.size() >= 2 && line.front() == '"' && line.back() == '"')
            line = line.substr(1, line.size() - 2);
        (core(s).*member).append(line).push_back('\n');
    };
}

// --- added headers ---

struct HeaderLine {
    bool ham = false, spam = false;
    std::string_view name, text;
};
bool parse_header_line(std::string_view value, HeaderLine& out) {
    auto [type, rest] = split_word(value);
    if (type != "ham" && type != "spam" && type != "all")
        return false;
    out.ham = type != "spam";
    out.spam = type != "ham";
    std::tie(out.name, out.text) = split_word(rest);
    return !out.name.empty() && std::all_of(out.name.begin(), out.name.end(), [](unsigned char c) {
        return util::is_word(c) || c == '-';
    });
}

void remove_header(std::vector<AddedHeader>& headers, std::string_view name) {
    headers.erase(std::remove_if(headers.begin(), headers.end(),
                                 [&](const AddedHeader& h) { return util::iequals(h.name, name); }),
                  headers.end());
}

// \t and \n are written out, \\ is a backslash, other escapes vanish.
std::string unescape(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        char next = text[++i];
        if (next == 't')
            out += '\t';
        else if (next == 'n')
            out += '\n';
        else if (next == '\\')
            out += '\\';
    }
    return out;
}

Verdict add_header(Settings& s, const Directive& d) {
    HeaderLine line;
    if (!parse_header_line(d.value, line) || line.text.empty())
        return Verdict::Invalid;
    std::string_view text = line.text;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    AddedHeader header{std::string(line.name), unescape(text)};
    auto& c = core(s);
    if (line.ham) {
        remove_header(c.headers_ham, header.name);
        c.headers_ham.push_back(header);
    }
    if (line.spam) {
        remove_header(c.headers_spam, header.name);
        c.headers_spam.push_back(header);
    }
    return Verdict::Fine;
}

Verdict remove_header_line(Settings& s, const Directive& d) {
    HeaderLine line;
    if (!parse_header_line(d.value, line) || !line.text.empty())
        return Verdict::Invalid;
    if (line.name == "Checker-Version")
        return Verdict::Fine;
    auto& c = core(s);
    if (line.ham)
        remove_header(c.headers_ham, line.name);
    if (line.spam)
        remove_header(c.headers_spam, line.name);
    return Verdict::Fine;
}

void clear_headers(Settings& s) {
    auto& c = core(s);
    std::vector<AddedHeader> kept;
    for (const auto& h : c.headers_ham)
        if (util::iequals(h.name, "checker-version") && kept.empty())
            kept.push_back(h);
    c.headers_ham = kept;
    c.headers_spam = kept;
}

Verdict report_safe(Settings& s, const Directive& d) {
    if (d.value.empty())
        return Verdict::Missing;
    if (d.value != "0" && d.value != "1" && d.value != "2")
        return Verdict::Invalid;
    auto& c = core(s);
    c.report_safe = d.value[0] - '0';
    if (c.report_safe == 0 &&
        std::none_of(c.headers_spam.begin(), c.headers_spam.end(),
                     [](const AddedHeader& h) { return util::iequals(h.name, "report"); }))
        c.headers_spam.push_back({"Report", "_REPORT_"});
    return Verdict::Fine;
}

Verdict rewrite_header(Settings& s, const Directive& d) {
    auto [name, text] = split_word(d.value);
    if (name.empty())
        return Verdict::Missing;
    std::string header = util::lower(name);
    header[0] = util::to_upper(header[0]);
    if (header != "From" && header != "Subject" && header != "To")
        return Verdict::Invalid;
    if (text.empty()) {
        core(s).rewrite_header.erase(header);
        return Verdict::Fine;
    }
    std::string value(text);
    if (header != "Subject") {
        std::replace(value.begin(), value.end(), '(', '[');
        std::replace(value.begin(), value.end(), ')', ']');
    }
    core(s).rewrite_header[header] = std::move(value);
    return Verdict::Fine;
}

// --- networks ---

using NetSetMember = message::NetSet message::MessageSettings::*;
using FlagMember = bool message::MessageSettings::*;

Setter networks(NetSetMember set, FlagMember configured) {
    return [=](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        if (d.value.empty()) {
            report_missing(d, diagnostics);
            return;
        }
        auto& m = message_settings(s);
        for (auto word : util::words(d.value)) {
            auto already = [&](std::string_view what) {
                diagnostics.warn(d.position,
                                 fmt::format("netset: cannot {} {} as it has already "
                                             "been {}",
                                             word[0] == '!' ? "exclude" : "include", word, what));
            };
            switch ((m.*set).add_network(word)) {
                case message::NetSet::Added::Yes:
                    break;
                case message::NetSet::Added::Invalid:
                    diagnostics.warn(d.position,
                                     fmt::format("netset: illegal IP address given: '{}'", word));
                    break;
                case message::NetSet::Added::AlreadyIncluded:
                    already("included");
                    break;
                case message::NetSet::Added::AlreadyExcluded:
                    already("excluded");
                    break;
            }
        }
        m.*configured = true;
    };
}

Setter clear_networks(NetSetMember set, FlagMember configured, bool loopback) {
    return no_value([=](Settings& s) {
        auto& m = message_settings(s);
        m.*set = loopback ? message::NetSet::with_loopback() : message::NetSet();
        m.*configured = false;
    });
}

// --- registered domains ---

message::Registry& registry(Settings& s) {
    auto& current = message_settings(s).registry;
    // Shared with whoever took a copy; alone it may be changed in place.
    if (!current)
        current = std::make_shared<message::Registry>();
    else if (current.use_count() > 1)
        current = std::make_shared<message::Registry>(*current);
    return const_cast<message::Registry&>(*current);
}

Setter domains(size_t labels, void (message::Registry::*add)(std::string_view)) {
    return judged([=](Settings& s, const Directive& d) {
        if (d.value.empty())
            return Verdict::Missing;
        auto words = util::words(d.value);
        for (auto word : words) {
            auto parts = util::split(word, '.');
            if (parts.size() != labels ||
                std::any_of(parts.begin(), parts.end(), [](auto p) { return p.empty(); }))
                return Verdict::Invalid;
        }
        for (auto word : words)
            (registry(s).*add)(util::lower(word));
        return Verdict::Fine;
    });
}

Verdict redirector_pattern(Settings& s, const Directive& d) {
    if (d.value.empty())
        return Verdict::Missing;
    auto compiled = compile_regexp(d.value);
    if (!compiled)
        return Verdict::Invalid;
    core(s).redirector_patterns.push_back(
        std::make_shared<const regex::Regex>(std::move(*compiled)));
    return Verdict::Fine;
}

Verdict originating_ip_headers(Settings& s, const Directive& d) {
    if (d.value.empty())
        return Verdict::Missing;
    auto& list = message_settings(s).originating_ip_headers;
    for (auto word : util::words(d.value))
        if (std::none_of(list.begin(), list.end(),
                         [&](const std::string& h) { return util::iequals(h, word); }))
            list.emplace_back(word);
    return Verdict::Fine;
}

// --- kept in `other` ---

void keep(Settings& s, std::string_view keyword, std::string value) {
    core(s).other[std::string(keyword)] = {std::move(value)};
}
std::string number_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", value);
    return text;
}

template <typename Fn>
Setter checked_text(Fn acceptable) {
    return judged([acceptable](Settings& s, const Directive& d) {
        if (!acceptable(std::string_view(d.value)))
            return Verdict::Invalid;
        keep(s, d.keyword, d.value);
        return Verdict::Fine;
    });
}

Verdict bayes_token_sources(Settings& s, const Directive& d) {
    static constexpr std::string_view kAll[] = {"header", "visible", "invisible", "uri",
                                                "mimepart"};
    if (d.value.empty())
        return Verdict::Missing;
    auto& list = core(s).other["bayes_token_sources"];
    if (list.empty())
        list = {"header", "visible", "invisible", "uri"};
    auto drop = [&](std::string_view name) {
        list.erase(std::remove(list.begin(), list.end(), name), list.end());
    };
    std::string lower = util::lower(d.value);
    for (std::string_view word : util::words(lower)) {
        if (word == "none" || word == "noall") {
            list = {"none"};  // an empty list would mean the default
        } else if (word == "all") {
            list.assign(std::begin(kAll), std::end(kAll));
        } else {
            bool add = std::find(std::begin(kAll), std::end(kAll), word) != std::end(kAll);
            if (!add && word.substr(0, 2) == "no")
                word.remove_prefix(2);
            if (std::find(std::begin(kAll), std::end(kAll), word) == std::end(kAll))
                return Verdict::Invalid;
            drop(word);
            if (add) {
                drop("none");
                list.emplace_back(word);
            }
            if (list.empty())
                list = {"none"};
        }
    }
    return Verdict::Fine;
}

Verdict bayes_path(Settings& s, const Directive& d) {
    if (d.value.empty())
        return Verdict::Missing;
    if (util::is_directory(d.value))
        return Verdict::Invalid;
    keep(s, d.keyword, d.value);
    return Verdict::Fine;
}

Verdict bayes_file_mode(Settings& s, const Directive& d) {
    std::string_view v = d.value;
    if (v.size() == 4 && v[0] == '0')
        v.remove_prefix(1);
    if (v.size() != 3 || v.find_first_not_of("01234567") != std::string_view::npos)
        return Verdict::Invalid;
    keep(s, d.keyword, "0" + std::string(v));
    return Verdict::Fine;
}

Verdict version_tag(Settings& s, const Directive& d) {
    if (d.value.empty())
        return Verdict::Missing;
    std::string tag = util::lower(d.value);
    for (char& c : tag)
        if (!util::is_alnum(static_cast<unsigned char>(c)) && c != '.' && c != '/' && c != '_')
            c = '_';
    auto& tags = core(s).other["version_tag"];
    if (std::find(tags.begin(), tags.end(), tag) == tags.end())
        tags.push_back(std::move(tag));
    return Verdict::Fine;
}

Verdict geodb_module(Settings& s, const Directive& d) {
    static constexpr std::pair<std::string_view, std::string_view> kModules[] = {
        {"maxmind::db::reader", "geoip2"},
        {"geoip2::database::reader", "geoip2"},
        {"geoip2", "geoip2"},
        {"geo::ip", "geoip"},
        {"geoip", "geoip"},
        {"ip::country::db_file", "dbfile"},
        {"db_file", "dbfile"},
        {"ip::country::fast", "fast"},
        {"fast", "fast"}};
    std::string lower = util::lower(d.value);
    for (const auto& [name, module] : kModules) {
        if (lower == name) {
            keep(s, "geodb_module", std::string(module));
            return Verdict::Fine;
        }
    }
    return Verdict::Invalid;
}

Verdict country_db_type(Settings& s, const Directive& d) {
    std::string_view module = util::icontains(d.value, "geoip2") ? "geoip2"
                              : util::icontains(d.value, "geo")  ? "geoip"
                              : util::icontains(d.value, "fast") ? "fast"
                                                                 : "";
    if (module.empty())
        return Verdict::Invalid;
    keep(s, "geodb_module", std::string(module));
    return Verdict::Fine;
}

// Words "country:path"; kept one entry a kind.
void set_geodb_option(Settings& s, std::string_view kind, std::string_view path) {
    auto& options = core(s).other["geodb_options"];
    std::string prefix = std::string(kind) + ":";
    options.erase(std::remove_if(options.begin(), options.end(),
                                 [&](const std::string& o) {
                                     return o.compare(0, prefix.size(), prefix) == 0;
                                 }),
                  options.end());
    options.push_back(prefix + std::string(path));
}
Verdict geodb_options(Settings& s, const Directive& d) {
    for (auto word : util::words(d.value)) {
        size_t colon = std::min(word.find(':'), word.size());
        std::string kind = util::lower(word.substr(0, colon));
        if (kind == "reset")
            core(s).other["geodb_options"].clear();
        else if (kind == "country" || kind == "city" || kind == "isp")
            set_geodb_option(s, kind, word.substr(std::min(colon + 1, word.size())));
        else
            return Verdict::Invalid;
    }
    return Verdict::Fine;
}
Setter old_geodb_path(std::string_view kind) {
    return judged([kind](Settings& s, const Directive& d) {
        if (d.value.empty())
            return Verdict::Invalid;
        set_geodb_option(s, kind, d.value);
        return Verdict::Fine;
    });
}
Verdict geodb_search_path(Settings& s, const Directive& d) {
    auto& list = core(s).other["geodb_search_path"];
    if (d.value == "reset")
        list.clear();
    else if (d.value.empty())
        return Verdict::Missing;
    else
        for (auto word : util::words(d.value))
            list.emplace_back(word);
    return Verdict::Fine;
}

class Rows {
public:
    explicit Rows(config::Schema& schema) : schema_(schema) {}
    void add(const char* name, Who who, ValueType type, Setter set, const char* fallback,
             const char* help, std::vector<std::string> aliases = {}) {
        config::Keyword k;
        k.name = name;
        k.aliases = std::move(aliases);
        k.type = type;
        k.who = who;
        k.default_value = fallback;
        k.help = help;
        k.set = set ? std::move(set) : keep_in_other(type);
        k.owner = "core";
        schema_.add(std::move(k));
    }

private:
    config::Schema& schema_;
};

void add_verdict_keywords(Rows& r) {
    using C = CoreSettings;
    r.add("required_score", Who::User, ValueType::Number, config::set_number(&C::required_score),
          "5", "A message with this score or more is spam.", {"required_hits"});
    r.add("time_limit", Who::User, ValueType::Duration, config::set_duration(&C::time_limit), "300",
          "Seconds a message may take; 0 is no limit.");
    r.add("skip_rbl_checks", Who::User, ValueType::Bool, config::set_bool(&C::skip_rbl_checks), "0",
          "Ask no DNS lists.");
    r.add("ok_locales", Who::User, ValueType::String, config::set_string(&C::ok_locales), "all",
          "Countries whose character sets are welcome.");
    r.add("allow_user_rules", Who::Privileged, ValueType::Bool,
          judged([](Settings& s, const Directive& d) {
              if (d.value.empty())
                  return Verdict::Missing;
              if (d.value != "0" && d.value != "1")
                  return Verdict::Invalid;
              core(s).allow_user_rules = d.value == "1";
              return Verdict::Fine;
          }),
          "0", "Users may define rules in their preferences.");
    r.add("ignore_always_matching_regexps", Who::Admin, ValueType::Bool,
          config::set_bool(&C::ignore_always_matching_regexps), "0",
          "Refuse regexes that match everything.");
    r.add("rule_templates_per_message", Who::Admin, ValueType::Bool,
          config::set_bool(&C::rule_templates_per_message), "1 (spamd: 0)",
          "Rules with %{TAG} run, with what this message gave the tag.");
    r.add("rule_cache", Who::Admin, ValueType::String, config::set_string(&C::rule_cache),
          "/var/cache/miharu/rules",
          "File in which spamd keeps what it found out about patterns, for a quick start; none for "
          "none.");
}

void add_markup_keywords(Rows& r) {
    using C = CoreSettings;
    r.add("rewrite_header", Who::User, ValueType::KeyValue, judged(rewrite_header), "",
          "Marks Subject, From or To of spam.");
    r.add("add_header", Who::User, ValueType::Special, judged(add_header), "",
          "Adds an X-Spam- header to ham, spam or all.");
    r.add("remove_header", Who::User, ValueType::Special, judged(remove_header_line), "",
          "Takes an added header back.");
    r.add("clear_headers", Who::User, ValueType::None, no_value(clear_headers), "",
          "Takes all added headers back, except Checker-Version.");
    r.add("report_safe", Who::User, ValueType::Number, judged(report_safe), "1",
          "Spam is wrapped into a report: 0 no, 1 as message/rfc822, 2 as text/plain.");
    r.add("report_wrap_width", Who::User, ValueType::Number,
          config::set_number(&C::report_wrap_width), "75", "Columns of a report.");
    r.add("fold_headers", Who::User, ValueType::Bool, config::set_bool(&C::fold_headers), "1",
          "Added headers are folded.");
    r.add("report_safe_copy_headers", Who::User, ValueType::Words,
          config::add_words(&C::report_safe_copy_headers), "",
          "Headers copied to the wrapping message.");
    r.add("report_charset", Who::User, ValueType::String, config::set_string(&C::report_charset),
          "UTF-8", "Character set of reports.");
    r.add("report", Who::User, ValueType::Template, append_template(&C::report_template), "",
          "One more line of the report.");
    r.add("clear_report_template", Who::User, ValueType::None,
          no_value([](Settings& s) { core(s).report_template.clear(); }), "",
          "Starts the report anew.");
    r.add("unsafe_report", Who::User, ValueType::Template,
          append_template(&C::unsafe_report_template), "",
          "One more line of the note before wrapped text.");
    r.add("clear_unsafe_report_template", Who::User, ValueType::None,
          no_value([](Settings& s) { core(s).unsafe_report_template.clear(); }), "",
          "Starts that note anew.");
    r.add("report_contact", Who::User, ValueType::String, config::set_string(&C::report_contact),
          "the administrator of that system", "_CONTACTADDRESS_.");
    r.add("report_hostname", Who::User, ValueType::String, config::set_string(&C::report_hostname),
          "", "_HOSTNAME_.");
    r.add("version_tag", Who::Admin, ValueType::Special, judged(version_tag), "",
          "Appended to the version.");
}

void add_message_keywords(Rows& r) {
    using M = message::MessageSettings;
    r.add("normalize_charset", Who::User, ValueType::Bool, message_bool(&M::normalize_charset), "1",
          "Text is brought to UTF-8 before rules see it.");
    r.add("body_part_scan_size", Who::Admin, ValueType::Number,
          message_size(&M::body_part_scan_size), "50000", "Bytes of a part that body rules see.");
    r.add("rawbody_part_scan_size", Who::Admin, ValueType::Number,
          message_size(&M::rawbody_part_scan_size), "500000",
          "Bytes of a part that rawbody rules see.");
    r.add("trusted_networks", Who::User, ValueType::Networks,
          networks(&M::trusted_networks, &M::trusted_networks_configured), "",
          "Relays that do not forge headers.");
    r.add("clear_trusted_networks", Who::User, ValueType::None,
          clear_networks(&M::trusted_networks, &M::trusted_networks_configured, true), "",
          "Starts the list anew.");
    r.add("internal_networks", Who::User, ValueType::Networks,
          networks(&M::internal_networks, &M::internal_networks_configured), "",
          "Relays that are ours.");
    r.add("clear_internal_networks", Who::User, ValueType::None,
          clear_networks(&M::internal_networks, &M::internal_networks_configured, true), "",
          "Starts the list anew.");
    r.add("msa_networks", Who::User, ValueType::Networks,
          networks(&M::msa_networks, &M::msa_networks_configured), "",
          "Relays that take mail from our own users.");
    r.add("clear_msa_networks", Who::User, ValueType::None,
          clear_networks(&M::msa_networks, &M::msa_networks_configured, false), "",
          "Starts the list anew.");
    r.add("originating_ip_headers", Who::User, ValueType::Words, judged(originating_ip_headers), "",
          "Headers in which a web mailer names its client.");
    r.add("clear_originating_ip_headers", Who::User, ValueType::None,
          no_value([](Settings& s) { message_settings(s).originating_ip_headers.clear(); }), "",
          "Starts the list anew.");
    r.add("always_trust_envelope_sender", Who::User, ValueType::Bool,
          message_bool(&M::always_trust_envelope_sender), "0",
          "Envelope sender headers count whatever stands above them.");
    r.add("envelope_sender_header", Who::User, ValueType::String,
          judged([](Settings& s, const Directive& d) {
              if (d.value.empty())
                  return Verdict::Missing;
              message_settings(s).envelope_sender_header = d.value;
              return Verdict::Fine;
          }),
          "", "Header with the envelope sender.");
    r.add("parse_dkim_uris", Who::User, ValueType::Bool, message_bool(&M::parse_dkim_uris), "1",
          "Domains that signed count as URIs for DNS lists.");
    r.add("redirector_pattern", Who::Privileged, ValueType::Words, judged(redirector_pattern), "",
          "Regex whose first group is the target of a redirecting URI.");
    r.add("util_rb_tld", Who::Admin, ValueType::Special, domains(1, &message::Registry::add_tld),
          "", "Top level domains.");
    r.add("util_rb_2tld", Who::Admin, ValueType::Special, domains(2, &message::Registry::add_2tld),
          "", "Domains of two labels under which names are registered.");
    r.add("util_rb_3tld", Who::Admin, ValueType::Special, domains(3, &message::Registry::add_3tld),
          "", "Domains of three labels under which names are registered.");
    r.add("clear_util_rb", Who::User, ValueType::None,
          no_value([](Settings& s) { message_settings(s).registry.reset(); }), "",
          "Starts these lists anew.");
    r.add("mbox_format_from_regex", Who::User, ValueType::String, {}, "",
          "How messages of a mailbox file are told apart.");
}

void add_bayes_keywords(Rows& r) {
    using C = CoreSettings;
    const ValueType Bool = ValueType::Bool, Number = ValueType::Number,
                    Duration = ValueType::Duration, String = ValueType::String;
    r.add("use_learner", Who::User, Bool, config::set_bool(&C::use_learner), "1",
          "Anything may be learned at all.");
    r.add("use_bayes", Who::User, Bool, config::set_bool(&C::use_bayes), "1",
          "The Bayes classifier is used.");
    r.add("use_bayes_rules", Who::User, Bool, config::set_bool(&C::use_bayes_rules), "1",
          "The classifier's verdict counts, 0 = only learns.");
    r.add("bayes_auto_learn", Who::User, Bool, config::set_bool(&C::bayes_auto_learn), "1",
          "Clear cases are learned while scanning.");
    r.add("bayes_token_sources", Who::User, ValueType::KeyValue, judged(bayes_token_sources),
          "header visible invisible uri", "Where tokens are taken from.");
    r.add("bayes_ignore_header", Who::User, ValueType::KeyValue,
          judged([](Settings& s, const Directive& d) {
              if (d.value.empty())
                  return Verdict::Missing;
              auto& list = core(s).other["bayes_ignore_header"];
              for (auto word : util::words(d.value))
                  list.push_back(util::lower(word));
              return Verdict::Fine;
          }),
          "", "Headers that are not learned from.");
    r.add("bayes_min_ham_num", Who::User, Number, {}, "200", "Ham learned before it is used.");
    r.add("bayes_min_spam_num", Who::User, Number, {}, "200", "Spam learned before it is used.");
    r.add("bayes_learn_during_report", Who::User, Bool, {}, "1", "Reported spam is learned.");
    r.add("bayes_sql_override_username", Who::User, String, {}, "", "One database for all users.");
    r.add("bayes_use_hapaxes", Who::User, Bool, {}, "1", "Tokens seen once count.");
    r.add("bayes_journal_max_size", Who::User, Number, {}, "102400", "Bytes before a sync.");
    r.add("bayes_expiry_max_db_size", Who::User, Number, {}, "150000", "Tokens before an expiry.");
    r.add("bayes_auto_expire", Who::User, Bool, {}, "1", "Old tokens are dropped unasked.");
    r.add("bayes_token_ttl", Who::User, Duration, {}, "1814400", "Life of a token in Redis.");
    r.add("bayes_seen_ttl", Who::User, Duration, {}, "691200", "Life of a seen id in Redis.");
    r.add("bayes_learn_to_journal", Who::User, Bool, {}, "0", "Learning goes to the journal.");
    r.add("bayes_path", Who::Admin, String, judged(bayes_path), "__userstate__/bayes",
          "Prefix of the database files.");
    r.add("bayes_file_mode", Who::Admin, Number, judged(bayes_file_mode), "0700",
          "Permissions of the database files.");
    r.add("bayes_store_module", Who::Admin, String, checked_text([](std::string_view v) {
              return !v.empty() && std::all_of(v.begin(), v.end(), [](unsigned char c) {
                  return util::is_word(c) || c == ':';
              });
          }),
          "", "Kind of database.");
    r.add("bayes_sql_dsn", Who::Admin, String, {}, "", "Where the database is.");
    r.add("bayes_sql_username", Who::Admin, String, {}, "", "User at the database.");
    r.add("bayes_sql_password", Who::Admin, String, {}, "", "Password at the database.");
    r.add("bayes_sql_username_authorized", Who::Admin, Bool, {}, "0",
          "Only users a function allows.");
}

void add_system_keywords(Rows& r) {
    const ValueType String = ValueType::String;
    r.add("lock_method", Who::User, String, checked_text([](std::string_view v) {
              return v == "nfssafe" || v == "flock" || v == "win32";
          }),
          "", "How files are locked.");
    r.add("user_scores_dsn", Who::Admin, String, {}, "", "Where preferences of users are.");
    r.add("user_scores_sql_username", Who::Admin, String, {}, "", "User there.");
    r.add("user_scores_sql_password", Who::Admin, String, {}, "", "Password there.");
    r.add("user_scores_sql_custom_query", Who::Admin, String, {}, "", "Query of preferences.");
    r.add("user_scores_ldap_username", Who::Admin, String, {}, "", "User at the directory.");
    r.add("user_scores_ldap_password", Who::Admin, String, {}, "", "Password at the directory.");
    r.add("user_scores_fallback_to_global", Who::Admin, ValueType::Bool, {}, "1",
          "Scan with the site's preferences when the database is silent.");
    r.add("geodb_module", Who::Admin, String, judged(geodb_module), "", "Kind of geo database.");
    r.add("country_db_type", Who::Admin, String, judged(country_db_type), "",
          "Old name of geodb_module.");
    r.add("geodb_options", Who::Admin, ValueType::KeyValue, judged(geodb_options), "",
          "Files of the geo database.");
    r.add("geodb_search_path", Who::Admin, ValueType::Words, judged(geodb_search_path), "",
          "Directories of geo databases.");
    r.add("country_db_path", Who::Admin, String, old_geodb_path("country"), "",
          "Old form of geodb_options.");
    r.add("uri_country_db_path", Who::Admin, String, old_geodb_path("country"), "",
          "Old form of geodb_options.");
    r.add("uri_country_db_isp_path", Who::Admin, String, old_geodb_path("isp"), "",
          "Old form of geodb_options.");
}

}  // namespace

config::Setter keep_in_other(ValueType type, std::string clears) {
    switch (type) {
        case ValueType::None:
            return judged([clears](Settings& s, const Directive& d) {
                if (!d.value.empty())
                    return Verdict::Invalid;
                if (!clears.empty())
                    core(s).other.erase(clears);
                return Verdict::Fine;
            });
        case ValueType::Bool:
            return judged([](Settings& s, const Directive& d) {
                bool value = false;
                if (d.value.empty())
                    return Verdict::Missing;
                if (!config::parse_bool(d.value, value))
                    return Verdict::Invalid;
                keep(s, d.keyword, value ? "1" : "0");
                return Verdict::Fine;
            });
        case ValueType::Number:
        case ValueType::Duration:
            return judged([type](Settings& s, const Directive& d) {
                double value = 0;
                if (d.value.empty())
                    return Verdict::Missing;
                if (!(type == ValueType::Number ? config::parse_number(d.value, value)
                                                : config::parse_duration(d.value, value)))
                    return Verdict::Invalid;
                keep(s, d.keyword, number_text(value));
                return Verdict::Fine;
            });
        case ValueType::KeyValue:
            return judged([](Settings& s, const Directive& d) {
                if (split_word(d.value).second.empty())
                    return Verdict::Missing;
                core(s).other[d.keyword].push_back(d.value);
                return Verdict::Fine;
            });
        case ValueType::Words:
        case ValueType::Globs:
        case ValueType::Networks:
            return judged([](Settings& s, const Directive& d) {
                if (d.value.empty())
                    return Verdict::Missing;
                auto& list = core(s).other[d.keyword];
                for (auto word : util::words(d.value))
                    list.emplace_back(word);
                return Verdict::Fine;
            });
        case ValueType::String:
            return judged([](Settings& s, const Directive& d) {
                if (d.value.empty())
                    return Verdict::Missing;
                keep(s, d.keyword, d.value);
                return Verdict::Fine;
            });
        case ValueType::Template:
        case ValueType::Special:
            break;
    }
    return [](Settings& s, const Directive& d, Diagnostics&) {
        core(s).other[d.keyword].push_back(d.value);
    };
}

void add_core_keywords(config::Schema& schema) {
    Rows rows(schema);
    add_verdict_keywords(rows);
    add_markup_keywords(rows);
    add_message_keywords(rows);
    add_bayes_keywords(rows);
    add_system_keywords(rows);
}

}  // namespace rules
