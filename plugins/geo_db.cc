#include "plugins/geo_db.h"

#include <maxminddb.h>

#include <array>
#include <initializer_list>

#include "message/ip_text.h"
#include "rules/core_settings.h"
#include "util/file.h"
#include "util/strings.h"

namespace plugins {

class GeoDb::Database {
public:
    static std::unique_ptr<Database> open(const std::string& path, std::string& error) {
        auto database = std::make_unique<Database>();
        int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database->db_);
        if (status != MMDB_SUCCESS) {
            error = MMDB_strerror(status);
            return nullptr;
        }
        database->is_open_ = true;
        return database;
    }
    Database() = default;
    ~Database() {
        if (is_open_)
            MMDB_close(&db_);
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // A text or number below the address, nullopt where there is none.
    std::optional<std::string> value(std::string_view ip,
                                     std::initializer_list<const char*> path) const {
        if (!message::is_ip_address(ip))
            return std::nullopt;
        if (util::istarts_with(ip, "IPv6:"))
            ip.remove_prefix(5);
        int no_address = 0, status = MMDB_SUCCESS;
        auto found = MMDB_lookup_string(&db_, std::string(ip).c_str(), &no_address, &status);
        if (no_address != 0 || status != MMDB_SUCCESS || !found.found_entry)
            return std::nullopt;
        std::array<const char*, 4> keys{};
        std::copy(path.begin(), path.end(), keys.begin());
        MMDB_entry_data_s data{};
        if (MMDB_aget_value(&found.entry, &data, keys.data()) != MMDB_SUCCESS || !data.has_data)
            return std::nullopt;
        switch (data.type) {
            case MMDB_DATA_TYPE_UTF8_STRING:
                return std::string(data.utf8_string, data.data_size);
            case MMDB_DATA_TYPE_UINT16:
                return std::to_string(data.uint16);
            case MMDB_DATA_TYPE_UINT32:
                return std::to_string(data.uint32);
            case MMDB_DATA_TYPE_UINT64:
                return std::to_string(data.uint64);
            default:
                return std::nullopt;
        }
    }

private:
    MMDB_s db_{};
    bool is_open_ = false;
};

namespace {

struct Kind {
    GeoKind kind;
    std::string_view name;                       // in geodb_options
    std::array<std::string_view, 4> file_names;  // "" at the end
};
constexpr Kind kKinds[] = {
    {GeoKind::City,
     "city",
     {"GeoIP2-City.mmdb", "GeoLite2-City.mmdb", "dbip-city.mmdb", "dbip-city-lite.mmdb"}},
    {GeoKind::Country,
     "country",
     {"GeoIP2-Country.mmdb", "GeoLite2-Country.mmdb", "dbip-country.mmdb",
      "dbip-country-lite.mmdb"}},
    {GeoKind::Isp, "isp", {"GeoIP2-ISP.mmdb", "GeoLite2-ISP.mmdb", "", ""}},
    {GeoKind::Asn, "asn", {"GeoIP2-ASN.mmdb", "GeoLite2-ASN.mmdb", "", ""}},
};
constexpr std::string_view kSearchPath[] = {"/usr/local/share/GeoIP", "/usr/share/GeoIP",
                                            "/var/lib/GeoIP", "/opt/share/GeoIP"};

// The path that geodb_options gives for a kind.
std::string named_path(const rules::CoreSettings& core, const Kind& kind) {
    auto it = core.other.find("geodb_options");
    if (it != core.other.end())
        for (const auto& option : it->second)
            if (option.size() > kind.name.size() && option[kind.name.size()] == ':' &&
                option.starts_with(kind.name))
                return option.substr(kind.name.size() + 1);
    return {};
}

std::string search(const rules::CoreSettings& core, const Kind& kind) {
    std::vector<std::string> directories(std::begin(kSearchPath), std::end(kSearchPath));
    if (auto it = core.other.find("geodb_search_path"); it != core.other.end())
        directories = it->second;
    for (const auto& directory : directories)
        for (auto name : kind.file_names)
            if (std::string path = directory + "/" + std::string(name);
                !name.empty() && util::is_regular_file(path))
                return path;
    return {};
}

}  // namespace

GeoDb::GeoDb() = default;
GeoDb::~GeoDb() = default;
GeoDb::GeoDb(GeoDb&&) noexcept = default;
GeoDb& GeoDb::operator=(GeoDb&&) noexcept = default;

GeoDb GeoDb::open(const config::Settings& settings, const std::vector<GeoKind>& wanted,
                  config::Diagnostics& diagnostics) {
    GeoDb db;
    const auto& core = settings.get<rules::CoreSettings>();
    std::string_view module = core.other_or("geodb_module", "geoip2");
    if (module != "geoip2") {
        diagnostics.warn(
            {}, "geodb: geodb_module " + std::string(module) + " is not supported, geoip2 is");
        return db;
    }
    for (const Kind& kind : kKinds) {
        if (std::find(wanted.begin(), wanted.end(), kind.kind) == wanted.end() ||
            (kind.kind == GeoKind::Country && db.find(GeoKind::City) != nullptr) ||
            (kind.kind == GeoKind::Asn && db.find(GeoKind::Isp) != nullptr))
            continue;
        std::string path = named_path(core, kind);
        bool is_named = !path.empty();
        if (!is_named)
            path = search(core, kind);
        if (path.empty())
            continue;
        std::string error = "No such file";
        if (!is_named || util::is_regular_file(path))
            db.databases_[static_cast<size_t>(kind.kind)] = Database::open(path, error);
        if (db.find(kind.kind) == nullptr)
            diagnostics.warn(
                {}, "geodb: " + std::string(kind.name) + " database " + path + ": " + error);
    }
    return db;
}

const GeoDb::Database* GeoDb::find(GeoKind kind) const {
    return databases_[static_cast<size_t>(kind)].get();
}
const GeoDb::Database* GeoDb::find(GeoKind kind, GeoKind other) const {
    const Database* first = find(kind);
    return first != nullptr ? first : find(other);
}

bool GeoDb::has_country() const {
    return find(GeoKind::City, GeoKind::Country) != nullptr;
}
bool GeoDb::has_isp() const {
    return find(GeoKind::Isp) != nullptr;
}
bool GeoDb::has_asn() const {
    return find(GeoKind::Asn, GeoKind::Isp) != nullptr;
}

std::string GeoDb::country(std::string_view ip) const {
    const Database* db = find(GeoKind::City, GeoKind::Country);
    if (util::trim(ip).empty() || (db == nullptr && !message::is_private(ip)))
        return {};
    if (message::is_private(ip))
        return "**";
    auto code = db->value(ip, {"country", "iso_code"});
    return code && !code->empty() ? *code : "XX";
}

std::string GeoDb::continent(std::string_view ip) const {
    const Database* db = find(GeoKind::City, GeoKind::Country);
    if (util::trim(ip).empty() || db == nullptr)
        return {};
    auto code = db->value(ip, {"continent", "code"});
    return code && !code->empty() ? *code : "XX";
}

std::optional<std::string> GeoDb::isp(std::string_view ip) const {
    const Database* db = find(GeoKind::Isp);
    return db == nullptr ? std::nullopt : db->value(ip, {"isp"});
}

std::optional<std::string> GeoDb::asn(std::string_view ip) const {
    const Database* db = find(GeoKind::Asn, GeoKind::Isp);
    return db == nullptr ? std::nullopt : db->value(ip, {"autonomous_system_number"});
}

std::string GeoDb::asn_organization(std::string_view ip) const {
    const Database* db = find(GeoKind::Asn, GeoKind::Isp);
    return db == nullptr ? std::string()
                         : db->value(ip, {"autonomous_system_organization"}).value_or("");
}

}  // namespace plugins
