#include "bayes/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "util/strings.h"

namespace bayes {

namespace {

constexpr int kFormat = 1;
// What cannot be opened may be on its way to its owner (see sqlite_store.h). In milliseconds.
constexpr int kAppearing = 250, kAppearingStep = 2;

struct CloseDatabase {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinishStatement {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinishStatement>;

}  // namespace

struct SqliteStore::Database {
    std::string path;
    DatabaseHandle handle;
    int depth = 0;  // of begin()
    // What the file looked like when it was opened to be read as it stands.
    struct Stamp {
        int64_t size = 0, seconds = 0, nanoseconds = 0;
        bool operator==(const Stamp& o) const {
            return size == o.size && seconds == o.seconds && nanoseconds == o.nanoseconds;
        }
    };
    std::optional<Stamp> frozen;

    Stamp stamp() const {
        struct stat st {};
        if (::stat(path.c_str(), &st) != 0)
            return {-1, 0, 0};
        return {st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
    }
    // Commits that have not reached the main file.
    bool has_log() const {
        struct stat st {};
        return ::stat((path + "-wal").c_str(), &st) == 0 && st.st_size > 0;
    }
    bool is_stale() const { return frozen && (has_log() || !(stamp() == *frozen)); }
    void check_frozen() const {
        if (is_stale())
            throw StoreBusy("read " + path + ": it is being changed");
    }
    void open();
    void open_frozen();
    void open_in_time(const Options& options);
    void set_up(const Options& options);

    [[noreturn]] void fail(const char* verb) {
        int code = sqlite3_extended_errcode(handle.get()) & 0xff;
        std::string text = std::string(verb) + " " + path + ": " + sqlite3_errmsg(handle.get());
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
            throw StoreBusy(text);
        throw util::Error(text);
    }
    void execute(const char* sql) {
        if (sqlite3_exec(handle.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
            fail("write");
    }
    StatementHandle prepare(const char* sql) {
        sqlite3_stmt* s = nullptr;
        if (sqlite3_prepare_v3(handle.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr) !=
            SQLITE_OK)
            fail("read");
        return StatementHandle(s);
    }

    // A statement, bound by position from 1 on, reset when done with.
    class Run {
    public:
        Run(Database& db, StatementHandle& s, const char* sql) : db_(db) {
            if (!s)
                s = db.prepare(sql);
            s_ = s.get();
        }
        ~Run() { sqlite3_reset(s_); }
        Run(const Run&) = delete;
        Run& operator=(const Run&) = delete;
        Run& bind(int i, int64_t value) {
            sqlite3_bind_int64(s_, i, value);
            return *this;
        }
        Run& bind(int i, const TokenKey& key) {
            sqlite3_bind_blob(s_, i, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
            return *this;
        }
        Run& bind(int i, std::string_view text) {
            sqlite3_bind_text(s_, i, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
            return *this;
        }
        bool step() {
            int rc = sqlite3_step(s_);
            if (rc == SQLITE_ROW)
                return true;
            if (rc != SQLITE_DONE)
                db_.fail("use");
            return false;
        }
        void again() { sqlite3_reset(s_); }
        int64_t number(int column) { return sqlite3_column_int64(s_, column); }
        std::string_view bytes(int column) {
            const void* p = sqlite3_column_blob(s_, column);
            return {static_cast<const char*>(p),
                    p == nullptr ? 0 : static_cast<size_t>(sqlite3_column_bytes(s_, column))};
        }

    private:
        Database& db_;
        sqlite3_stmt* s_;
    };

    bool is_read_only() const { return sqlite3_db_readonly(handle.get(), "main") == 1; }

    StatementHandle get_meta, set_meta, add_meta, find, find_seen, put_seen, drop_seen, learn_spam,
        learn_ham, insert, forget_spam, forget_ham, drop_empty, touch, put, first, next, drop_older,
        oldest;

    int64_t meta(std::string_view name) {
        Run run(*this, get_meta, "SELECT value FROM meta WHERE name = ?1");
        return run.bind(1, name).step() ? run.number(0) : 0;
    }
    void put_meta(std::string_view name, int64_t value) {
        Run run(*this, set_meta,
                "INSERT INTO meta(name, value) VALUES(?1, ?2) "
                "ON CONFLICT(name) DO UPDATE SET value = excluded.value");
        run.bind(1, name).bind(2, value).step();
    }
    void change_meta(std::string_view name, int64_t delta) {
        if (delta == 0)
            return;
        Run run(*this, add_meta,
                "INSERT INTO meta(name, value) VALUES(?1, max(0, ?2)) "
                "ON CONFLICT(name) DO UPDATE SET value = max(0, value + ?2)");
        run.bind(1, name).bind(2, delta).step();
    }
    int64_t changes() { return sqlite3_changes64(handle.get()); }

    // Several statements as one step, inside a caller's transaction or as one of our own.
    class Step {
    public:
        Step(Database& db, const char* begin) : db_(db) {
            own_ = sqlite3_get_autocommit(db.handle.get()) != 0;
            if (own_)
                db.execute(begin);
        }
        ~Step() {
            if (own_ && !done_)
                sqlite3_exec(db_.handle.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
        Step(const Step&) = delete;
        Step& operator=(const Step&) = delete;
        void commit() {
            if (own_)
                db_.execute("COMMIT");
            done_ = true;
        }

    private:
        Database& db_;
        bool own_ = false, done_ = false;
    };
};

void SqliteStore::Database::open() {
    sqlite3* raw = nullptr;
    int rc =
        sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    handle.reset(raw);
    if (rc != SQLITE_OK)
        fail("open");
    if (is_read_only() && sqlite3_exec(raw, "SELECT name FROM sqlite_schema LIMIT 1", nullptr,
                                       nullptr, nullptr) != SQLITE_OK) {
        int code = sqlite3_errcode(raw) & 0xff;
        if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
            fail("open");
        open_frozen();
    }
}

// With immutable=1 SQLite needs no file beside the database and takes no locks.
void SqliteStore::Database::open_frozen() {
    if (has_log())
        fail("open");
    frozen = stamp();
    std::string uri = "file:";
    for (char c : path) {
        if (c == '?' || c == '#' || c == '%')
            uri += '%' + util::to_hex({&c, 1});
        else
            uri += c;
    }
    uri += "?immutable=1";
    sqlite3* raw = nullptr;
    int rc = sqlite3_open_v2(uri.c_str(), &raw,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    handle.reset(raw);
    if (rc != SQLITE_OK)
        fail("open");
}

void SqliteStore::Database::open_in_time(const Options& options) {
    int left = std::min(kAppearing, options.busy_timeout_ms);
    while (true) {
        try {
            open();
            return set_up(options);
        } catch (const StoreBusy&) {
            throw;
        } catch (const util::Error&) {
            // It is not the main file's fault, and the log may be gone again by now.
            int code = sqlite3_errcode(handle.get()) & 0xff;
            if (code != SQLITE_CANTOPEN || ::access(path.c_str(), R_OK) != 0 || left <= 0)
                throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(kAppearingStep));
        left -= kAppearingStep;
    }
}

void SqliteStore::Database::set_up(const Options& options) {
    sqlite3_busy_timeout(handle.get(), options.busy_timeout_ms);
    if (!is_read_only())
        execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
    else if (options.create)
        throw util::Error("open " + path + ": it cannot be written");
    execute(
        "PRAGMA mmap_size=268435456; PRAGMA wal_autocheckpoint=20000; PRAGMA temp_store=MEMORY;");
    int64_t format = 0;
    {
        StatementHandle s;
        Run run(*this, s, "PRAGMA user_version");
        if (run.step())
            format = run.number(0);
    }
    if (format == 0) {
        if (is_read_only())
            throw util::Error("open " + path + ": there is nothing in it");
        Step step(*this, "BEGIN IMMEDIATE");
        execute(
            "CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) "
            "WITHOUT ROWID;"
            "CREATE TABLE IF NOT EXISTS token(key BLOB PRIMARY KEY, spam INTEGER NOT NULL, "
            "ham INTEGER NOT NULL, atime INTEGER NOT NULL) WITHOUT ROWID;"
            "CREATE TABLE IF NOT EXISTS seen(id TEXT PRIMARY KEY, class TEXT NOT NULL) "
            "WITHOUT ROWID;"
            "PRAGMA user_version=1;");
        step.commit();
    } else if (format != kFormat) {
        throw util::Error("open " + path + ": unknown format " + std::to_string(format));
    }
}

SqliteStore::SqliteStore(const std::string& path, const Options& options)
    : db_(std::make_unique<Database>()) {
    db_->path = path;
    if (options.create) {
        // SQLite gives its own files the mode of the main one.
        mode_t mode = options.file_mode & 0666;
        int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode);
        if (fd < 0)
            util::throw_errno("open " + path);
        ::close(fd);
    }
    db_->open_in_time(options);
}

SqliteStore::~SqliteStore() = default;

bool SqliteStore::is_read_only() const {
    return db_->is_read_only();
}
bool SqliteStore::is_stale() const {
    return db_->is_stale();
}
void SqliteStore::set_busy_timeout(int milliseconds) {
    sqlite3_busy_timeout(db_->handle.get(), milliseconds);
}

TokenStore::MessageCounts SqliteStore::message_counts() {
    MessageCounts counts{db_->meta("nspam"), db_->meta("nham")};
    db_->check_frozen();
    return counts;
}

StoreStatistics SqliteStore::vitals() {
    StoreStatistics s;
    s.nspam = db_->meta("nspam");
    s.nham = db_->meta("nham");
    s.ntokens = db_->meta("ntokens");
    s.last_sync = db_->meta("last_sync");
    s.last_expire = db_->meta("last_expire");
    s.last_atime_delta = db_->meta("last_atime_delta");
    s.last_expire_reduction = db_->meta("last_expire_reduction");
    s.running_expire = db_->meta("running_expire");
    return s;
}

StoreStatistics SqliteStore::statistics() {
    StoreStatistics s = vitals();
    Database::Run run(*db_, db_->oldest,
                      "SELECT coalesce(min(atime), 0), coalesce(max(atime), 0) FROM token");
    if (run.step()) {
        s.oldest_atime = run.number(0);
        s.newest_atime = run.number(1);
    }
    return s;
}

std::vector<TokenCounts> SqliteStore::look_up(const std::vector<TokenKey>& keys) {
    std::vector<TokenCounts> counts(keys.size());
    Database::Step step(*db_, "BEGIN");
    {
        Database::Run run(*db_, db_->find, "SELECT spam, ham, atime FROM token WHERE key = ?1");
        for (size_t i = 0; i < keys.size(); ++i) {
            run.bind(1, keys[i]);
            if (run.step()) {
                counts[i].spam = static_cast<uint32_t>(run.number(0));
                counts[i].ham = static_cast<uint32_t>(run.number(1));
                counts[i].atime = run.number(2);
            }
            run.again();
        }
    }
    step.commit();
    db_->check_frozen();
    return counts;
}

std::optional<Class> SqliteStore::seen(std::string_view id) {
    Database::Run run(*db_, db_->find_seen, "SELECT class FROM seen WHERE id = ?1");
    if (!run.bind(1, id).step())
        return std::nullopt;
    return run.bytes(0) == "s" ? Class::Spam : Class::Ham;
}

void SqliteStore::set_seen(std::string_view id, std::optional<Class> as) {
    if (!as.has_value()) {
        Database::Run run(*db_, db_->drop_seen, "DELETE FROM seen WHERE id = ?1");
        run.bind(1, id).step();
        return;
    }
    Database::Run run(*db_, db_->put_seen,
                      "INSERT INTO seen(id, class) VALUES(?1, ?2) "
                      "ON CONFLICT(id) DO UPDATE SET class = excluded.class");
    run.bind(1, id).bind(2, std::string_view(*as == Class::Spam ? "s" : "h")).step();
}

void SqliteStore::change(Class as, int delta, const std::vector<TokenKey>& keys, int64_t atime) {
    Database::Step step(*db_, "BEGIN IMMEDIATE");
    const bool spam = as == Class::Spam;
    db_->change_meta(spam ? "nspam" : "nham", delta);
    if (delta > 0) {
        int64_t added = 0;
        Database::Run update(
            *db_, spam ? db_->learn_spam : db_->learn_ham,
            spam ? "UPDATE token SET spam = spam + ?2, atime = max(atime, ?3) WHERE key = ?1"
                 : "UPDATE token SET ham = ham + ?2, atime = max(atime, ?3) WHERE key = ?1");
        Database::Run insert(*db_, db_->insert,
                             "INSERT INTO token(key, spam, ham, atime) VALUES(?1, ?2, ?3, ?4)");
        for (const TokenKey& key : keys) {
            update.bind(1, key).bind(2, int64_t{delta}).bind(3, atime).step();
            update.again();
            if (db_->changes() > 0)
                continue;
            insert.bind(1, key).bind(2, int64_t{spam ? delta : 0});
            insert.bind(3, int64_t{spam ? 0 : delta}).bind(4, atime).step();
            insert.again();
            ++added;
        }
        db_->change_meta("ntokens", added);
    } else {
        int64_t dropped = 0;
        Database::Run update(*db_, spam ? db_->forget_spam : db_->forget_ham,
                             spam ? "UPDATE token SET spam = max(0, spam + ?2) WHERE key = ?1"
                                  : "UPDATE token SET ham = max(0, ham + ?2) WHERE key = ?1");
        Database::Run drop(*db_, db_->drop_empty,
                           "DELETE FROM token WHERE key = ?1 AND spam = 0 AND ham = 0");
        for (const TokenKey& key : keys) {
            update.bind(1, key).bind(2, int64_t{delta}).step();
            update.again();
            drop.bind(1, key).step();
            drop.again();
            dropped += db_->changes();
        }
        db_->change_meta("ntokens", -dropped);
    }
    step.commit();
}

void SqliteStore::touch(const std::vector<TokenKey>& keys, int64_t atime) {
    Database::Step step(*db_, "BEGIN IMMEDIATE");
    {
        Database::Run run(*db_, db_->touch,
                          "UPDATE token SET atime = ?2 WHERE key = ?1 AND atime < ?2");
        for (const TokenKey& key : keys) {
            run.bind(1, key).bind(2, atime).step();
            run.again();
        }
    }
    step.commit();
}

void SqliteStore::read_at_once(const std::function<void()>& fn) {
    Database::Step step(*db_, "BEGIN");
    fn();
    step.commit();
}

void SqliteStore::begin() {
    if (db_->depth == 0)
        db_->execute("BEGIN IMMEDIATE");
    ++db_->depth;
}
void SqliteStore::commit() {
    if (db_->depth == 1)
        db_->execute("COMMIT");
    --db_->depth;
}
void SqliteStore::rollback() {
    db_->depth = 0;
    // Some errors end the transaction by themselves.
    if (sqlite3_get_autocommit(db_->handle.get()) == 0)
        db_->execute("ROLLBACK");
}

void SqliteStore::each_token(const std::function<void(const TokenKey&, const TokenCounts&)>& fn) {
    StatementHandle s;
    Database::Run run(*db_, s, "SELECT key, spam, ham, atime FROM token WHERE spam > 0 OR ham > 0");
    while (run.step()) {
        std::string_view bytes = run.bytes(0);
        TokenKey key{};
        std::memcpy(key.data(), bytes.data(), std::min(bytes.size(), key.size()));
        fn(key, {static_cast<uint32_t>(run.number(1)), static_cast<uint32_t>(run.number(2)),
                 run.number(3)});
    }
}

void SqliteStore::each_seen(const std::function<void(std::string_view, Class)>& fn) {
    StatementHandle s;
    Database::Run run(*db_, s, "SELECT id, class FROM seen");
    while (run.step()) {
        std::string id(run.bytes(0));
        fn(id, run.bytes(1) == "s" ? Class::Spam : Class::Ham);
    }
}

void SqliteStore::clear() {
    Database::Step step(*db_, "BEGIN IMMEDIATE");
    db_->execute("DELETE FROM token; DELETE FROM seen; DELETE FROM meta;");
    step.commit();
}

void SqliteStore::put_token(const TokenKey& key, const TokenCounts& counts) {
    bool known = look_up({key}).front().known();
    Database::Run run(*db_, db_->put,
                      "INSERT INTO token(key, spam, ham, atime) VALUES(?1, ?2, ?3, ?4) "
                      "ON CONFLICT(key) DO UPDATE SET spam = excluded.spam, ham = excluded.ham, "
                      "atime = excluded.atime");
    run.bind(1, key).bind(2, int64_t{counts.spam}).bind(3, int64_t{counts.ham});
    run.bind(4, counts.atime).step();
    if (!known)
        db_->change_meta("ntokens", 1);
}

void SqliteStore::put_message_counts(const MessageCounts& counts) {
    db_->put_meta("nspam", counts.spam);
    db_->put_meta("nham", counts.ham);
}

std::vector<AgedToken> SqliteStore::walk(const std::optional<TokenKey>& after, size_t most) {
    std::vector<AgedToken> tokens;
    tokens.reserve(most);
    auto take = [&](Database::Run& run) {
        while (run.step()) {
            std::string_view bytes = run.bytes(0);
            AgedToken token{{}, run.number(1)};
            std::memcpy(token.key.data(), bytes.data(), std::min(bytes.size(), token.key.size()));
            tokens.push_back(token);
        }
    };
    if (after) {
        Database::Run run(*db_, db_->next,
                          "SELECT key, atime FROM token WHERE key > ?1 ORDER BY key LIMIT ?2");
        take(run.bind(1, *after).bind(2, static_cast<int64_t>(most)));
    } else {
        Database::Run run(*db_, db_->first, "SELECT key, atime FROM token ORDER BY key LIMIT ?1");
        take(run.bind(1, static_cast<int64_t>(most)));
    }
    return tokens;
}

int64_t SqliteStore::remove_older_than(int64_t atime, const std::vector<TokenKey>& keys) {
    int64_t removed = 0;
    Database::Step step(*db_, "BEGIN IMMEDIATE");
    {
        Database::Run run(*db_, db_->drop_older, "DELETE FROM token WHERE key = ?1 AND atime < ?2");
        for (const TokenKey& key : keys) {
            run.bind(1, key).bind(2, atime).step();
            removed += db_->changes();
            run.again();
        }
    }
    db_->change_meta("ntokens", -removed);
    step.commit();
    return removed;
}

void SqliteStore::set_running_expire(int64_t when) {
    db_->put_meta("running_expire", when);
}

void SqliteStore::set_last_expire(int64_t when, int64_t atime_delta, int64_t reduction) {
    Database::Step step(*db_, "BEGIN IMMEDIATE");
    db_->put_meta("last_expire", when);
    db_->put_meta("running_expire", 0);
    if (atime_delta >= 0)
        db_->put_meta("last_atime_delta", atime_delta);
    if (reduction >= 0)
        db_->put_meta("last_expire_reduction", reduction);
    step.commit();
}

void SqliteStore::set_last_sync(int64_t when) {
    db_->put_meta("last_sync", when);
}

}  // namespace bayes
