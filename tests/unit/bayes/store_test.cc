#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "bayes/backup.h"
#include "bayes/classifier.h"
#include "bayes/expiry.h"
#include "bayes/learner.h"
#include "bayes/sqlite_store.h"
#include "tests/support/temporary_directory.h"

using bayes::Class;
using bayes::token_key;

namespace {

struct StoreDir : TemporaryDirectory {
    std::string file() const { return path + "/bayes.sqlite"; }
};

std::string backup_of(bayes::TokenStore& store) {
    std::ostringstream out;
    bayes::write_backup(store, out);
    return out.str();
}

// A store in which something happens between the two reads of a verdict.
class Disturbed : public bayes::SqliteStore {
public:
    using SqliteStore::SqliteStore;
    std::function<void()> disturb;
    std::vector<bayes::TokenCounts> look_up(const std::vector<bayes::TokenKey>& keys) override {
        if (disturb)
            disturb();
        return SqliteStore::look_up(keys);
    }
};

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

namespace {

// 160 tokens, one a day of age.
void fill_by_days(bayes::TokenStore& store, int64_t now) {
    store.begin();
    for (int i = 0; i < 160; ++i)
        store.change(Class::Ham, 1, {token_key("t" + std::to_string(i))}, now - i * 86400);
    store.commit();
}

bayes::ExpirySettings small_expiry() {
    bayes::ExpirySettings settings;
    settings.max_db_size = 100;
    settings.at_least_kept = 50;
    settings.at_least_dropped = 10;
    settings.batch = 7;
    return settings;
}

}  // namespace

TEST_CASE("expiry: in slices of no time at all it comes to the same end, a batch a slice") {
    const int64_t now = 1000 * 86400;
    StoreDir dir, other;
    bayes::SqliteStore whole(dir.file(), {}), sliced(other.file(), {});
    fill_by_days(whole, now);
    fill_by_days(sliced, now);
    bayes::expire(whole, small_expiry(), now);
    bayes::Expiry run(sliced, small_expiry(), false);
    int slices = 1;
    int64_t before = sliced.vitals().ntokens;
    while (!run.step(now, std::chrono::milliseconds(0))) {
        ++slices;
        CHECK(before - sliced.vitals().ntokens <= 7);
        before = sliced.vitals().ntokens;
        REQUIRE(slices < 1000);
    }
    CHECK(slices >= 3 * 160 / 7);
    CHECK(run.result().ran);
    CHECK(backup_of(sliced) == backup_of(whole));
    CHECK(sliced.vitals().last_expire_reduction == whole.vitals().last_expire_reduction);
}

TEST_CASE("expiry: one that is under way keeps others from starting until it looks abandoned") {
    const int64_t now = 1000 * 86400;
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    fill_by_days(store, now);
    CHECK(bayes::may_be_due(store.vitals(), small_expiry(), now));
    bayes::Expiry run(store, small_expiry(), false);
    CHECK(!run.step(now, std::chrono::milliseconds(0)));
    CHECK(!bayes::may_be_due(store.vitals(), small_expiry(), now + 1));
    CHECK(bayes::may_be_due(store.vitals(), small_expiry(), now + 600));
}

TEST_CASE("expiry: what the last run found out is scaled to the new goal") {
    const int64_t now = 1000 * 86400;
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {});
    fill_by_days(store, now);
    // 85 are to go; 80 went the last time, at 75 days: now 75 * 80 / 85 days.
    store.set_last_expire(now - 86400, 75 * 86400, 80);
    bayes::ExpiryResult result = bayes::expire(store, small_expiry(), now);
    CHECK(store.vitals().last_atime_delta == 75 * 86400 * 80 / 85);
    CHECK(result.deleted == 159 - 70);
}

TEST_CASE("store: a file that is locked is busy, not empty") {
    StoreDir dir;
    bayes::SqliteStore writer(dir.file(), {});
    writer.change(Class::Ham, 1, {token_key("a")}, 1);
    bayes::SqliteStore::Options options;
    options.busy_timeout_ms = 10;
    bayes::SqliteStore other(dir.file(), options);
    writer.begin();
    writer.change(Class::Ham, 1, {token_key("b")}, 1);
    CHECK_THROWS_AS(other.change(Class::Spam, 1, {token_key("c")}, 1), bayes::StoreBusy);
    CHECK_THROWS_AS(other.begin(), bayes::StoreBusy);
    // Reading goes on, and sees what is committed.
    CHECK(other.message_counts().ham == 1);
    CHECK(!other.look_up({token_key("b")})[0].known());
    writer.commit();
    CHECK(other.look_up({token_key("b")})[0].known());
    other.change(Class::Spam, 1, {token_key("c")}, 1);
    CHECK(writer.message_counts().spam == 1);
}

