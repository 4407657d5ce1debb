// Mail::SpamAssassin::Plugin::URILocalBL: rules over where the hosts of links stand: country,
// continent, provider, network. Hosts given as addresses only; names are not resolved.

#include <map>
#include <set>

#include "message/ip_text.h"
#include "message/net_set.h"
#include "plugins/geo_db.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/rule_set_builder.h"
#include "rules/rule_syntax.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

constexpr int kPriority = -100;

// Codes of countries or continents, in capitals; "!FI" lines make it all but these.
struct Codes {
    bool negated = false;
    std::set<std::string, std::less<>> codes;
    bool hits(const std::string& code) const {
        return !codes.empty() && (codes.count(code) != 0) != negated;
    }
};

struct HostTest {
    Codes countries, continents;
    std::set<std::string, std::less<>> providers;  // capitals, no blanks
    message::NetSet networks;
    std::set<std::string, std::less<>> exclusions;  // domains and addresses
};

struct UriLocalSettings {
    std::map<std::string, HostTest, std::less<>> tests;  // by rule
};

std::string provider_key(std::string_view name) {
    std::string key = util::upper(name);
    key.erase(std::remove_if(key.begin(), key.end(),
                             [](char c) { return util::is_space(static_cast<unsigned char>(c)); }),
              key.end());
    return key;
}

bool add_codes(Codes& into, std::string_view text, bool digit_may_follow) {
    Codes all = into;
    for (auto word : util::words(text)) {
        bool negated = word.starts_with('!');
        if (negated)
            word.remove_prefix(1);
        auto c = [&](size_t i) { return static_cast<unsigned char>(word[i]); };
        if (word.size() != 2 || !util::is_alpha(c(0)) ||
            !(util::is_alpha(c(1)) || (digit_may_follow && util::is_digit(c(1)))))
            return false;
        if (!all.codes.empty() && all.negated != negated)
            return false;
        all.negated = negated;
        all.codes.insert(util::upper(word));
    }
    into = std::move(all);
    return true;
}

class UriLocalBl : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::URILocalBL"; }

    void register_in(rules::Registration& r) override {
        add_keyword(
            r, "uri_block_cc", "\"RULE cc ...\" or \"RULE !cc ...\": countries.",
            [](HostTest& t, std::string_view v) { return add_codes(t.countries, v, true); });
        add_keyword(
            r, "uri_block_cont", "\"RULE co ...\" or \"RULE !co ...\": continents.",
            [](HostTest& t, std::string_view v) { return add_codes(t.continents, v, false); });
        add_keyword(r, "uri_block_isp", "\"RULE name \"another name\" ...\": providers.",
                    [this](HostTest& t, std::string_view v) {
                        regex::MatchData m;
                        regex::for_each_match(
                            provider_.re(), v, m, [&](const regex::MatchData& found) {
                                std::string key = provider_key(found.text(1));
                                key.erase(std::remove(key.begin(), key.end(), '"'), key.end());
                                t.providers.insert(std::move(key));
                                return true;
                            });
                        return !t.providers.empty();
                    });
        add_keyword(r, "uri_block_cidr", "\"RULE network ...\": networks.",
                    [](HostTest& t, std::string_view v) {
                        HostTest all = t;
                        for (auto word : util::words(v))
                            if (!message::is_ip_address(word.substr(0, word.find('/'))) ||
                                !all.networks.add(word))
                                return false;
                        t = std::move(all);
                        return true;
                    });
        add_keyword(r, "uri_block_exclude", "\"RULE host ...\": domains and addresses left out.",
                    [](HostTest& t, std::string_view v) {
                        for (auto word : util::words(v))
                            t.exclusions.insert(util::lower(word));
                        return true;
                    });
        r.eval("check_uri_local_bl", [this](MessageStatus& s, const EvalCall& c) -> double {
            const auto& tests = s.settings().get<UriLocalSettings>().tests;
            auto test = tests.find(c.rule_name);
            if (test != tests.end())
                check(s, c.rule, test->second);
            return 0;
        });
    }

    void finish_parsing_end(rules::RuleSetBuilder&, config::Settings& settings,
                            config::Diagnostics& diagnostics) override {
        geo_ = GeoDb::open(settings, {GeoKind::City, GeoKind::Country, GeoKind::Isp}, diagnostics);
    }

private:
    using Add = std::function<bool(HostTest&, std::string_view)>;

    static void add_keyword(rules::Registration& r, const char* keyword, const char* help,
                            Add add) {
        r.keyword(
            {.name = keyword,
             .who = config::Who::Privileged,
             .help = help,
             .set = [&builder = r.rules(), add](config::Settings& s, const config::Directive& d,
                                                config::Diagnostics& diagnostics) {
                 auto [name, rest] = rules::split_word(d.value);
                 if (!rules::is_rule_name(name) || rest.empty())
                     return config::report_invalid(d, diagnostics);
                 auto& tests = s.edit<UriLocalSettings>().tests;
                 HostTest test;
                 if (auto known = tests.find(name); known != tests.end())
                     test = known->second;
                 if (!add(test, rest))
                     return config::report_invalid(d, diagnostics);
                 tests[std::string(name)] = std::move(test);
                 define(builder, name, d, diagnostics);
             }});
    }

    static void define(rules::RuleSetBuilder& builder, std::string_view name,
                       const config::Directive& d, config::Diagnostics& diagnostics) {
        if (!builder.accepts_name(name, d, diagnostics))
            return;
        rules::Rule rule;
        rule.name = name;
        rule.type = rules::RuleType::BodyEval;
        rule.text = "check_uri_local_bl()";
        rule.header = "check_uri_local_bl";
        rule.position = d.position;
        builder.set_priority(builder.define(std::move(rule)), kPriority);
    }

    void check(MessageStatus& s, rules::RuleId rule, const HostTest& test) const {
        for (const message::Uri& uri : s.message().uri_details()) {
            if (uri.types.count("a") == 0 && uri.types.count("parsed") == 0)
                continue;
            for (const auto& [host, domain] : uri.hosts)
                if (message::is_ip_address(host) &&
                    test.exclusions.count(util::lower(domain)) == 0 && decides(s, rule, test, host))
                    return;
        }
    }

    // True once the rule is done with: it hit, or the address is excluded.
    bool decides(MessageStatus& s, rules::RuleId rule, const HostTest& test,
                 const std::string& ip) const {
        if (test.exclusions.count(ip) != 0)
            return true;
        auto hit = [&](const std::string& where) {
            s.test_log(rule, "Host: " + ip + " in " + where);
            s.got_hit(rule);
            return true;
        };
        if (geo_.has_country()) {
            std::string country = geo_.country(ip);
            if (test.countries.hits(country))
                return hit("country " + country);
            std::string continent = geo_.continent(ip);
            if (test.continents.hits(continent))
                return hit("continent " + continent);
        }
        if (!test.providers.empty())
            if (auto isp = geo_.isp(ip); isp && test.providers.count(provider_key(*isp)) != 0)
                return hit("isp " + *isp);
        if (test.networks.contains(ip))
            return hit("cidr");
        return false;
    }

    GeoDb geo_;
    Pattern provider_{"(\"[^\"]*\"|(?<!\")\\S+(?!\"))"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_uri_local_bl() {
    return std::make_unique<UriLocalBl>();
}

}  // namespace plugins
