// Tokens of whole mails, and of any line in each region. The last byte of the input chooses
// settings.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bayes/tokenizer.h"
#include "message/message.h"
#include "util/check.h"

namespace {

const bayes::Tokenizer& tokenizer(uint8_t choice) {
    static const auto all = [] {
        std::vector<std::unique_ptr<bayes::Tokenizer>> made;
        for (int i = 0; i < 4; ++i) {
            bayes::TokenizerSettings settings;
            settings.mimepart = (i & 1) != 0;
            settings.max_token_length = (i & 2) != 0 ? 15 : 3;
            settings.ignored_headers.insert("x-ignored");
            settings.stop_words.emplace_back("(?:the|and|with)");
            if ((i & 2) != 0)
                settings.limits = {20, 20, 20, 20};
            made.push_back(std::make_unique<bayes::Tokenizer>(settings));
        }
        return made;
    }();
    return *all[choice % all.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    uint8_t choice = size > 0 ? data[size - 1] : 0;
    std::string bytes(reinterpret_cast<const char*>(data), size);
    const bayes::Tokenizer& t = tokenizer(choice);
    static const message::MessageSettings settings;  // messages refer to theirs
    message::Message m(bytes, settings);
    for (bool checked : {false, true}) {
        bayes::TokenSet texts = t.texts(m, checked);
        std::vector<bayes::Token> tokens = t.tokenize(m, checked);
        UTIL_CHECK(tokens.size() == texts.keys().size());
        UTIL_CHECK(texts.size() <= texts.added());
        for (const bayes::Token& token : tokens) {
            UTIL_CHECK(!token.text.empty());
            UTIL_CHECK(token.key == bayes::token_key(token.text));
        }
    }
    for (auto region : {bayes::Tokenizer::Region::Header, bayes::Tokenizer::Region::Body,
                        bayes::Tokenizer::Region::Uri}) {
        bayes::TokenSet set;
        t.tokenize_line(bytes, "H*x:", region, set, (choice & 4) != 0);
        for (size_t i = 0; i < set.size(); ++i)
            UTIL_CHECK(!set.text(i).empty());
    }
    bayes::TokenSet addresses;
    bayes::tokenize_address(bytes, addresses);
    return 0;
}
