// What a local database knows of an IP address: country, continent, provider, autonomous system.
//
// The one place that sees libmaxminddb. Databases are MaxMind's (.mmdb), found as SpamAssassin
// finds them: by geodb_options, or by their usual names in geodb_search_path. They are mapped into
// memory when the configuration is read, so that all workers share the pages; a database that was
// replaced on disk is seen at the next HUP. Look-ups allocate little, never fail and are safe from
// several threads.
//
// Not handled: geodb_module geoip, dbfile and fast, whose formats nobody keeps up any more.

#ifndef PLUGINS_GEO_DB_H
#define PLUGINS_GEO_DB_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/settings.h"

namespace plugins {

enum class GeoKind { City, Country, Isp, Asn };

class GeoDb {
public:
    GeoDb();
    ~GeoDb();
    GeoDb(GeoDb&&) noexcept;
    GeoDb& operator=(GeoDb&&) noexcept;

    // Opens what the settings name of the wanted kinds. Where there is a city database the country
    // one is not needed, nor that of ASNs beside that of providers. One that is named and cannot
    // be read is a warning; one that is not there is none.
    static GeoDb open(const config::Settings& settings, const std::vector<GeoKind>& wanted,
                      config::Diagnostics& diagnostics);

    bool has_country() const;
    bool has_isp() const;
    bool has_asn() const;

    // "FI"; "**" for private addresses, "XX" for unknown ones, "" without an address.
    std::string country(std::string_view ip) const;
    // "EU"; "XX" for unknown ones, "" without an address.
    std::string continent(std::string_view ip) const;
    std::optional<std::string> isp(std::string_view ip) const;
    // "64496", without the "AS".
    std::optional<std::string> asn(std::string_view ip) const;
    std::string asn_organization(std::string_view ip) const;

private:
    class Database;
    const Database* find(GeoKind kind) const;
    // The first of the two that is open.
    const Database* find(GeoKind kind, GeoKind other) const;
    std::unique_ptr<Database> databases_[4];  // by GeoKind
};

}  // namespace plugins

#endif  // PLUGINS_GEO_DB_H
