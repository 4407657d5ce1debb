// Mail::SpamAssassin::Plugin::RelayCountry: the countries a message came through, as pseudo-headers
// for rules and Bayes, and as tags. Without a database there are neither.

#include "plugins/geo_db.h"
#include "plugins/makers.h"
#include "util/strings.h"

namespace plugins {

namespace {

using Relays = std::vector<message::Relay>;

class RelayCountry : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::RelayCountry"; }

    void register_in(rules::Registration&) override {}

    void finish_parsing_end(rules::RuleSetBuilder&, config::Settings& settings,
                            config::Diagnostics& diagnostics) override {
        geo_ = GeoDb::open(settings, {GeoKind::City, GeoKind::Country}, diagnostics);
    }

    void extract_metadata(message::Message& message, const config::Settings&,
                          rules::MessageStatus* status) override {
        if (!geo_.has_country())
            return;
        const auto& path = message.trust_path();
        // From the hop on where the sender proved who it is.
        Relays authenticated;
        for (const auto& relay : path.trusted)
            if (!authenticated.empty() || !relay.auth.empty())
                authenticated.push_back(relay);
        Relays all = path.internal;
        all.insert(all.end(), path.external.begin(), path.external.end());

        put(message, status, "X-Relay-Countries", "RELAYCOUNTRY", path.untrusted);
        put(message, status, "X-Relay-Countries-External", "RELAYCOUNTRYEXT", path.external);
        put(message, status, "X-Relay-Countries-Auth", "RELAYCOUNTRYAUTH", authenticated);
        put(message, status, "X-Relay-Countries-All", "RELAYCOUNTRYALL", all);
    }

private:
    void put(message::Message& message, rules::MessageStatus* status, std::string_view header,
             std::string_view tag, const Relays& relays) const {
        std::vector<std::string> countries;
        countries.reserve(relays.size());
        for (const auto& relay : relays)
            countries.push_back(geo_.country(relay.ip));
        message.put_metadata(header, util::join(countries, " "));
        if (status != nullptr)
            status->set_tag_values(tag, std::move(countries));
    }

    GeoDb geo_;
};

}  // namespace

std::unique_ptr<rules::Plugin> make_relay_country() {
    return std::make_unique<RelayCountry>();
}

}  // namespace plugins
