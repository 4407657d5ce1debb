// Teaches a token store, and takes lessons back.
//
// A message is known by its generated id (a digest of To, Date and body), so that one that lost its
// Message-Id is still recognised; the Message-Id is looked at too, as SpamAssassin does for
// databases of old. What was learned as the other class is forgotten first.

#ifndef BAYES_LEARNER_H
#define BAYES_LEARNER_H

#include <string>
#include <utility>
#include <vector>

#include "bayes/token_store.h"
#include "bayes/tokenizer.h"
#include "message/message.h"

namespace bayes {

class Learner {
public:
    Learner(TokenStore& store, const Tokenizer& tokenizer) : store_(store), tokenizer_(tokenizer) {}

    // False when it was learned as this class before, or as the other one and `relearn` is off.
    bool learn(const message::Message& message, Class as, bool relearn = true);
    // False when it was not learned.
    bool forget(const message::Message& message);

    // From here on ids are written by flush_seen() only, and until then not known: a message that
    // comes twice is learned twice, as it is with SpamAssassin while its journal is not synced
    // (sa-learn --no-sync).
    void defer_seen() { deferring_ = true; }
    void flush_seen();

    // The messages come from a check rather than from a folder (Tokenizer::texts).
    void set_checked(bool checked) { checked_ = checked; }

private:
    TokenStore& store_;
    const Tokenizer& tokenizer_;
    bool deferring_ = false, checked_ = false;
    std::vector<std::pair<std::string, Class>> deferred_;
};

}  // namespace bayes

#endif  // BAYES_LEARNER_H
