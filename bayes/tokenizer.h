// The tokens of a message, as SpamAssassin 4.0.1 makes them (Plugin/Bayes.pm): equal byte for byte,
// because the key of a token in every existing database is the last five bytes of its SHA-1.
//
// Tokens come from the visible and the invisible rendered text, the URIs, the header and, when
// asked for, the digests of the MIME parts. Total and linear in the bytes of the message; the
// counts of TokenLimits stop it early, after the line that reaches them.

#ifndef BAYES_TOKENIZER_H
#define BAYES_TOKENIZER_H

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "message/message.h"

namespace bayes {

// Last five bytes of the SHA-1 of the token text.
using TokenKey = std::array<char, 5>;
TokenKey token_key(std::string_view text);

struct TokenLimits {
    size_t body = 50000;
    size_t invisible = 50000;
    size_t uri = 10000;
    size_t header = 10000;
};

struct TokenizerSettings {
    // bayes_token_sources
    bool header = true, visible = true, invisible = true, uri = true, mimepart = false;
    size_t max_token_length = 15;  // bytes; longer words are shortened
    // Lower-case names of bayes_ignore_header.
    std::set<std::string, std::less<>> ignored_headers;
    // Patterns for whole words that are dropped, one a language (bayes_stopword_*), matched without
    // regard to case. Those that do not compile are left out.
    std::vector<std::string> stop_words;
    TokenLimits limits;
};

// The distinct tokens of one message. Texts live in one buffer; views stay valid while this does.
class TokenSet {
public:
    TokenSet();
    // Adds prefix + text unless it is known or empty.
    void add(std::string_view prefix, std::string_view text);
    void add(std::string_view text) { add({}, text); }
    size_t size() const { return entries_.size(); }
    std::string_view text(size_t i) const {
        return std::string_view(bytes_).substr(entries_[i].at, entries_[i].length);
    }
    // Keys in order of appearance, one a token. Two texts with one key count once.
    std::vector<std::pair<TokenKey, uint32_t>> keys() const;
    size_t added() const { return added_; }  // calls of add(), duplicates and "" counted

private:
    struct Entry {
        uint32_t at, length, hash;
    };
    void grow();
    std::string bytes_;
    std::vector<Entry> entries_;
    std::vector<uint32_t> table_;  // entry index + 1, 0 = free; size a power of two
    size_t added_ = 0;
};

struct Token {
    TokenKey key;
    std::string text;
};

class Tokenizer {
public:
    explicit Tokenizer(TokenizerSettings settings);
    ~Tokenizer();
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;

    const TokenizerSettings& settings() const { return settings_; }
    // Metadata of the message (X-Spam-Relays-*, and what is in all_metadata()) counts as header.
    // As SpamAssassin has it, a message that is being checked has X-SenderDomain and X-AuthorDomain
    // too, and no longer the X-Spam-* fields it came with.
    std::vector<Token> tokenize(const message::Message& message, bool checked = false) const;
    // The texts alone, without the keys.
    TokenSet texts(const message::Message& message, bool checked = false) const;

    enum class Region { Header, Body, Uri };
    // `characters`: the bytes are ISO-8859-1 characters rather than octets, so that letters beyond
    // ASCII are letters (URIs, see message/uri.h).
    void tokenize_line(std::string_view line, std::string_view prefix, Region region, TokenSet& out,
                       bool characters = false) const;

private:
    bool is_stop_word(std::string_view word) const;
    struct StopWords;
    TokenizerSettings settings_;
    std::unique_ptr<StopWords> stop_words_;
};

// "local@some.domain" as U*local, D*some.domain, D*domain; nothing if it is no address.
void tokenize_address(std::string_view address, TokenSet& out);

}  // namespace bayes

#endif  // BAYES_TOKENIZER_H
