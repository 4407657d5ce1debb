#include "daemon/sql_preferences.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <optional>

#include "daemon/postgresql_preferences.h"
#include "rules/core_settings.h"
#include "util/error.h"
#include "util/strings.h"

namespace spamd {

namespace {

constexpr const char* kTable = "userpref";
constexpr const char* kQuery =
    "select preference, value from _TABLE_ where username = _USERNAME_ or username = '@GLOBAL' "
    "order by username asc";

struct CloseDatabase {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinishStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// The file is opened for each request: a database that was replaced is seen at once, and a worker
// holds no lock while it waits.
class SqliteSource : public PreferenceSource {
public:
    SqliteSource(std::string path, const std::string& query, const SqlLimits& limits)
        : path_(std::move(path)), limits_(limits) {
        // The values become parameters, so that no name can leave its quotes.
        query_ = expand_preference_query(query, {"?1", "?2", "?3"});
    }

    std::string fetch(std::string_view user) override {
        sqlite3* raw = nullptr;
        int code = sqlite3_open_v2(path_.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                                   nullptr);
        std::unique_ptr<sqlite3, CloseDatabase> db(raw);
        if (code != SQLITE_OK)
            fail(db.get());
        sqlite3_busy_timeout(db.get(), limits_.busy_timeout_ms);
        sqlite3_stmt* prepared = nullptr;
        if (sqlite3_prepare_v2(db.get(), query_.c_str(), -1, &prepared, nullptr) != SQLITE_OK)
            fail(db.get());
        std::unique_ptr<sqlite3_stmt, FinishStatement> statement(prepared);
        PreferenceOwner owner(user);
        bind(prepared, 1, owner.user);
        bind(prepared, 2, owner.mailbox);
        // Without an @ the domain is NULL, and no row equals it.
        if (owner.domain)
            bind(prepared, 3, *owner.domain);
        PreferenceLines lines(limits_);
        while ((code = sqlite3_step(prepared)) == SQLITE_ROW)
            if (!lines.add(column(prepared, 0), column(prepared, 1)))
                throw util::Error(fmt::format("SQL error: {}: too many preferences", path_));
        if (code != SQLITE_DONE)
            fail(db.get());
        return lines.take();
    }

private:
    [[noreturn]] void fail(sqlite3* db) const {
        throw util::Error(fmt::format("SQL error: {}: {}", path_, sqlite3_errmsg(db)));
    }
    static void bind(sqlite3_stmt* statement, int index, std::string_view text) {
        // The query need not use all of them: "out of range" is no mistake.
        sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                          SQLITE_TRANSIENT);
    }
    static std::string column(sqlite3_stmt* statement, int index) {
        if (index >= sqlite3_column_count(statement))
            return {};
        const unsigned char* text = sqlite3_column_text(statement, index);
        return text == nullptr
                   ? std::string()
                   : std::string(reinterpret_cast<const char*>(text),
                                 static_cast<size_t>(sqlite3_column_bytes(statement, index)));
    }
    std::string path_, query_;
    SqlLimits limits_;
};

// "dbname=/path;other=1" or "/path".
std::string sqlite_path(std::string_view rest) {
    for (auto part : util::split(rest, ';'))
        for (std::string_view key : {"dbname=", "database=", "db="})
            if (util::istarts_with(part, key))
                return std::string(part.substr(key.size()));
    return std::string(rest);
}

// "dbname=NAME;host=HOST;port=PORT", in whatever order; DBD::Pg has more names for the first.
std::vector<std::pair<std::string, std::string>> postgresql_parameters(std::string_view rest) {
    std::vector<std::pair<std::string, std::string>> parameters;
    for (auto part : util::split(rest, ';')) {
        size_t equals = part.find('=');
        if (equals == std::string_view::npos)
            continue;
        std::string key(util::trim(part.substr(0, equals)));
        if (key == "db" || key == "database")
            key = "dbname";
        parameters.emplace_back(std::move(key), util::trim(part.substr(equals + 1)));
    }
    return parameters;
}

}  // namespace

PreferenceOwner::PreferenceOwner(std::string_view name) : user(name) {
    auto parts = util::split(name, '@');
    mailbox = parts.empty() ? std::string_view() : parts[0];
    if (parts.size() > 1)
        domain = parts[1];
}

std::string expand_preference_query(std::string_view query, const PreferenceNames& names) {
    const std::pair<std::string_view, std::string_view> places[] = {{"_TABLE_", kTable},
                                                                    {"_USERNAME_", names.user},
                                                                    {"_MAILBOX_", names.mailbox},
                                                                    {"_DOMAIN_", names.domain}};
    std::string out;
    while (!query.empty()) {
        size_t length = 1;
        std::string_view put = query.substr(0, 1);
        for (const auto& [place, value] : places)
            if (query.starts_with(place)) {
                length = place.size();
                put = value;
            }
        out += put;
        query.remove_prefix(length);
    }
    return out;
}

bool PreferenceLines::add(std::string_view keyword, std::string_view value) {
    if (rows_++ == limits_.max_rows || text_.size() > limits_.max_bytes)
        return false;
    text_.append(keyword).append("\t").append(value).append("\n");
    return true;
}

util::Expected<std::unique_ptr<PreferenceSource>, std::string> open_preference_source(
    const config::Settings& settings, const SqlLimits& limits) {
    const auto& core = settings.get<rules::CoreSettings>();
    std::string dsn(core.other_or("user_scores_dsn", ""));
    if (dsn.empty())
        return std::unique_ptr<PreferenceSource>();
    // DBI:driver:rest. The rest may hold a password and is not repeated.
    auto parts = util::split(dsn, ':');
    if (parts.size() < 3 || !util::iequals(parts[0], "dbi"))
        return util::Unexpected<std::string>(
            "user_scores_dsn is not of the form DBI:SQLite:dbname=PATH");
    std::string_view rest = std::string_view(dsn).substr(5 + parts[1].size());
    std::string query(core.other_or("user_scores_sql_custom_query", kQuery));
    if (util::iequals(parts[1], "pg") && has_postgresql()) {
        PostgresqlAccess access{postgresql_parameters(rest), query};
        for (auto [keyword, name] : {std::pair("user_scores_sql_username", "user"),
                                     std::pair("user_scores_sql_password", "password")})
            if (std::string value(core.other_or(keyword, "")); !value.empty())
                access.parameters.emplace_back(name, std::move(value));
        return make_postgresql_source(std::move(access), limits);
    }
    if (!util::iequals(parts[1], "sqlite"))
        return util::Unexpected<std::string>(fmt::format(
            "user_scores_dsn: databases of the kind {} are not built in, "
            "DBI:SQLite:dbname=PATH{}; copy the table there, or leave -q and -Q out",
            parts[1], has_postgresql() ? " and DBI:Pg:dbname=NAME;host=HOST are" : " is"));
    std::string path = sqlite_path(rest);
    if (path.empty() || path[0] != '/')
        return util::Unexpected<std::string>("user_scores_dsn: the path must be absolute");
    return std::unique_ptr<PreferenceSource>(
        std::make_unique<SqliteSource>(std::move(path), query, limits));
}

bool falls_back_to_global(const config::Settings& settings) {
    return settings.get<rules::CoreSettings>().other_number_or("user_scores_fallback_to_global",
                                                               0) != 0;
}

}  // namespace spamd
