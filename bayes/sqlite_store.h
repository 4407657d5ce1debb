// Tokens in one SQLite file. The fence around SQLite for tokens; preferences have theirs in
// daemon/sql_preferences.h.
//
//   meta(name TEXT PRIMARY KEY, value INTEGER)        format, nspam, nham, ntokens, last_sync,
//                                                     last_expire, last_atime_delta,
//                                                     last_expire_reduction, running_expire
//   token(key BLOB PRIMARY KEY, spam, ham, atime)     key: five bytes, see tokenizer.h
//   seen(id TEXT PRIMARY KEY, class TEXT)             's' or 'h'
//
// The file is in WAL mode: readers never wait, one writer at a time, synchronous=NORMAL (a crash
// of the machine may lose the last commits, never consistency). Open it after a fork, never across.
//
// When root opens the file first, SQLite makes its log beside it and then gives it to the owner of
// the file. Whoever opens in between may not read the log: that is waited for (kAppearing).
//
// A file that may be read but not written serves for reading. Where even SQLite's own files beside
// it cannot be made (a directory of somebody else), it is read as it stands: a change that happens
// under a read makes that read StoreBusy, and from then on the store is_stale().

#ifndef BAYES_SQLITE_STORE_H
#define BAYES_SQLITE_STORE_H

#include <memory>
#include <string>

#include "bayes/token_store.h"

namespace bayes {

class SqliteStore : public TokenStore {
public:
    struct Options {
        bool create = true;  // else a missing file throws; also demands that it can be written
        int busy_timeout_ms = 10000;
        unsigned file_mode = 0700;  // bayes_file_mode; execute bits are dropped
    };
    SqliteStore(const std::string& path, const Options& options);
    ~SqliteStore() override;

    bool is_read_only() const;
    // The file was changed by somebody else in a way that this object cannot follow.
    bool is_stale() const;
    // How long a lock is waited for before StoreBusy is thrown.
    void set_busy_timeout(int milliseconds);

    MessageCounts message_counts() override;
    StoreStatistics statistics() override;
    StoreStatistics vitals() override;
    std::vector<TokenCounts> look_up(const std::vector<TokenKey>& keys) override;
    std::optional<Class> seen(std::string_view id) override;
    void set_seen(std::string_view id, std::optional<Class> as) override;
    void change(Class as, int delta, const std::vector<TokenKey>& keys, int64_t atime) override;
    void touch(const std::vector<TokenKey>& keys, int64_t atime) override;
    void read_at_once(const std::function<void()>& fn) override;
    void begin() override;
    void commit() override;
    void rollback() override;
    void each_token(const std::function<void(const TokenKey&, const TokenCounts&)>& fn) override;
    void each_seen(const std::function<void(std::string_view id, Class as)>& fn) override;
    void clear() override;
    void put_token(const TokenKey& key, const TokenCounts& counts) override;
    void put_message_counts(const MessageCounts& counts) override;
    std::vector<AgedToken> walk(const std::optional<TokenKey>& after, size_t most) override;
    int64_t remove_older_than(int64_t atime, const std::vector<TokenKey>& keys) override;
    void set_running_expire(int64_t when) override;
    void set_last_expire(int64_t when, int64_t atime_delta, int64_t reduction) override;
    void set_last_sync(int64_t when) override;

private:
    struct Database;
    std::unique_ptr<Database> db_;
};

}  // namespace bayes

#endif  // BAYES_SQLITE_STORE_H