TEST_CASE("store: a damaged file is an error with its name, however it is damaged") {
    StoreDir dir;
    {
        bayes::SqliteStore store(dir.file(), {});
        store.begin();
        for (int i = 0; i < 5000; ++i)
            store.change(Class::Ham, 1, {token_key(std::to_string(i))}, 1);
        store.commit();
    }
    auto size = std::filesystem::file_size(dir.file());
    auto use = [&] {
        bayes::SqliteStore store(dir.file(), {});
        std::vector<bayes::TokenKey> keys;
        for (int i = 0; i < 5000; ++i)
            keys.push_back(token_key(std::to_string(i)));
        store.look_up(keys);
    };
    use();
    SUBCASE("cut short") {
        std::filesystem::resize_file(dir.file(), size / 2);
    }
    SUBCASE("something else") {
        std::ofstream(dir.file(), std::ios::binary) << std::string(20000, 'x');
    }
    SUBCASE("overwritten in the middle") {
        std::fstream file(dir.file(), std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(8192);
        file << std::string(size - 8192, '\xff');
    }
    CHECK_THROWS_WITH_AS(use(), doctest::Contains("bayes.sqlite"), util::Error);
}

TEST_CASE("store: a later format is refused") {
    StoreDir dir;
    { bayes::SqliteStore store(dir.file(), {}); }
    {
        std::fstream file(dir.file(), std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(60);  // user_version
        file.write("\0\0\0\x09", 4);
    }
    CHECK_THROWS_WITH_AS(bayes::SqliteStore(dir.file(), {}), doctest::Contains("unknown format 9"),
                         util::Error);
}

TEST_CASE("store: without leave to write, reading works, also in a directory of somebody else") {
    StoreDir dir;
    {
        bayes::SqliteStore store(dir.file(), {});
        store.change(Class::Ham, 1, {token_key("a")}, 1);
    }
    std::filesystem::permissions(dir.file(), std::filesystem::perms(0444));
    std::filesystem::permissions(std::filesystem::path(dir.file()).parent_path(),
                                 std::filesystem::perms(0555));
    // Root may do everything, so the question is put by nobody.
    pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && ::setuid(65534) != 0)
            ::_exit(9);
        int code = 0;
        try {
            bayes::SqliteStore::Options options;
            options.create = false;
            bayes::SqliteStore store(dir.file(), options);
            code |= store.is_read_only() && !store.is_stale() ? 0 : 1;
            code |= store.look_up({token_key("a")})[0].ham == 1 ? 0 : 2;
            try {
                store.change(Class::Ham, 1, {token_key("b")}, 1);
                code |= 4;
            } catch (const util::Error&) {
            }
            try {
                bayes::SqliteStore for_learning(dir.file(), {});
                code |= 8;
            } catch (const std::exception&) {
            }
        } catch (const std::exception& e) {
            std::fprintf(stderr, "%s\n", e.what());
            code |= 16;
        }
        ::_exit(code);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    std::filesystem::permissions(std::filesystem::path(dir.file()).parent_path(),
                                 std::filesystem::perms(0755));
    CHECK(status == 0);
}

TEST_CASE("store: a log that cannot be opened yet is waited for, one that stays so is an error") {
    StoreDir dir;
    {
        bayes::SqliteStore store(dir.file(), {});
        store.change(Class::Ham, 1, {token_key("a")}, 1);
    }
    const std::string log = dir.file() + "-wal";
    std::filesystem::create_directory(log);  // nobody can open it, not even root
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        std::filesystem::remove(log);
    });
    CHECK(bayes::SqliteStore(dir.file(), {}).message_counts().ham == 1);
    other.join();

    std::filesystem::create_directory(log);
    bayes::SqliteStore::Options hurried;
    hurried.busy_timeout_ms = 10;
    CHECK_THROWS_WITH_AS(bayes::SqliteStore(dir.file(), hurried),
                         doctest::Contains(dir.file().c_str()), util::Error);
}

TEST_CASE("store: what is read at once is one state, whatever is written meanwhile") {
    StoreDir dir;
    bayes::SqliteStore store(dir.file(), {}), writer(dir.file(), {});
    store.read_at_once([&] {
        CHECK(store.message_counts().spam == 0);
        writer.change(Class::Spam, 1, {token_key("a")}, 1);
        CHECK(store.message_counts().spam == 0);
        CHECK(!store.look_up({token_key("a")})[0].known());
    });
    CHECK(store.message_counts().spam == 1);
    CHECK(store.look_up({token_key("a")})[0].known());
}

TEST_CASE("classifier: a verdict given while somebody learns is the one from before, as a whole") {
    StoreDir dir;
    bayes::SqliteStore writer(dir.file(), {});
    Disturbed store(dir.file(), {});
    std::vector<bayes::Token> tokens;
    std::vector<bayes::TokenKey> keys;
    for (const char* text : {"a", "b", "c"}) {
        keys.push_back(token_key(text));
        tokens.push_back({keys.back(), text});
    }
    writer.change(Class::Spam, 1, {keys[0], keys[1]}, 1);
    writer.change(Class::Ham, 1, {keys[1], keys[2]}, 1);
    bayes::ClassifierSettings settings;
    settings.min_spam = settings.min_ham = 1;
    // New counts of tokens beside old ones of messages would make "b" and "c" spam.
    store.disturb = [&] {
        writer.begin();
        for (int i = 0; i < 20; ++i)
            writer.change(Class::Spam, 1, keys, 1);
        writer.commit();
        store.disturb = nullptr;
    };
    auto before = bayes::classify(tokens, writer, settings);
    auto meanwhile = bayes::classify(tokens, store, settings);
    auto after = bayes::classify(tokens, store, settings);
    REQUIRE((before.score && meanwhile.score && after.score));
    CHECK(meanwhile.learned.spam == 1);
    CHECK(*meanwhile.score == *before.score);
    CHECK(after.learned.spam == 21);
    CHECK(*after.score != *before.score);
}
