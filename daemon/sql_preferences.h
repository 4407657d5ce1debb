// Preferences of users from an SQL database (-q, -Q), as SpamAssassin's Conf/SQL.pm has them: each
// row of a query is a keyword and a value, read with the rights of a user.
//
// The kind of database stands in user_scores_dsn. SQLite is native; another kind is one more
// PreferenceSource and a line in open_preference_source().

#ifndef DAEMON_SQL_PREFERENCES_H
#define DAEMON_SQL_PREFERENCES_H

#include <memory>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "util/expected.h"

namespace spamd {

struct SqlLimits {
    size_t max_rows = 10'000;  // of one user; more are an error
    size_t max_bytes = 1 << 20;
    int busy_timeout_ms = 5'000;  // wait for a locked database
};

class PreferenceSource {
public:
    virtual ~PreferenceSource() = default;
    // The lines of `user`, "keyword<TAB>value\n" each. Reads the disk or the network. Throws
    // util::Error that names the database, never its password.
    virtual std::string fetch(std::string_view user) = 0;
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
