#include "bayes/expiry.h"

#include <algorithm>
#include <vector>

namespace bayes {

bool is_expiry_due(TokenStore& store, const ExpirySettings& settings, int64_t now) {
    if (!settings.automatic)
        return false;
    StoreStatistics s = store.statistics();
    return now - s.last_expire >= settings.period && s.ntokens > settings.at_least_kept &&
           s.ntokens >= settings.max_db_size && s.newest_atime - s.oldest_atime >= settings.period;
}

namespace {

// The shortest age, doubling from the period on, whose older tokens are no more than the goal; 0 if
// none drops enough to be worth it.
int64_t find_age(TokenStore& store, const ExpirySettings& settings, int64_t newest, int64_t goal) {
    std::vector<int64_t> dropped;
    for (int e = 0; e <= settings.max_exponent; ++e)
        dropped.push_back(store.count_older_than(newest - (settings.period << e) + 1));
    int choice = 0;
    for (int e = settings.max_exponent; e >= 0; --e) {
        if (dropped[static_cast<size_t>(e)] > goal) {
            choice = e + 1;
            break;
        }
    }
    if (choice > settings.max_exponent ||
        dropped[static_cast<size_t>(choice)] < settings.at_least_dropped)
        return 0;
    return settings.period << choice;
}

}  // namespace

ExpiryResult expire(TokenStore& store, const ExpirySettings& settings, int64_t now) {
    StoreStatistics s = store.statistics();
    int64_t newest = std::min(s.newest_atime, now);
    int64_t keep =
        std::max(settings.at_least_kept,
                 static_cast<int64_t>(static_cast<double>(settings.max_db_size) * settings.keep));
    int64_t goal = s.ntokens - keep;
    if (goal < settings.at_least_dropped) {
        store.set_last_expire(now, -1, -1);
        return {};
    }
    // What the last run found out is scaled to the new goal, unless it is old or far off.
    int64_t age =
        s.last_expire_reduction > 0 ? s.last_atime_delta * s.last_expire_reduction / goal : 0;
    auto reduction = static_cast<double>(s.last_expire_reduction),
         wanted = static_cast<double>(goal);
    double ratio = reduction <= 0 || reduction > wanted ? reduction / wanted : wanted / reduction;
    if (now - s.last_expire > 86400 * 30 || s.last_atime_delta < settings.period ||
        s.last_expire_reduction < settings.at_least_dropped || age < settings.period || ratio > 1.5)
        age = find_age(store, settings, newest, goal);
    if (age == 0) {
        store.set_last_expire(now, -1, -1);
        return {};
    }
    int64_t older = store.count_older_than(newest - age);
    if (s.ntokens - older < settings.at_least_kept) {
        store.set_last_expire(now, 0, 0);
        return {false, s.ntokens, 0};
    }
    int64_t deleted = store.remove_older_than(newest - age);
    store.set_last_expire(now, age, deleted);
    return {true, s.ntokens - deleted, deleted};
}

}  // namespace bayes
