#include "bayes/dbm_import.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "bayes/sqlite_store.h"
#include "tests/support/temporary_directory.h"

using bayes::Class;
using bayes::token_key;
using namespace std::string_literals;

namespace {

struct Room : TemporaryDirectory {
    void make(const std::string& name) const { std::ofstream(path + "/" + name) << "x"; }
};

using List = std::vector<std::pair<std::string, std::string>>;

bayes::Records records(const List& list) {
    return [&list](const auto& fn) {
        for (const auto& [key, value] : list)
            fn(key, value);
    };
}

std::string figure(const std::string& name) {
    return "\x0d\x01\x07\x09\x03"s + name;
}

}  // namespace

TEST_CASE("dbm: both packed forms of a token are read, and no other") {
    auto small = bayes::unpack_dbm_token("\xda\x01\x02\x00\x00"s);  // 11 011 010
    REQUIRE(small.is_known);
    CHECK(small.counts.spam == 3);
    CHECK(small.counts.ham == 2);
    CHECK(small.counts.atime == 0x201);
    auto large = bayes::unpack_dbm_token("\x00\xff\x01\x00\x00\x08\x00\x00\x00\x00\x00\x00\xf0"s);
    REQUIRE(large.is_known);
    CHECK(large.counts.spam == 511);
    CHECK(large.counts.ham == 8);
    CHECK(large.counts.atime == 0xf0000000);
    for (const auto& odd : {""s, "\xda\x01\x02\x00"s, "\x00\x01"s, "\x80\x01\x02\x00\x00"s})
        CHECK(!bayes::unpack_dbm_token(odd).is_known);
}

TEST_CASE("dbm: records replace what a store holds, figures included") {
    Room room;
    bayes::SqliteStore store(room.path + "/bayes.sqlite", {});
    store.change(Class::Ham, 1, {token_key("gone")}, 1);
    store.set_seen("gone", Class::Ham);
    const List tokens = {{figure("DBVERSION"), "3"},
                         {figure("NTOKENS"), "4"},
                         {figure("NSPAM"), "7"},
                         {figure("NHAM"), "9"},
                         {figure("LASTEXPIRE"), "1000"},
                         {figure("LASTATIMEDELTA"), "200"},
                         {figure("LASTEXPIREREDUCE"), "30"},
                         {figure("LASTJOURNALSYNC"), "4000"},
                         {"abcde", "\xca\x05\x00\x00\x00"s},
                         {"later", "\xca\x05\x00\x00\x7f"s},
                         {"empty", "\xc0\x05\x00\x00\x00"s},
                         {"odd", "\xca\x05\x00\x00\x00"s},
                         {"cut..", "\xca"}};
    const List seen = {{"1@x", "s"}, {"2@x", "h"}, {"3@x", "f"}, {"", "s"}};
    CHECK(bayes::import_dbm(store, records(tokens), records(seen), 50000).empty());
    auto s = store.statistics();
    CHECK(s.nspam == 7);
    CHECK(s.nham == 9);
    CHECK(s.ntokens == 2);
    CHECK(s.last_expire == 1000);
    CHECK(s.last_atime_delta == 200);
    CHECK(s.last_expire_reduction == 30);
    CHECK(s.last_sync == 4000);
    auto counts = store.look_up({{'a', 'b', 'c', 'd', 'e'}, {'l', 'a', 't', 'e', 'r'}});
    CHECK(counts[0].spam == 1);
    CHECK(counts[0].ham == 2);
    CHECK(counts[0].atime == 5);
    CHECK(counts[1].atime == 50000);
    CHECK(store.seen("1@x") == Class::Spam);
    CHECK(store.seen("2@x") == Class::Ham);
    CHECK(!store.seen("3@x"));
    CHECK(!store.seen("gone"));
}

TEST_CASE("dbm: a database of another version changes nothing") {
    Room room;
    bayes::SqliteStore store(room.path + "/bayes.sqlite", {});
    store.change(Class::Ham, 1, {token_key("kept")}, 1);
    for (const List& tokens : {List{}, List{{figure("DBVERSION"), "2"}, {figure("NSPAM"), "7"}},
                               List{{figure("NSPAM"), "7"}, {"abcde", "\xca\x05\x00\x00\x00"s}}}) {
        std::string problem = bayes::import_dbm(store, records(tokens), records({}), 50000);
        CHECK(problem.find("must be version 3") != std::string::npos);
        CHECK(store.look_up({token_key("kept")})[0].known());
        CHECK(store.message_counts().spam == 0);
    }
}

TEST_CASE("dbm: a database that has fewer tokens than it says changes nothing") {
    Room room;
    bayes::SqliteStore store(room.path + "/bayes.sqlite", {});
    store.change(Class::Ham, 1, {token_key("kept")}, 1);
    const std::string token = "\xca\x05\x00\x00\x00"s;
    for (const List& tokens :
         {List{{figure("DBVERSION"), "3"}, {"abcde", token}},
          List{{figure("DBVERSION"), "3"}, {figure("NTOKENS"), "2"}, {"abcde", token}}}) {
        CHECK(bayes::import_dbm(store, records(tokens), records({}), 50000).find("damaged") !=
              std::string::npos);
        CHECK(store.look_up({token_key("kept")})[0].known());
    }
}

TEST_CASE("dbm: a failure in the middle changes nothing") {
    Room room;
    bayes::SqliteStore store(room.path + "/bayes.sqlite", {});
    store.change(Class::Ham, 1, {token_key("kept")}, 1);
    const List tokens = {
        {figure("DBVERSION"), "3"}, {figure("NTOKENS"), "1"}, {"abcde", "\xca\x05\x00\x00\x00"s}};
    bayes::Records broken = [](const auto&) { throw util::Error("disk"); };
    CHECK_THROWS_AS(bayes::import_dbm(store, records(tokens), broken, 50000), util::Error);
    CHECK(store.look_up({token_key("kept")})[0].known());
    CHECK(store.statistics().ntokens == 1);
}

TEST_CASE("dbm: the files are found by any of their names, with and without .db") {
    Room room;
    CHECK(bayes::find_dbm_files(room.path + "/bayes").tokens.empty());
    room.make("bayes_toks");
    room.make("bayes_seen.db");
    for (const char* name : {"/bayes", "/bayes_toks", "/bayes_seen.db"}) {
        bayes::DbmFiles files = bayes::find_dbm_files(room.path + name);
        CHECK(files.tokens == room.path + "/bayes_toks");
        CHECK(files.seen == room.path + "/bayes_seen.db");
        CHECK(files.journal.empty());
    }
}
