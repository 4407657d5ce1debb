// Preferences of users from an SQL database (-q, -Q), as SpamAssassin's Conf/SQL.pm has them: each
// row of a query is a keyword and a value, read with the rights of a user.
//
// The kind of database stands in user_scores_dsn: SQLite, or PostgreSQL where libpq was there
// (postgresql_preferences.h). Another kind is one more PreferenceSource and a line in
// open_preference_source().

#ifndef DAEMON_SQL_PREFERENCES_H
#define DAEMON_SQL_PREFERENCES_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/settings.h"
#include "util/expected.h"

namespace spamd {

struct SqlLimits {
    size_t max_rows = 10'000;  // of one user; more are an error
    size_t max_bytes = 1 << 20;
    int busy_timeout_ms = 5'000;  // wait for a locked database, or for a server
};

class PreferenceSource {
public:
    virtual ~PreferenceSource() = default;
    // The lines of `user`, "keyword<TAB>value\n" each. Reads the disk or the network. Throws
    // util::Error that names the database, never its password.
    virtual std::string fetch(std::string_view user) = 0;
};

// Whom a query asks for: the whole name, what is before the @, and behind it (none without one).
struct PreferenceOwner {
    explicit PreferenceOwner(std::string_view name);
    std::string_view user, mailbox;
    std::optional<std::string_view> domain;
};

// The query with what stands for the table and for the names put in, each as the database writes a
// value or a parameter. What is put in is not looked at again.
struct PreferenceNames {
    std::string user, mailbox, domain;
};
std::string expand_preference_query(std::string_view query, const PreferenceNames& names);

// Collects rows, up to the limits.
class PreferenceLines {
public:
    explicit PreferenceLines(const SqlLimits& limits) : limits_(limits) {}
    // False when it is one too many.
    bool add(std::string_view keyword, std::string_view value);
    std::string take() { return std::move(text_); }

private:
    SqlLimits limits_;
    size_t rows_ = 0;
    std::string text_;
};

// The source that the settings name; null when user_scores_dsn is not set. The error says which
// kind of database is not built in, or what is wrong with the name.
util::Expected<std::unique_ptr<PreferenceSource>, std::string> open_preference_source(
    const config::Settings& settings, const SqlLimits& limits = {});

// True when a request goes on with the site's settings while the database cannot be read
// (user_scores_fallback_to_global 1). Unset it is false, because spamd 4.0.1 refuses the request
// then, whatever its manual says of the default.
bool falls_back_to_global(const config::Settings& settings);

}  // namespace spamd

#endif  // DAEMON_SQL_PREFERENCES_H
