// Where learned tokens are kept: an interface, so that the classifier and the learner know no
// database. The embedded default is SQLite (sqlite_store.h).
//
// Times are Unix seconds. Trouble with the database throws util::Error with its name in the text;
// a lock that does not come free in time throws StoreBusy.

#ifndef BAYES_TOKEN_STORE_H
#define BAYES_TOKEN_STORE_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bayes/tokenizer.h"
#include "util/error.h"

namespace bayes {

class StoreBusy : public util::Error {
public:
    using util::Error::Error;
};

struct TokenCounts {
    uint32_t spam = 0, ham = 0;
    int64_t atime = 0;
    bool known() const { return spam != 0 || ham != 0; }
};

struct AgedToken {
    TokenKey key;
    int64_t atime;
};

// What the store knows of itself; the names are those of sa-learn --dump magic.
struct StoreStatistics {
    int64_t nspam = 0, nham = 0, ntokens = 0;
    int64_t oldest_atime = 0, newest_atime = 0;
    int64_t last_sync = 0, last_expire = 0;
    int64_t last_atime_delta = 0, last_expire_reduction = 0;
    int64_t running_expire = 0;  // when an expiry was last at work; 0 = none is
};

enum class Class { Ham, Spam };

class TokenStore {
public:
    virtual ~TokenStore() = default;

    struct MessageCounts {
        int64_t spam = 0, ham = 0;
    };
    virtual MessageCounts message_counts() = 0;
    virtual StoreStatistics statistics() = 0;
    // The same without the atimes, which take a walk over all tokens.
    virtual StoreStatistics vitals() = 0;
    // Counts of the keys, in their order; unknown ones are zero.
    virtual std::vector<TokenCounts> look_up(const std::vector<TokenKey>& keys) = 0;

    virtual std::optional<Class> seen(std::string_view id) = 0;
    // nullopt forgets the id.
    virtual void set_seen(std::string_view id, std::optional<Class> as) = 0;
    // Adds to the counts of messages and of every key. Nothing falls below zero, a token with both
    // counts zero is dropped, an atime only grows.
    virtual void change(Class as, int delta, const std::vector<TokenKey>& keys, int64_t atime) = 0;
    // Raises the atime of tokens that are there.
    virtual void touch(const std::vector<TokenKey>& keys, int64_t atime) = 0;

    // All that `fn` reads is one state of the store, whatever others write meanwhile.
    virtual void read_at_once(const std::function<void()>& fn) = 0;

    // Writes between begin() and commit() are one step; without them every call is its own. Steps
    // nest: the outermost commit() counts, and rollback() ends them all.
    virtual void begin() = 0;
    virtual void commit() = 0;
    virtual void rollback() = 0;

    virtual void each_token(const std::function<void(const TokenKey&, const TokenCounts&)>& fn) = 0;
    virtual void each_seen(const std::function<void(std::string_view id, Class as)>& fn) = 0;
    virtual void clear() = 0;
    // For restoring a backup: sets, does not add.
    virtual void put_token(const TokenKey& key, const TokenCounts& counts) = 0;
    virtual void put_message_counts(const MessageCounts& counts) = 0;

    // For expiry, which walks the tokens in pieces: the first `most` behind `after` in the order of
    // keys (nullopt: from the start); none when the walk is over.
    virtual std::vector<AgedToken> walk(const std::optional<TokenKey>& after, size_t most) = 0;
    // Drops those of the keys whose atime is older; the answer is how many.
    virtual int64_t remove_older_than(int64_t atime, const std::vector<TokenKey>& keys) = 0;
    virtual void set_running_expire(int64_t when) = 0;
    // An expiry has ended. Negative values leave what stands.
    virtual void set_last_expire(int64_t when, int64_t atime_delta, int64_t reduction) = 0;
    virtual void set_last_sync(int64_t when) = 0;
};

}  // namespace bayes

#endif  // BAYES_TOKEN_STORE_H
