#include "bayes/expiry.h"

#include <algorithm>

namespace bayes {

bool may_be_due(const StoreStatistics& vitals, const ExpirySettings& settings, int64_t now) {
    return settings.automatic && now - vitals.last_expire >= settings.period &&
           vitals.ntokens > settings.at_least_kept && vitals.ntokens >= settings.max_db_size &&
           now - vitals.running_expire >= settings.abandoned_after;
}

bool is_expiry_due(TokenStore& store, const ExpirySettings& settings, int64_t now) {
    if (!may_be_due(store.vitals(), settings, now))
        return false;
    StoreStatistics s = store.statistics();
    return s.newest_atime - s.oldest_atime >= settings.period;
}

bool Expiry::step(int64_t now, std::chrono::milliseconds time) {
    auto until = std::chrono::steady_clock::now() + time;
    do {
        batch(now);
    } while (phase_ != Phase::Done && std::chrono::steady_clock::now() < until);
    return phase_ == Phase::Done;
}

void Expiry::batch(int64_t now) {
    if (phase_ == Phase::Done)
        return;
    if (phase_ == Phase::Start)
        return start(now);
    std::vector<AgedToken> tokens = store_.walk(at_, settings_.batch);
    if (tokens.empty()) {
        at_.reset();
        if (phase_ == Phase::Span)
            begin_count(now);
        else if (phase_ == Phase::Count)
            choose(now);
        else
            finish(now, age_, result_.deleted);
        return;
    }
    at_ = tokens.back().key;
    if (phase_ == Phase::Span) {
        for (const AgedToken& token : tokens) {
            oldest_ = std::min(oldest_, token.atime);
            newest_ = std::max(newest_, token.atime);
        }
    } else if (phase_ == Phase::Count) {
        auto count = [&](Counted& c, int64_t atime) {
            c.at_least += atime <= newest_ - c.age ? 1 : 0;
            c.older += atime < newest_ - c.age ? 1 : 0;
        };
        for (const AgedToken& token : tokens) {
            for (Counted& c : counted_)
                count(c, token.atime);
            if (scaled_)
                count(*scaled_, token.atime);
        }
    } else {
        std::vector<TokenKey> old;
        for (const AgedToken& token : tokens)
            if (token.atime < newest_ - age_)
                old.push_back(token.key);
        if (!old.empty())
            result_.deleted += store_.remove_older_than(newest_ - age_, old);
    }
}

void Expiry::start(int64_t now) {
    vitals_ = store_.vitals();
    if (!forced_ && !may_be_due(vitals_, settings_, now)) {
        phase_ = Phase::Done;  // somebody else was faster
        return;
    }
    store_.set_running_expire(now);
    int64_t keep =
        std::max(settings_.at_least_kept,
                 static_cast<int64_t>(static_cast<double>(settings_.max_db_size) * settings_.keep));
    goal_ = vitals_.ntokens - keep;
    if (goal_ < settings_.at_least_dropped)
        return finish(now, -1, -1);
    phase_ = Phase::Span;
}

void Expiry::begin_count(int64_t now) {
    if (oldest_ > newest_ || (!forced_ && newest_ - oldest_ < settings_.period)) {
        store_.set_running_expire(0);
        phase_ = Phase::Done;
        return;
    }
    newest_ = std::min(newest_, now);
    for (int e = 0; e <= settings_.max_exponent; ++e)
        counted_.push_back(Counted{settings_.period << e});
    // What the last run found out is scaled to the new goal, unless it is old or far off.
    const int64_t last = vitals_.last_expire_reduction;
    int64_t age = last > 0 ? vitals_.last_atime_delta * last / goal_ : 0;
    auto reduction = static_cast<double>(last), wanted = static_cast<double>(goal_);
    double ratio = reduction <= 0 || reduction > wanted ? reduction / wanted : wanted / reduction;
    if (now - vitals_.last_expire <= 86400 * 30 && vitals_.last_atime_delta >= settings_.period &&
        last >= settings_.at_least_dropped && age >= settings_.period && ratio <= 1.5)
        scaled_ = Counted{age};
    phase_ = Phase::Count;
}

// The scaled age, or else the shortest one whose older tokens are no more than the goal.
void Expiry::choose(int64_t now) {
    const Counted* chosen = scaled_ ? &*scaled_ : nullptr;
    if (chosen == nullptr) {
        auto it = std::find_if(counted_.rbegin(), counted_.rend(),
                               [&](const Counted& c) { return c.at_least > goal_; });
        if (it == counted_.rbegin() || it.base()->at_least < settings_.at_least_dropped)
            return finish(now, -1, -1);
        chosen = &*it.base();
    }
    if (vitals_.ntokens - chosen->older < settings_.at_least_kept) {
        result_.kept = vitals_.ntokens;
        return finish(now, 0, 0);
    }
    age_ = chosen->age;
    result_.ran = true;
    store_.set_running_expire(now);
    phase_ = Phase::Drop;
}

void Expiry::finish(int64_t now, int64_t age, int64_t reduction) {
    if (result_.ran)
        result_.kept = store_.vitals().ntokens;
    store_.set_last_expire(now, age, reduction);
    phase_ = Phase::Done;
}

ExpiryResult expire(TokenStore& store, const ExpirySettings& settings, int64_t now) {
    Expiry run(store, settings, true);
    while (!run.step(now, std::chrono::milliseconds(1000))) {
    }
    return run.result();
}

}  // namespace bayes
