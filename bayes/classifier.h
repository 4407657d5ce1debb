// How likely a message is spam, judged by its tokens: Robinson's f(w) for each, Fisher's chi-square
// to combine the strongest, with the constants of SpamAssassin 4.0.1 (Plugin/Bayes.pm,
// Bayes/CombineChi.pm).

#ifndef BAYES_CLASSIFIER_H
#define BAYES_CLASSIFIER_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bayes/token_store.h"
#include "bayes/tokenizer.h"

namespace bayes {

struct ClassifierSettings {
    int64_t min_spam = 200, min_ham = 200;  // learned before anything is judged
    bool use_hapaxes = true;                // tokens seen once count
    size_t significant_tokens = 150;
};

// nullopt for a token that says nothing: unknown, too rare, or nothing was learned of one class.
std::optional<double> token_probability(const TokenCounts& counts,
                                        const TokenStore::MessageCounts& learned, bool use_hapaxes);
// `probabilities`: those that count, strongest first. nullopt when there are none.
std::optional<double> combine(const std::vector<double>& probabilities,
                              const TokenStore::MessageCounts& learned);
// How many further messages of the other class would take a token's say away, at least 1 for one
// that has a say.
int declassification_distance(const TokenCounts& counts, const TokenStore::MessageCounts& learned,
                              double probability, bool use_hapaxes);

struct SignificantToken {
    std::string text;
    double probability;
    TokenCounts counts;
};

struct Classification {
    std::optional<double> score;  // 0 ham .. 1 spam; nullopt: could not be judged
    TokenStore::MessageCounts learned;
    bool looked_up = false;  // the counts below are known
    size_t tokens = 0, tokens_learned = 0;
    std::vector<SignificantToken> spammy, hammy;  // strongest first
    std::vector<TokenKey> significant;            // to be touched
};

// Whether enough was learned of both classes.
bool is_usable(const TokenStore::MessageCounts& learned, const ClassifierSettings& settings);

Classification classify(const std::vector<Token>& tokens, TokenStore& store,
                        const ClassifierSettings& settings);

// "0.998-1--word, ..." for the tags HAMMYTOKENS and SPAMMYTOKENS; `arguments` is "limit,format".
std::string describe_tokens(const std::vector<SignificantToken>& tokens,
                            const TokenStore::MessageCounts& learned, bool use_hapaxes,
                            std::string_view arguments, int64_t now);

}  // namespace bayes

#endif  // BAYES_CLASSIFIER_H
