// Teaches a token store, and takes lessons back.
//
// A message is known by its generated id (a digest of To, Date and body), so that one that lost its
// Message-Id is still recognised; the Message-Id is looked at too, as SpamAssassin does for
// databases of old. What was learned as the other class is forgotten first.

#ifndef BAYES_LEARNER_H
#define BAYES_LEARNER_H

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

private:
    struct Lesson;
    TokenStore& store_;
    const Tokenizer& tokenizer_;
};

}  // namespace bayes

#endif  // BAYES_LEARNER_H
