#include "daemon/postgresql_preferences.h"

#include "util/error.h"

#ifdef DAEMON_LIBPQ

#include <fmt/core.h>
#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>

#include "util/strings.h"

namespace spamd {

namespace {

struct CloseConnection {
    void operator()(PGconn* c) const { PQfinish(c); }
};
struct ClearResult {
    void operator()(PGresult* r) const { PQclear(r); }
};
struct FreeText {
    void operator()(char* text) const { PQfreemem(text); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;

class PostgresqlSource : public PreferenceSource {
public:
    PostgresqlSource(PostgresqlAccess access, const SqlLimits& limits)
        : access_(std::move(access)), limits_(limits) {
        for (const auto& [key, value] : access_.parameters)
            if (key == "dbname" || key == "service")
                name_ = value;
        // What the site does not say itself.
        const int seconds = std::max(2, limits.busy_timeout_ms / 1000);  // libpq's least
        add("connect_timeout", std::to_string(seconds));
        add("tcp_user_timeout", std::to_string(limits.busy_timeout_ms));
        add("options", fmt::format("-c statement_timeout={}", limits.busy_timeout_ms));
        add("application_name", "spamd");
        add("client_encoding", "UTF8");
    }

    std::string fetch(std::string_view user) override {
        std::vector<const char*> keys, values;
        for (const auto& [key, value] : access_.parameters) {
            keys.push_back(key.c_str());
            values.push_back(value.c_str());
        }
        keys.push_back(nullptr);
        values.push_back(nullptr);
        Connection connection(PQconnectdbParams(keys.data(), values.data(), 0));
        if (!connection || PQstatus(connection.get()) != CONNECTION_OK)
            fail(connection.get());

        PreferenceOwner owner(user);
        auto literal = [&](std::string_view text) { return quote(connection.get(), text); };
        std::string query = expand_preference_query(
            access_.query, {literal(owner.user), literal(owner.mailbox),
                            owner.domain ? literal(*owner.domain) : "NULL"});
        std::unique_ptr<PGresult, ClearResult> result(PQexec(connection.get(), query.c_str()));
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK)
            fail(connection.get());
        PreferenceLines lines(limits_);
        for (int row = 0; row < PQntuples(result.get()); ++row)
            if (!lines.add(column(result.get(), row, 0), column(result.get(), row, 1)))
                throw util::Error(fmt::format("SQL error: {}: too many preferences", name_));
        return lines.take();
    }

private:
    void add(const char* key, std::string value) {
        auto& all = access_.parameters;
        if (std::none_of(all.begin(), all.end(), [&](const auto& p) { return p.first == key; }))
            all.emplace_back(key, std::move(value));
    }
    [[noreturn]] void fail(PGconn* connection) const {
        std::string text = connection == nullptr ? "no memory" : PQerrorMessage(connection);
        text = util::replace_all(std::string(util::trim(text)), "\n", " ");
        throw util::Error(fmt::format("SQL error: {}: {}", name_, text));
    }
    std::string quote(PGconn* connection, std::string_view text) const {
        std::unique_ptr<char, FreeText> quoted(
            PQescapeLiteral(connection, text.data(), text.size()));
        if (!quoted)
            fail(connection);
        return quoted.get();
    }
    static std::string_view column(const PGresult* result, int row, int index) {
        if (index >= PQnfields(result) || PQgetisnull(result, row, index))
            return {};
        return {PQgetvalue(result, row, index),
                static_cast<size_t>(PQgetlength(result, row, index))};
    }
    PostgresqlAccess access_;
    SqlLimits limits_;
    std::string name_;
};

}  // namespace

bool has_postgresql() {
    return true;
}

std::unique_ptr<PreferenceSource> make_postgresql_source(PostgresqlAccess access,
                                                         const SqlLimits& limits) {
    return std::make_unique<PostgresqlSource>(std::move(access), limits);
}

}  // namespace spamd

#else

namespace spamd {

bool has_postgresql() {
    return false;
}
std::unique_ptr<PreferenceSource> make_postgresql_source(PostgresqlAccess, const SqlLimits&) {
    throw util::Error("user_scores_dsn: built without libpq");
}

}  // namespace spamd

#endif
