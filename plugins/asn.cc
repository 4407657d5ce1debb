// Mail::SpamAssassin::Plugin::ASN: the autonomous system of the host that handed the message over,
// from a local database. The zones of asn_lookup lines are read and not asked yet.

#include "plugins/geo_db.h"
#include "plugins/makers.h"
#include "rules/regexp_syntax.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

struct AsnLookup {
    std::string zone, asn_tag = "ASN", route_tag = "ASNCIDR";
};

struct AsnSettings {
    std::vector<AsnLookup> lookups, lookups_v6;
    std::string prefix = "AS";
    bool use_geodb = true, prefer_geodb = true, use_dns = true;
};

class Asn : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::ASN"; }

    void register_in(rules::Registration& r) override {
        using config::Who;
        r.keyword({.name = "asn_lookup",
                   .who = Who::Privileged,
                   .help = "\"zone [_TAG_ _ROUTETAG_]\": where to ask for IPv4 addresses.",
                   .set = add_lookup(&AsnSettings::lookups)});
        r.keyword({.name = "asn_lookup_ipv6",
                   .who = Who::Privileged,
                   .help = "\"zone [_TAG_ _ROUTETAG_]\": where to ask for IPv6 addresses.",
                   .set = add_lookup(&AsnSettings::lookups_v6)});
        r.keyword({.name = "clear_asn_lookups",
                   .type = config::ValueType::None,
                   .help = "Forgets the zones named so far.",
                   .set = [](config::Settings& s, const config::Directive& d,
                             config::Diagnostics& diagnostics) {
                       if (!d.value.empty())
                           return config::report_invalid(d, diagnostics);
                       s.edit<AsnSettings>().lookups.clear();
                       s.edit<AsnSettings>().lookups_v6.clear();
                   }});
        r.keyword(
            {.name = "asn_prefix",
             .type = config::ValueType::String,
             .default_value = "AS",
             .help = "What stands before the number in the tag; may be in quotes or empty.",
             .set = [](config::Settings& s, const config::Directive& d, config::Diagnostics&) {
                 std::string_view v = d.value;
                 if (v.size() >= 2 && (v[0] == '\'' || v[0] == '"') && v.back() == v[0])
                     v = v.substr(1, v.size() - 2);
                 s.edit<AsnSettings>().prefix = v;
             }});
        auto flag = [&](const char* keyword, bool AsnSettings::*member, const char* help) {
            r.keyword({.name = keyword,
                       .type = config::ValueType::Bool,
                       .who = Who::Admin,
                       .default_value = "1",
                       .help = help,
                       .set = config::set_bool(member)});
        };
        flag("asn_use_geodb", &AsnSettings::use_geodb, "Look into the local database.");
        flag("asn_prefer_geodb", &AsnSettings::prefer_geodb,
             "Ask no zone when the local database knows.");
        flag("asn_use_dns", &AsnSettings::use_dns, "Ask the zones.");
        for (const char* feature :
             {"has_asn_lookup_ipv6", "has_asn_geodb", "has_check_asn", "has_check_asn_tag"})
            r.feature(feature);

        r.prepared_eval("check_asn", prepare);
    }

    void finish_parsing_end(rules::RuleSetBuilder&, config::Settings& settings,
                            config::Diagnostics& diagnostics) override {
        geo_ = settings.get<AsnSettings>().use_geodb
                   ? GeoDb::open(settings, {GeoKind::Isp, GeoKind::Asn}, diagnostics)
                   : GeoDb();
    }

    void extract_metadata(message::Message& message, const config::Settings& settings,
                          MessageStatus* status) override {
        const auto& own = settings.get<AsnSettings>();
        if (!own.use_geodb || !geo_.has_asn())
            return;
        // A zone that does not answer leaves its tags empty, not unknown.
        if (status != nullptr)
            for (const auto* list : {&own.lookups, &own.lookups_v6})
                for (const auto& lookup : *list)
                    for (const auto& tag : {lookup.asn_tag, lookup.route_tag})
                        if (!status->tag(tag))
                            status->set_tag(tag, "");
        const message::Relay* relay = message.trust_path().last_external();
        if (relay == nullptr || relay->ip_private)
            return;
        auto asn = geo_.asn(relay->ip);
        if (!asn)
            return;
        if (status != nullptr) {
            std::string value = asn->starts_with(own.prefix) ? *asn : own.prefix + *asn;
            std::string organization = geo_.asn_organization(relay->ip);
            status->set_tag("ASN", organization.empty() ? value : value + " " + organization);
        }
        message.put_metadata("X-ASN", *asn);
    }

private:
    static config::Setter add_lookup(std::vector<AsnLookup> AsnSettings::*list) {
        return [list](config::Settings& s, const config::Directive& d,
                      config::Diagnostics& diagnostics) {
            if (d.value.empty())
                return config::report_missing(d, diagnostics);
            auto words = util::words(d.value);
            AsnLookup lookup;
            lookup.zone = words[0];
            if (lookup.zone.size() > 1 && lookup.zone.back() == '.')
                lookup.zone.pop_back();
            if (words.size() == 3 && is_tag(words[1]) && is_tag(words[2])) {
                lookup.asn_tag = words[1].substr(1, words[1].size() - 2);
                lookup.route_tag = words[2].substr(1, words[2].size() - 2);
            } else if (words.size() != 1) {
                return config::report_invalid(d, diagnostics);
            }
            (s.edit<AsnSettings>().*list).push_back(std::move(lookup));
        };
    }
    static bool is_tag(std::string_view word) {
        return word.size() >= 3 && word.front() == '_' && word.back() == '_';
    }

    // (regex[, tag])
    static rules::EvalFunction prepare(const EvalCall& c, config::Diagnostics& diagnostics,
                                       const config::SourcePosition& position) {
        auto never = [](MessageStatus&, const EvalCall&) -> double { return 0; };
        if (c.args.empty()) {
            diagnostics.warn(position,
                             "asn: rule " + std::string(c.rule_name) + " eval argument missing");
            return never;
        }
        auto compiled = rules::compile_regexp(c.arg(0), rules::Delimiters::Optional);
        if (!compiled) {
            diagnostics.warn(position, "asn: invalid regexp for " + std::string(c.rule_name) +
                                           " '" + std::string(c.arg(0)) + "': " + compiled.error());
            return never;
        }
        auto re = std::make_shared<regex::Regex>(std::move(*compiled));
        std::string tag = util::upper(c.args.size() > 1 ? c.arg(1) : "ASN");
        return [re, tag](MessageStatus& s, const EvalCall& call) -> double {
            std::string asn = s.tag(tag).value_or("");
            if (asn.empty())
                return rules::kPending;
            if (re->search(asn)) {
                s.test_log(call.rule, tag + ": " + asn);
                s.got_hit(call.rule);
            }
            return 0;
        };
    }

    GeoDb geo_;
};

}  // namespace

std::unique_ptr<rules::Plugin> make_asn() {
    return std::make_unique<Asn>();
}

}  // namespace plugins
