// Preferences of users from PostgreSQL (user_scores_dsn DBI:Pg:...). The fence around libpq, which
// is optional.

#ifndef DAEMON_POSTGRESQL_PREFERENCES_H
#define DAEMON_POSTGRESQL_PREFERENCES_H

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sql_preferences.h"

namespace spamd {

// Whether libpq was there when this was built.
bool has_postgresql();

struct PostgresqlAccess {
    // Those of a connection string ("dbname", "host", "port", "sslmode" ...), as libpq names them.
    std::vector<std::pair<std::string, std::string>> parameters;
    std::string query;  // with _USERNAME_ and the like
};

// Connects for each request, so that a server that was restarted is found again and none is kept
// busy by idle workers. Only where has_postgresql().
std::unique_ptr<PreferenceSource> make_postgresql_source(PostgresqlAccess access,
                                                         const SqlLimits& limits);

}  // namespace spamd

#endif  // DAEMON_POSTGRESQL_PREFERENCES_H
