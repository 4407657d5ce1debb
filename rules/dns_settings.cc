#include "rules/dns_settings.h"

#include <algorithm>

#include "message/net_set.h"
#include "rules/rule_syntax.h"

namespace rules {

using config::Diagnostics;
using config::Directive;
using config::Settings;
using config::ValueType;
using config::Who;

namespace {

// Answer of a setter: true, or the value is reported as invalid.
template <typename Fn>
config::Setter valid_if(Fn fn) {
    return [fn](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        if (!fn(s.edit<DnsSettings>(), std::string_view(d.value)))
            report_invalid(d, diagnostics);
    };
}

std::string_view without_outer_dots(std::string_view domain) {
    if (!domain.empty() && domain.front() == '.')
        domain.remove_prefix(1);
    if (!domain.empty() && domain.back() == '.')
        domain.remove_suffix(1);
    return domain;
}

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool available(DnsSettings& dns, std::string_view value) {
    if (value == "yes" || value == "1")
        dns.available = "yes";
    else if (value == "no" || value == "0")
        dns.available = "no";
    else if (value == "test" || (value.substr(0, 5) == "test:" && value.size() > 5))
        dns.available = value;
    else
        return false;
    return true;
}

// Address, [address], either with :port; an IPv6 address may carry a %scope.
bool server(DnsSettings& dns, std::string_view value) {
    std::string_view address, port = "53";
    if (!value.empty() && value[0] == '[') {
        size_t close = value.find(']');
        if (close == std::string_view::npos)
            return false;
        address = value.substr(1, close - 1);
        std::string_view rest = value.substr(close + 1);
        if (!rest.empty()) {
            if (rest[0] != ':')
                return false;
            port = rest.substr(1);
        }
    } else {
        size_t colon = value.find(':');
        address = value;
        if (colon != std::string_view::npos && all_digits(value.substr(colon + 1))) {
            address = value.substr(0, colon);
            port = value.substr(colon + 1);
        }
    }
    std::string_view scope;
    if (size_t percent = address.find('%'); percent != std::string_view::npos) {
        scope = address.substr(percent);
        address = address.substr(0, percent);
        if (!std::all_of(scope.begin() + 1, scope.end(), [](unsigned char c) {
                return util::is_word(c) || c == '.' || c == '~' || c == '-';
            }))
            return false;
    }
    auto number = util::parse_int(port);
    if (!all_digits(port) || !number || *number < 1 || *number > 65535 ||
        !message::IpAddress::parse(address))
        return false;
    dns.servers.push_back("[" + std::string(address) + std::string(scope) +
                          "]:" + std::string(port));
    return true;
}

bool options(DnsSettings& dns, std::string_view value) {
    std::string lower = util::lower(value);
    std::replace(lower.begin(), lower.end(), ',', ' ');
    for (std::string_view word : util::words(lower)) {
        bool on = true;
        if (word.substr(0, 2) == "no" && word != "no") {
            on = false;
            word.remove_prefix(2);
        }
        if (word == "rotate") {
            dns.rotate = on;
        } else if (word == "dns0x20") {
            dns.dns0x20 = on;
        } else if (word == "v4") {
            dns.v4 = on;
        } else if (word == "v6") {
            dns.v6 = on;
        } else if (word.substr(0, 4) == "edns") {
            word.remove_prefix(4);
            if (!word.empty() && word[0] == '0')
                word.remove_prefix(1);
            if (!on) {
                if (!word.empty())
                    return false;
                dns.edns = 0;
                continue;
            }
            int64_t size = 1220;
            if (!word.empty()) {
                if (word[0] != '=' || !all_digits(word.substr(1)))
                    return false;
                size = util::parse_int(word.substr(1)).value_or(65535);
                if (size == 0)
                    size = 1220;
            }
            dns.edns = static_cast<int>(std::min<int64_t>(size, 65535));
            if (size < 512)
                return false;
        } else {
            return false;
        }
    }
    return true;
}

bool query_restriction(DnsSettings& dns, std::string_view value) {
    auto [verb, rest] = split_word(value);
    bool deny = util::iequals(verb, "deny");
    if ((!deny && !util::iequals(verb, "allow")) || rest.empty())
        return false;
    for (auto domain : util::words(rest))
        dns.query_restriction[util::lower(without_outer_dots(domain))] = deny;
    return true;
}

bool block_rule(DnsSettings& dns, std::string_view value) {
    auto [rule, rest] = split_word(value);
    if (rest.empty())
        return false;
    for (auto word : util::words(rest)) {
        std::string domain = util::lower(without_outer_dots(word));
        if (domain.empty() || !std::all_of(domain.begin(), domain.end(), [](unsigned char c) {
                return util::is_word(c) || c == '.' || c == '-';
            }))
            return false;
        dns.block_rules[std::string(rule)].insert(std::move(domain));
    }
    return true;
}

std::optional<double> seconds(std::string_view word) {
    double value = 0;
    if (word.find(' ') != std::string_view::npos || !config::parse_duration(word, value))
        return std::nullopt;
    return value;
}

void rbl_timeout(Settings& s, const Directive& d, Diagnostics& diagnostics) {
    auto words = util::words(d.value);
    if (words.empty()) {
        report_missing(d, diagnostics);
        return;
    }
    auto longest = seconds(words[0]);
    std::optional<double> shortest;
    std::string_view zone;
    size_t next = 1;
    if (next < words.size() && (shortest = seconds(words[next])))
        ++next;
    if (next < words.size())
        zone = words[next++];
    if (!longest || next != words.size() ||
        (!zone.empty() && !util::is_alpha(static_cast<unsigned char>(zone.back())))) {
        report_invalid(d, diagnostics);
        return;
    }
    auto& dns = s.edit<DnsSettings>();
    auto& timeout =
        zone.empty() ? dns.timeout : dns.timeout_by_zone[util::lower(without_outer_dots(zone))];
    timeout.longest = longest;
    if (shortest)
        timeout.shortest = shortest;
}

// "1024 2000-3000,4000": `permit` says whether these may be used.
bool change_ports(DnsSettings& dns, std::string_view value, bool permit) {
    std::string text(value);
    std::replace(text.begin(), text.end(), ',', ' ');
    std::vector<std::pair<int64_t, int64_t>> ranges;
    for (auto word : util::words(text)) {
        size_t dash = word.find('-');
        std::string_view low = word.substr(0, dash);
        std::string_view high = dash == std::string_view::npos ? low : word.substr(dash + 1);
        if (!all_digits(low) || !all_digits(high) || low.size() > 5 || high.size() > 5)
            return false;
        int64_t from = *util::parse_int(low), to = *util::parse_int(high);
        if (from > 65535 || to > 65535 || (permit && (from < 1 || to < 1)))
            return false;
        ranges.emplace_back(from, to);
    }
    if (ranges.empty())
        return true;
    auto ports = std::make_shared<std::bitset<65536>>();
    if (dns.local_ports) {
        *ports = *dns.local_ports;
    } else {
        ports->set();
        for (size_t p = 0; p < 1024; ++p)
            ports->reset(p);
    }
    for (auto [from, to] : ranges)
        for (int64_t p = from; p <= to; ++p)
            ports->set(static_cast<size_t>(p), permit);
    dns.local_ports = std::move(ports);
    return true;
}

}  // namespace

void add_dns_keywords(config::Schema& schema) {
    auto row = [&](const char* name, Who who, ValueType type, config::Setter set,
                   const char* fallback, const char* help, std::vector<std::string> aliases = {}) {
        config::Keyword k;
        k.name = name;
        k.aliases = std::move(aliases);
        k.type = type;
        k.who = who;
        k.default_value = fallback;
        k.help = help;
        k.set = std::move(set);
        k.owner = "core";
        schema.add(std::move(k));
    };
    auto clear = [](auto what) {
        return valid_if([what](DnsSettings& dns, std::string_view value) {
            if (!value.empty())
                return false;
            what(dns);
            return true;
        });
    };
    row("dns_available", Who::User, ValueType::String, valid_if(available), "yes",
        "Whether the network may be asked: yes, no, test[: names].");
    row("dns_server", Who::User, ValueType::String, valid_if(server), "",
        "A name server to ask, ip[:port].");
    row("clear_dns_servers", Who::User, ValueType::None,
        clear([](DnsSettings& dns) { dns.servers.clear(); }), "", "Back to the system's servers.");
    row("dns_local_ports_permit", Who::Admin, ValueType::String,
        valid_if([](DnsSettings& dns, std::string_view v) { return change_ports(dns, v, true); }),
        "", "Ports to ask from.");
    row("dns_local_ports_avoid", Who::Admin, ValueType::String,
        valid_if([](DnsSettings& dns, std::string_view v) { return change_ports(dns, v, false); }),
        "", "Ports not to ask from.");
    row("dns_local_ports_none", Who::Admin, ValueType::None,
        clear([](DnsSettings& dns) { dns.local_ports = std::make_shared<std::bitset<65536>>(); }),
        "", "Starts the port list empty.");
    row("dns_test_interval", Who::User, ValueType::Duration,
        config::set_duration(&DnsSettings::test_interval), "600",
        "Seconds between two tests of the network.");
    row("dns_options", Who::User, ValueType::KeyValue, valid_if(options), "v4 v6 edns=4096",
        "rotate, dns0x20, edns[=bytes], v4, v6, each with no in front.");
    row("dns_query_restriction", Who::User, ValueType::String, valid_if(query_restriction), "",
        "allow or deny, then domains.");
    row("clear_dns_query_restriction", Who::User, ValueType::None,
        clear([](DnsSettings& dns) { dns.query_restriction.clear(); }), "",
        "Allows every domain again.", {"clear_dns_query_restrictions"});
    row("dns_block_rule", Who::Admin, ValueType::KeyValue, valid_if(block_rule), "",
        "A rule, then zones that are left alone for a while when it hits.");
    row("dns_block_time", Who::Admin, ValueType::Number,
        config::set_number(&DnsSettings::block_time), "300", "Seconds they are left alone.");
    row("rbl_timeout", Who::Admin, ValueType::Duration, rbl_timeout, "15",
        "Longest and shortest time to wait, perhaps for one zone.");
}

}  // namespace rules
