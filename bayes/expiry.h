// Drops the tokens that were not met for longest once there are too many (SpamAssassin's
// BayesStore::expire_old_tokens: the same conditions, goal and choice of age).

#ifndef BAYES_EXPIRY_H
#define BAYES_EXPIRY_H

#include <cstdint>

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
};

bool is_expiry_due(TokenStore& store, const ExpirySettings& settings, int64_t now);

struct ExpiryResult {
    bool ran = false;  // false: nothing was worth dropping
    int64_t kept = 0, deleted = 0;
};
// Runs whether due or not.
ExpiryResult expire(TokenStore& store, const ExpirySettings& settings, int64_t now);

}  // namespace bayes

#endif  // BAYES_EXPIRY_H
