#include "bayes/learner.h"

#include <ctime>

#include "util/log.h"

namespace bayes {

namespace {

// One step of the store: rolled back unless it is completed.
class Step {
public:
    explicit Step(TokenStore& store) : store_(store) { store_.begin(); }
    ~Step() {
        if (done_)
            return;
        try {
            store_.rollback();
        } catch (const util::Error&) {
            // The error that brought us here is the one to be told.
        }
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    void commit() {
        store_.commit();
        done_ = true;
    }

private:
    TokenStore& store_;
    bool done_ = false;
};

std::vector<TokenKey> keys_of(const TokenSet& texts) {
    std::vector<TokenKey> keys;
    for (const auto& entry : texts.keys())
        keys.push_back(entry.first);
    return keys;
}

struct Known {
    std::string id;
    Class as;
};

void explain(const std::string& text) {
    util::log_debug("bayes", "bayes: " + text);
}

// What keeps a message from being learned.
void explain(const Known& known, Class as) {
    explain(known.id + (known.as == as ? " already learnt correctly, not learning twice"
                                       : " already learnt as opposite, not re-learning"));
}

std::optional<Known> find_seen(TokenStore& store, const message::Message& message,
                               const std::string& generated_id) {
    if (auto as = store.seen(generated_id))
        return Known{generated_id, *as};
    std::string id = message.message_id();
    if (!id.empty())
        if (auto as = store.seen(id))
            return Known{id, *as};
    return std::nullopt;
}

}  // namespace

bool Learner::learn(const message::Message& message, Class as, bool relearn) {
    std::string id = message.generated_message_id();
    util::log_debug("learn", as == Class::Spam ? "learn: learning spam" : "learn: learning ham");
    // Asked before the work of making tokens, and again inside the step that counts.
    auto known = find_seen(store_, message, id);
    if (known && (known->as == as || !relearn)) {
        explain(*known, as);
        return false;
    }
    std::vector<TokenKey> keys = keys_of(tokenizer_.texts(message, checked_));
    std::time_t now = std::time(nullptr), atime = message.receive_date();
    if (atime - now > 86400)
        atime = now;
    Step step(store_);
    known = find_seen(store_, message, id);
    if (known && (known->as == as || !relearn)) {
        step.commit();
        explain(*known, as);
        return false;
    }
    if (known) {
        explain(known->id + " already learnt as opposite, forgetting first");
        store_.change(known->as, -1, keys, 0);
        store_.set_seen(known->id, std::nullopt);
    }
    store_.change(as, 1, keys, atime);
    if (deferring_)
        deferred_.emplace_back(id, as);
    else
        store_.set_seen(id, as);
    step.commit();
    explain("learned '" + id + "', atime: " + std::to_string(atime));
    return true;
}

void Learner::flush_seen() {
    Step step(store_);
    for (const auto& [id, as] : deferred_)
        store_.set_seen(id, as);
    step.commit();
    deferred_.clear();
}

bool Learner::forget(const message::Message& message) {
    util::log_debug("learn", "learn: forgetting message");
    std::string id = message.generated_message_id();
    if (!find_seen(store_, message, id)) {
        explain("forget: " + id + " not learnt, ignored");
        return false;
    }
    std::vector<TokenKey> keys = keys_of(tokenizer_.texts(message, checked_));
    Step step(store_);
    auto known = find_seen(store_, message, id);
    if (known) {
        store_.change(known->as, -1, keys, 0);
        store_.set_seen(known->id, std::nullopt);
    }
    step.commit();
    return known.has_value();
}

}  // namespace bayes
