// Drops the tokens that were not met for longest once there are too many (SpamAssassin's
// BayesStore::expire_old_tokens: the same conditions, goal and choice of age).
//
// The work is cut in batches, each a transaction of its own, so that neither learning nor scoring
// waits for it, and whoever must not be long does it in slices. Two runs at once do no harm beyond
// the figures of the last run that are kept; one that is given up halfway leaves a sound store.

#ifndef BAYES_EXPIRY_H
#define BAYES_EXPIRY_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "bayes/token_store.h"

namespace bayes {

struct ExpirySettings {
    bool automatic = true;            // bayes_auto_expire
    int64_t max_db_size = 150000;     // tokens
    double keep = 0.75;               // of max_db_size
    int64_t period = 43200;           // seconds; least age difference, and time between runs
    int max_exponent = 9;             // oldest age tried is period * 2^this
    int64_t at_least_kept = 100000;   // tokens
    int64_t at_least_dropped = 1000;  // below that a run is not worth it
    size_t batch = 1000;              // tokens looked at in one transaction
    int64_t abandoned_after = 600;    // seconds without a sign of life: another may run
    // What a scanning process may spend after one message, in milliseconds. One batch is done in
    // any case.
    int slice_ms = 10;
};

bool is_expiry_due(TokenStore& store, const ExpirySettings& settings, int64_t now);
// As far as can be told in no time: the span of the atimes is left out, and Expiry looks at it.
bool may_be_due(const StoreStatistics& vitals, const ExpirySettings& settings, int64_t now);

struct ExpiryResult {
    bool ran = false;  // false: nothing was worth dropping
    int64_t kept = 0, deleted = 0;
};

// One run. The store must outlive it.
class Expiry {
public:
    // `forced`: whether due or not.
    Expiry(TokenStore& store, const ExpirySettings& settings, bool forced)
        : store_(store), settings_(settings), forced_(forced) {}

    // Works until done or out of time; true when done.
    bool step(int64_t now, std::chrono::milliseconds time);
    const ExpiryResult& result() const { return result_; }

private:
    enum class Phase { Start, Span, Count, Drop, Done };
    void batch(int64_t now);
    void start(int64_t now);
    void begin_count(int64_t now);
    void choose(int64_t now);
    void finish(int64_t now, int64_t age, int64_t reduction);
    // "older than this age counts".
    struct Counted {
        int64_t age;
        int64_t at_least = 0, older = 0;  // tokens of this age or more, of more
    };

    TokenStore& store_;
    ExpirySettings settings_;
    bool forced_;
    Phase phase_ = Phase::Start;
    std::optional<TokenKey> at_;
    StoreStatistics vitals_;
    int64_t goal_ = 0, oldest_ = INT64_MAX, newest_ = INT64_MIN, age_ = 0;
    std::vector<Counted> counted_;   // one an exponent
    std::optional<Counted> scaled_;  // what the last run found out, scaled to the new goal
    ExpiryResult result_;
};

// All of it, whether due or not.
ExpiryResult expire(TokenStore& store, const ExpirySettings& settings, int64_t now);

}  // namespace bayes

#endif  // BAYES_EXPIRY_H
