#include "daemon/sql_preferences.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <optional>

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
    SqliteSource(std::string path, std::string query, const SqlLimits& limits)
        : path_(std::move(path)), limits_(limits) {
        // The values become parameters, so that no name can leave its quotes.
        query = util::replace_all(query, "_USERNAME_", "?1");
        query = util::replace_all(query, "_MAILBOX_", "?2");
        query = util::replace_all(query, "_DOMAIN_", "?3");
        query_ = util::replace_all(query, "_TABLE_", kTable);
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
        auto parts = util::split(user, '@');
        bind(prepared, 1, user);
        bind(prepared, 2, parts.empty() ? std::string_view() : parts[0]);
        // Without an @ the domain is NULL, and no row equals it.
        if (parts.size() > 1)
            bind(prepared, 3, parts[1]);
        std::string lines;
        for (size_t rows = 0; (code = sqlite3_step(prepared)) == SQLITE_ROW; ++rows) {
            if (rows == limits_.max_rows || lines.size() > limits_.max_bytes)
                throw util::Error(fmt::format("SQL error: {}: too many preferences", path_));
            lines += column(prepared, 0) + "\t" + column(prepared, 1) + "\n";
        }
        if (code != SQLITE_DONE)
            fail(db.get());
        return lines;
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

}  // namespace

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
    if (!util::iequals(parts[1], "sqlite"))
        return util::Unexpected<std::string>(
            fmt::format("user_scores_dsn: databases of the kind {} are not built in, only "
                        "DBI:SQLite:dbname=PATH is",
                        parts[1]));
    std::string path = sqlite_path(std::string_view(dsn).substr(5 + parts[1].size()));
    if (path.empty() || path[0] != '/')
        return util::Unexpected<std::string>("user_scores_dsn: the path must be absolute");
    std::string query(core.other_or("user_scores_sql_custom_query", kQuery));
    return std::unique_ptr<PreferenceSource>(
        std::make_unique<SqliteSource>(std::move(path), std::move(query), limits));
}

bool falls_back_to_global(const config::Settings& settings) {
    return settings.get<rules::CoreSettings>().other_number_or("user_scores_fallback_to_global",
                                                               0) != 0;
}

}  // namespace spamd
