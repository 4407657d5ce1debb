#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "bayes/backup.h"
#include "bayes/expiry.h"
#include "bayes/learner.h"
#include "bayes/sqlite_store.h"

using bayes::Class;
using bayes::token_key;

namespace {

class StoreDir {
public:
    StoreDir() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bayesXXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~StoreDir() { std::filesystem::remove_all(path_); }
    std::string file() const { return path_ + "/bayes.sqlite"; }

private:
    std::string path_;
};

std::string backup_of(bayes::TokenStore& store) {
    std::ostringstream out;
    bayes::write_backup(store, out);
    return out.str();
}

const char* const kMail =
    "From: jane@example.com\nTo: joe@example.org\nDate: Tue, 2 Jan 2024 03:04:05 +0000\n"
    "Message-Id: <1@example.com>\nSubject: offers\n\ncheap meds today\n";

}  // namespace

TEST_CASE("store: counts add up, never fall below zero, and empty tokens go") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    store.change(Class::Spam, 1, {token_key("a"), token_key("b")}, 100);
    store.change(Class::Ham, 1, {token_key("b")}, 50);
    auto counts = store.look_up({token_key("a"), token_key("b"), token_key("c")});
    CHECK(counts[0].spam == 1);
    CHECK(counts[1].ham == 1);
    CHECK(counts[1].atime == 100);
    CHECK(!counts[2].known());
    CHECK(store.statistics().ntokens == 2);

    store.change(Class::Spam, -1, {token_key("a"), token_key("b"), token_key("c")}, 0);
    store.change(Class::Spam, -1, {token_key("b")}, 0);
    CHECK(store.statistics().ntokens == 1);
    CHECK(store.message_counts().spam == 0);
    CHECK(store.look_up({token_key("b")})[0].ham == 1);
}

TEST_CASE("store: a rolled back step leaves nothing behind") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    store.begin();
    store.change(Class::Ham, 1, {token_key("a")}, 1);
    store.begin();
    store.set_seen("x", Class::Ham);
    store.commit();
    store.rollback();
    CHECK(store.statistics().ntokens == 0);
    CHECK(!store.seen("x").has_value());
    store.set_seen("x", Class::Ham);
    CHECK(store.seen("x") == Class::Ham);
}

TEST_CASE("store: touching raises times of known tokens only") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    store.change(Class::Ham, 1, {token_key("a")}, 10);
    store.touch({token_key("a"), token_key("b")}, 20);
    store.touch({token_key("a")}, 15);
    CHECK(store.look_up({token_key("a")})[0].atime == 20);
    CHECK(store.statistics().ntokens == 1);
}

TEST_CASE("store: a file that is missing or no database is named in the error") {
    StoreDir dir;
    bayes::SqliteStore::Options options;
    options.create = false;
    CHECK_THROWS_WITH_AS(bayes::SqliteStore(dir.file(), options), doctest::Contains("bayes.sqlite"),
                         util::Error);
}

TEST_CASE("backup: what is written is restored, also into a store that holds something else") {
    StoreDir dir, other;
    bayes::SqliteStore store(dir.file(), {}), copy(other.file(), {});
    store.change(Class::Spam, 1, {token_key("a"), token_key("b")}, 100);
    store.set_seen("id@x", Class::Spam);
    copy.change(Class::Ham, 1, {token_key("z")}, 1);
    std::istringstream in(backup_of(store));
    CHECK(bayes::restore_backup(copy, in, 1000).empty());
    CHECK(backup_of(copy) == backup_of(store));
    CHECK(copy.statistics().ntokens == 2);
}

TEST_CASE("backup: a file without version or counts changes nothing") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    store.change(Class::Ham, 1, {token_key("z")}, 1);
    std::string before = backup_of(store);
    for (const char* text : {"", "t\t1\t0\t5\t0102030405\n", "v\t9\tdb_version\n",
                             "v\t3\tdb_version\nt\t1\t0\t5\t0102030405\n"}) {
        std::istringstream in(text);
        CHECK(!bayes::restore_backup(store, in, 1000).empty());
        CHECK(backup_of(store) == before);
    }
}

