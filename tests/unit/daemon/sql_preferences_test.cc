#include "daemon/sql_preferences.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>

#include "daemon/postgresql_preferences.h"
#include "rules/core_settings.h"
#include "tests/support/temporary_directory.h"
#include "util/error.h"

using spamd::open_preference_source;

namespace {

struct Database {
    Database() {
        run("create table userpref (username text, preference text, value text);"
            "insert into userpref values ('joe@example.org', 'required_score', '3'),"
            " ('@GLOBAL', 'required_score', '9'), ('@GLOBAL', 'report_safe', null),"
            " ('ann', 'required_score', '7'), ('example.org', 'score', 'A 1'),"
            " ('o''hara', 'required_score', '4');");
    }
    void run(const char* sql) const {
        sqlite3* db = nullptr;
        REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
        CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(db);
    }
    config::Settings settings(const std::string& query = "") const {
        config::Settings s;
        auto& other = s.edit<rules::CoreSettings>().other;
        other["user_scores_dsn"] = {"DBI:SQLite:dbname=" + path};
        if (!query.empty())
            other["user_scores_sql_custom_query"] = {query};
        return s;
    }
    std::string fetch(std::string_view user, const std::string& query = "",
                      const spamd::SqlLimits& limits = {}) const {
        auto source = open_preference_source(settings(query), limits);
        REQUIRE(source.has_value());
        REQUIRE(*source != nullptr);
        return (*source)->fetch(user);
    }
    TemporaryDirectory folder;
    const std::string path = folder.path + "/prefs.db";
};

config::Settings with_dsn(const std::string& dsn) {
    config::Settings s;
    s.edit<rules::CoreSettings>().other["user_scores_dsn"] = {dsn};
    return s;
}

}  // namespace

TEST_CASE("preferences from SQL: everyone's rows come before the user's own, which then count") {
    Database db;
    CHECK(db.fetch("joe@example.org") == "required_score\t9\nreport_safe\t\nrequired_score\t3\n");
    CHECK(db.fetch("nobody") == "required_score\t9\nreport_safe\t\n");
}

TEST_CASE("preferences from SQL: a name cannot leave its quotes") {
    Database db;
    CHECK(db.fetch("o'hara") == "required_score\t9\nreport_safe\t\nrequired_score\t4\n");
    CHECK(db.fetch("' or 1=1 --") == "required_score\t9\nreport_safe\t\n");
}

TEST_CASE("preferences from SQL: a query of the site's own knows table, user, mailbox and domain") {
    Database db;
    CHECK(db.fetch("ann@example.org",
                   "select preference, value from _TABLE_ where username = _MAILBOX_ "
                   "or username = _DOMAIN_ or username = _USERNAME_ order by rowid") ==
          "required_score\t7\nscore\tA 1\n");
    CHECK(db.fetch("ann", "select 'a', coalesce(_DOMAIN_, 'none')") == "a\tnone\n");
}

TEST_CASE("preferences from SQL: what is put into a query is not looked at again") {
    CHECK(spamd::expand_preference_query("_TABLE_ _USERNAME_, _MAILBOX__DOMAIN_ _OTHER_ _",
                                         {"'_DOMAIN_@x'", "'_DOMAIN_'", "'x'"}) ==
          "userpref '_DOMAIN_@x', '_DOMAIN_''x' _OTHER_ _");
    CHECK(spamd::expand_preference_query("", {"a", "b", "c"}).empty());
}

TEST_CASE("preferences from SQL: trouble with the database names it") {
    Database db;
    CHECK_THROWS_AS(db.fetch("joe", "select nonsense"), util::Error);
    spamd::SqlLimits few;
    few.max_rows = 1;
    CHECK_THROWS_AS(db.fetch("joe", "", few), util::Error);
    std::filesystem::remove(db.path);
    CHECK_THROWS_WITH_AS(db.fetch("joe"), doctest::Contains(db.path.c_str()), util::Error);
    CHECK_FALSE(std::filesystem::exists(db.path));
}

TEST_CASE(
    "preferences from SQL: a database locked by a writer is reported, not waited for forever") {
    Database db;
    sqlite3* writer = nullptr;
    REQUIRE(sqlite3_open(db.path.c_str(), &writer) == SQLITE_OK);
    REQUIRE(sqlite3_exec(writer, "begin exclusive", nullptr, nullptr, nullptr) == SQLITE_OK);
    spamd::SqlLimits hasty;
    hasty.busy_timeout_ms = 1;
    CHECK_THROWS_WITH_AS(db.fetch("joe", "", hasty), doctest::Contains("locked"), util::Error);
    sqlite3_close(writer);
}

TEST_CASE("preferences from SQL: without a name there is no source, other kinds are refused") {
    config::Settings none;
    auto source = open_preference_source(none);
    REQUIRE(source.has_value());
    CHECK(*source == nullptr);
    auto other = open_preference_source(with_dsn("DBI:mysql:prefs:host;password=secret"));
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().find("mysql") != std::string::npos);
    CHECK(other.error().find("secret") == std::string::npos);
    CHECK(other.error().find("DBI:SQLite:dbname=PATH") != std::string::npos);
    CHECK(open_preference_source(with_dsn("DBI:Pg:dbname=prefs")).has_value() ==
          spamd::has_postgresql());
    CHECK_FALSE(open_preference_source(with_dsn("sqlite")).has_value());
    CHECK_FALSE(open_preference_source(with_dsn("DBI:SQLite:dbname=relative.db")).has_value());
    CHECK(open_preference_source(with_dsn("dbi:SQLite:/abs.db")).has_value());
    CHECK(open_preference_source(with_dsn("DBI:SQLite:a=1;database=/abs.db")).has_value());
}