TEST_CASE("backup: negative counts and times to come are put right") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    std::istringstream in(
        "v\t3\tdb_version\nv\t1\tnum_spam\nv\t1\tnum_nonspam\n"
        "t\t-3\t2\t5000\t0102030405\nt\t0\t0\t5\t0102030406\nt\t1\t1\t5\tzz\n");
    CHECK(bayes::restore_backup(store, in, 1000).empty());
    CHECK(backup_of(store).find("t\t0\t2\t1000\t0102030405") != std::string::npos);
    CHECK(store.statistics().ntokens == 1);
}

TEST_CASE("learner: a message is learned once, turned over by the other class, and forgotten") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    bayes::Tokenizer tokenizer({});
    bayes::Learner learner(store, tokenizer);
    message::MessageSettings settings;
    message::Message mail(kMail, settings);
    CHECK(learner.learn(mail, Class::Spam));
    CHECK(!learner.learn(mail, Class::Spam));
    CHECK(store.message_counts().spam == 1);
    CHECK(store.look_up({token_key("cheap")})[0].spam == 1);
    CHECK(store.look_up({token_key("cheap")})[0].atime == 1704164645);

    CHECK(!learner.learn(mail, Class::Ham, false));
    CHECK(learner.learn(mail, Class::Ham));
    CHECK(store.message_counts().spam == 0);
    CHECK(store.message_counts().ham == 1);
    CHECK(store.look_up({token_key("cheap")})[0].spam == 0);

    CHECK(learner.forget(mail));
    CHECK(!learner.forget(mail));
    CHECK(store.statistics().ntokens == 0);
    CHECK(store.message_counts().ham == 0);
}

TEST_CASE("learner: with deferred ids a message that comes twice counts twice") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    bayes::Tokenizer tokenizer({});
    bayes::Learner learner(store, tokenizer);
    learner.defer_seen();
    message::MessageSettings settings;
    message::Message mail(kMail, settings);
    CHECK(learner.learn(mail, Class::Spam));
    CHECK(learner.learn(mail, Class::Spam));
    learner.flush_seen();
    CHECK(store.message_counts().spam == 2);
    CHECK(!learner.learn(mail, Class::Spam));
}

TEST_CASE("learner: a database that knows the Message-Id only is respected") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    bayes::Tokenizer tokenizer({});
    bayes::Learner learner(store, tokenizer);
    message::MessageSettings settings;
    message::Message mail(kMail, settings);
    store.set_seen("1@example.com", Class::Spam);
    CHECK(!learner.learn(mail, Class::Spam));
    CHECK(learner.forget(mail));
    CHECK(!store.seen("1@example.com").has_value());
}

TEST_CASE("expiry: the oldest tokens go when there are too many, never more than the goal") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    bayes::ExpirySettings settings;
    settings.max_db_size = 100;
    settings.at_least_kept = 50;
    settings.at_least_dropped = 10;
    const int64_t day = 86400, now = 1000 * day;
    store.begin();
    for (int i = 0; i < 160; ++i)
        store.change(Class::Ham, 1, {token_key("t" + std::to_string(i))}, now - i * day);
    store.commit();
    CHECK(bayes::is_expiry_due(store, settings, now));
    bayes::ExpiryResult result = bayes::expire(store, settings, now);
    CHECK(result.ran);
    CHECK(result.deleted > 10);
    CHECK(result.deleted <= 85);
    CHECK(result.kept == store.statistics().ntokens);
    CHECK(store.look_up({token_key("t0")})[0].known());
    CHECK(!store.look_up({token_key("t159")})[0].known());
    CHECK(!bayes::is_expiry_due(store, settings, now + 60));
}
