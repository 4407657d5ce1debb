#include "bayes/tokenizer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "bayes/header_text.h"
#include "regex/regex.h"
#include "util/digest.h"
#include "util/log.h"
#include "util/strings.h"

namespace bayes {

namespace {

using Byte = unsigned char;

bool is_continuation(Byte c) {
    return c >= 0x80 && c <= 0xbf;
}

// Bytes of the character at `at` if it is well-formed as far as the lengths go (no check for
// overlong forms), else 0.
size_t multibyte_length(std::string_view s, size_t at) {
    auto c = static_cast<Byte>(s[at]);
    size_t length = c >= 0xc0 && c <= 0xdf   ? 2
                    : c >= 0xe0 && c <= 0xef ? 3
                    : c >= 0xf0 && c <= 0xf4 ? 4
                                             : 0;
    if (length == 0 || at + length > s.size())
        return 0;
    for (size_t i = 1; i < length; ++i)
        if (!is_continuation(static_cast<Byte>(s[at + i])))
            return 0;
    return length;
}

struct KeptBytes {
    bool kept[128] = {};
    constexpr KeptBytes() {
        for (int c = 0; c < 128; ++c)
            kept[c] = util::is_alnum(static_cast<Byte>(c));
        for (char c : {',', '@', '*', '!', '_', '\'', '"', '$', '.', ' ', '-'})
            kept[static_cast<Byte>(c)] = true;
    }
};
constexpr KeptBytes kKept;

// Everything but word-like bytes becomes a blank.
void keep_word_bytes(std::string_view line, std::string& out) {
    out.assign(line);
    for (size_t i = 0; i < out.size();) {
        auto c = static_cast<Byte>(out[i]);
        if (c < 0x80) {
            if (!kKept.kept[c])
                out[i] = ' ';
            ++i;
        } else if (size_t n = multibyte_length(line, i); n > 0) {
            i += n;
        } else {
            if (c < 0xa1)
                out[i] = ' ';
            ++i;
        }
    }
}

// Letters of ISO-8859-1, where bytes are characters.
bool is_latin1_word(Byte c) {
    return c >= 0xc0 ? c != 0xd7 && c != 0xf7 : c == 0xaa || c == 0xb5 || c == 0xba;
}

bool is_word(char c, bool characters) {
    return util::is_word(static_cast<Byte>(c)) ||
           (characters && is_latin1_word(static_cast<Byte>(c)));
}

char to_lower(char c, bool characters) {
    auto b = static_cast<Byte>(c);
    if (characters && b >= 0xc0 && b <= 0xde && b != 0xd7)
        return static_cast<char>(b + 0x20);
    return util::to_lower(c);
}

// Characters as one byte each; those above U+00FF are no part of any word.
std::string latin1_of(const message::UriString& uri) {
    std::string out;
    std::string_view s = uri.bytes;
    for (size_t i = 0; i < s.size();) {
        auto c = static_cast<Byte>(s[i]);
        size_t n = multibyte_length(s, i);
        if (n == 0) {
            out += s[i++];
            continue;
        }
        unsigned code = n == 2 ? (c & 0x1fu) << 6 | (static_cast<Byte>(s[i + 1]) & 0x3fu) : 0x100;
        out += code < 0x100 ? static_cast<char>(code) : ' ';
        i += n;
    }
    return out;
}

// Puts blanks around runs of `mark` between two word characters ("and...then", "and--then").
void isolate_runs(std::string& text, char mark, size_t least, size_t most, bool characters,
                  std::string& scratch) {
    if (text.find(mark) == std::string::npos)
        return;
    scratch.clear();
    size_t copied = 0;
    size_t from = 1;  // a word character used up by one match does not start the next
    for (size_t i = 1; (i = text.find(mark, i)) != std::string::npos;) {
        size_t end = i;
        while (end < text.size() && text[end] == mark)
            ++end;
        size_t run = end - i;
        if (i >= from && run >= least && run <= most && end < text.size() &&
            is_word(text[i - 1], characters) && is_word(text[end], characters)) {
            scratch.append(text, copied, i - copied);
            scratch += ' ';
            scratch.append(text, i, run);
            scratch += ' ';
            copied = end;
            from = end + 2;
        }
        i = end;
    }
    if (copied == 0)
        return;
    scratch.append(text, copied);
    text.swap(scratch);
}

// "The cat sat. Nobody knew" without the capitals that only start a sentence: a capital at the
// start or after a full stop, when no capital follows before the last blank ahead of the next one.
void lower_title_case(std::string& text, std::string& scratch) {
    scratch.clear();
    size_t copied = 0;
    for (size_t i = 0; i < text.size();) {
        size_t capital = std::string::npos;
        if (i == 0 && util::is_upper(static_cast<Byte>(text[0]))) {
            capital = 0;
        } else if (text[i] == '.') {
            size_t j = i + 1;
            while (j < text.size() && util::is_space(static_cast<Byte>(text[j])))
                ++j;
            if (j > i + 1 && j < text.size() && util::is_upper(static_cast<Byte>(text[j])))
                capital = j;
            else if (j > i + 1) {
                i = j;
                continue;
            }
        } else {
            size_t dot = text.find('.', i + 1);
            if (dot == std::string::npos)
                break;
            i = dot;
            continue;
        }
        if (capital == std::string::npos) {
            ++i;
            continue;
        }
        size_t end = capital + 1;
        while (end < text.size() && !util::is_upper(static_cast<Byte>(text[end])))
            ++end;
        size_t stop = end;  // where the lower-case rest ends
        if (end < text.size()) {
            while (stop > capital + 1 && !util::is_space(static_cast<Byte>(text[stop - 1])))
                --stop;
            stop = stop > capital + 1 ? stop - 1 : 0;  // the blank itself is replaced
        }
        if (stop < capital + 2) {
            // No match here; a full stop before the next capital may still begin one.
            i = capital == 0 && i == 0 ? 1 : capital;
            continue;
        }
        scratch.append(text, copied, i - copied);
        scratch += ' ';
        scratch += util::to_lower(text[capital]);
        scratch.append(text, capital + 1, stop - capital - 1);
        scratch += ' ';
        i = copied = std::min(text.size(), end < text.size() ? stop + 1 : stop);
    }
    if (copied == 0)
        return;
    scratch.append(text, copied);
    text.swap(scratch);
}

bool is_trimmed(char c) {
    return c == '-' || c == '\'' || c == '"' || c == '.' || c == ',';
}

// Where an "x@y" with something on both sides has its last such @.
size_t address_at(std::string_view word) {
    if (word.size() < 3)
        return std::string_view::npos;
    size_t at = word.rfind('@', word.size() - 2);
    return at == 0 ? std::string_view::npos : at;
}

bool looks_like_host(std::string_view word) {
    for (size_t dot = word.find('.', 1); dot != std::string_view::npos && dot + 1 < word.size();
         dot = word.find('.', dot + 1))
        if (util::is_alpha(static_cast<Byte>(word[dot + 1])))
            return true;
    return false;
}

// Calls fn with "b.c", "c" for "a.b.c".
template <typename Fn>
void each_parent(std::string_view name, Fn&& fn) {
    for (;;) {
        size_t dot = name.find('.');
        if (dot == std::string_view::npos || dot == 0 || dot + 1 >= name.size())
            return;
        name.remove_prefix(dot + 1);
        fn(name);
    }
}

bool has_two_continuations(std::string_view word) {
    for (size_t i = 1; i < word.size(); ++i)
        if (is_continuation(static_cast<Byte>(word[i])) &&
            is_continuation(static_cast<Byte>(word[i - 1])))
            return true;
    return false;
}

// A long word in a script of three- and four-byte characters: one token a character.
bool add_wide_characters(std::string_view word, std::string& scratch, TokenSet& out) {
    bool any = false;
    size_t prefix = scratch.size();
    scratch += "u8:";
    for (size_t i = 0; i + 2 < word.size();) {
        auto c = static_cast<Byte>(word[i]);
        size_t lead = c >= 0xe0 && c <= 0xef ? 1
                      : c >= 0xf0 && c <= 0xf4 && is_continuation(static_cast<Byte>(word[i + 1]))
                          ? 2
                          : 0;
        if (lead > 0 && i + lead + 1 < word.size() &&
            is_continuation(static_cast<Byte>(word[i + lead])) &&
            is_continuation(static_cast<Byte>(word[i + lead + 1]))) {
            out.add(scratch, word.substr(i, lead + 2));
            any = true;
            i += lead + 2;
        } else {
            ++i;
        }
    }
    scratch.resize(prefix);
    return any;
}

// Bytes of the first seven characters, 0 if less than two bytes follow them.
size_t skip_length(std::string_view word) {
    size_t at = 0;
    for (int i = 0; i < 7; ++i) {
        if (at >= word.size())
            return 0;
        size_t n = multibyte_length(word, at);
        at += n > 0 ? n : 1;
    }
    return at + 2 <= word.size() ? at : 0;
}

std::string_view shorthand(std::string_view digest_and_type) {
    static constexpr std::pair<std::string_view, std::string_view> kKnown[] = {
        {"da39a3ee5e6b4b0d3255bfef95601890afd80709:text/plain", "Empty-Plaintext"},
        {"da39a3ee5e6b4b0d3255bfef95601890afd80709:text/html", "Empty-HTML"},
        {"da39a3ee5e6b4b0d3255bfef95601890afd80709:text/xml", "Empty-XML"},
        {"adc83b19e793491b1c6ea0fd8b46cd9f32e592fc:text/plain", "OneNL-Plaintext"},
        {"adc83b19e793491b1c6ea0fd8b46cd9f32e592fc:text/html", "OneNL-HTML"},
        {"71853c6197a6a7f222db0f1978c7cb232b87c5ee:text/plain", "TwoNL-Plaintext"},
        {"71853c6197a6a7f222db0f1978c7cb232b87c5ee:text/html", "TwoNL-HTML"},
    };
    for (const auto& [from, to] : kKnown)
        if (from == digest_and_type)
            return to;
    return digest_and_type;
}

}  // namespace

TokenKey token_key(std::string_view text) {
    std::string digest = util::sha1(text);
    TokenKey key;
    std::memcpy(key.data(), digest.data() + digest.size() - key.size(), key.size());
    return key;
}

TokenSet::TokenSet() : table_(1024) {}

void TokenSet::grow() {
    std::vector<uint32_t> bigger(table_.size() * 2);
    for (uint32_t i = 0; i < entries_.size(); ++i) {
        size_t slot = entries_[i].hash & (bigger.size() - 1);
        while (bigger[slot] != 0)
            slot = (slot + 1) & (bigger.size() - 1);
        bigger[slot] = i + 1;
    }
    table_.swap(bigger);
}

void TokenSet::add(std::string_view prefix, std::string_view text) {
    ++added_;
    auto at = static_cast<uint32_t>(bytes_.size());
    bytes_.append(prefix).append(text);
    std::string_view whole = std::string_view(bytes_).substr(at);
    if (whole.empty())
        return;
    auto hash = static_cast<uint32_t>(std::hash<std::string_view>{}(whole));
    size_t slot = hash & (table_.size() - 1);
    for (; table_[slot] != 0; slot = (slot + 1) & (table_.size() - 1)) {
        const Entry& e = entries_[table_[slot] - 1];
        if (e.hash == hash && std::string_view(bytes_).substr(e.at, e.length) == whole) {
            bytes_.resize(at);
            return;
        }
    }
    entries_.push_back({at, static_cast<uint32_t>(whole.size()), hash});
    table_[slot] = static_cast<uint32_t>(entries_.size());
    if (entries_.size() * 2 > table_.size())
        grow();
}

std::vector<std::pair<TokenKey, uint32_t>> TokenSet::keys() const {
    std::vector<std::pair<TokenKey, uint32_t>> keys;
    keys.reserve(size());
    std::unordered_set<uint64_t> seen;
    seen.reserve(size());
    for (uint32_t i = 0; i < size(); ++i) {
        TokenKey key = token_key(text(i));
        uint64_t packed = 0;
        std::memcpy(&packed, key.data(), key.size());
        if (seen.insert(packed).second)
            keys.emplace_back(key, i);
    }
    return keys;
}

struct Tokenizer::StopWords {
    std::vector<regex::Regex> patterns;
};

Tokenizer::Tokenizer(TokenizerSettings settings)
    : settings_(std::move(settings)), stop_words_(std::make_unique<StopWords>()) {
    for (const std::string& pattern : settings_.stop_words) {
        auto compiled = regex::Regex::compile("^(?i)" + pattern + "$");
        if (compiled.has_value())
            stop_words_->patterns.push_back(std::move(*compiled));
    }
}
Tokenizer::~Tokenizer() = default;

bool Tokenizer::is_stop_word(std::string_view word) const {
    for (const regex::Regex& pattern : stop_words_->patterns)
        if (pattern.search(word))
            return true;
    return false;
}

void tokenize_address(std::string_view address, TokenSet& out) {
    size_t at = address_at(address);
    if (at == std::string_view::npos)
        return;
    out.add("U*", address.substr(0, at));
    std::string_view domain = address.substr(at + 1);
    out.add("D*", domain);
    each_parent(domain, [&](std::string_view parent) { out.add("D*", parent); });
}

void Tokenizer::tokenize_line(std::string_view line, std::string_view prefix, Region region,
                              TokenSet& out, bool characters) const {
    std::string text, scratch, plain(prefix);
    keep_word_bytes(line, text);
    if (characters)  // two more kinds of white space
        for (char& c : text)
            if (c == '\x85' || c == '\xa0')
                c = ' ';
    isolate_runs(text, '.', 3, 6, characters, scratch);
    isolate_runs(text, '-', 2, 6, characters, scratch);
    const bool is_text = region != Region::Header;
    if (is_text)
        lower_title_case(text, scratch);

    std::string_view rest = text;
    while (true) {
        size_t start = rest.find_first_not_of(' ');
        if (start == std::string_view::npos)
            break;
        size_t end = std::min(rest.find(' ', start), rest.size());
        std::string_view word = rest.substr(start, end - start);
        rest.remove_prefix(end);

        while (!word.empty() && is_trimmed(word.front()))
            word.remove_prefix(1);
        while (!word.empty() && is_trimmed(word.back()))
            word.remove_suffix(1);
        if (word.size() < 3 || is_stop_word(word))
            continue;

        if (is_text) {
            if (address_at(word) != std::string_view::npos) {
                tokenize_address(word, out);
            } else if (looks_like_host(word)) {
                out.add("UD:", word);
                each_parent(word, [&](std::string_view parent) { out.add("UD:", parent); });
            }
        }

        std::string skipped;
        if (word.size() > settings_.max_token_length && word.find('*') == std::string_view::npos) {
            if (has_two_continuations(word) && add_wide_characters(word, plain, out))
                continue;
            if (region != Region::Uri) {
                if (size_t n = skip_length(word); n > 0) {
                    skipped.assign("sk:").append(word.substr(0, n));
                    word = skipped;
                }
            }
        }

        if (is_text) {
            auto is_plain = [&](char c) { return is_word(c, characters) || c == ':' || c == '*'; };
            bool has_other = !std::all_of(word.begin(), word.end(), is_plain);
            bool has_capital = std::any_of(word.begin(), word.end(), [](char c) {
                return util::is_upper(static_cast<Byte>(c));
            });
            size_t base = plain.size();
            if (has_other) {
                std::copy_if(word.begin(), word.end(), std::back_inserter(plain), is_plain);
                out.add(plain);
            }
            if (has_capital) {
                if (has_other) {
                    for (size_t i = base; i < plain.size(); ++i)
                        plain[i] = to_lower(plain[i], characters);
                    out.add(plain);
                }
                plain.resize(base);
                std::transform(word.begin(), word.end(), std::back_inserter(plain),
                               [&](char c) { return to_lower(c, characters); });
                out.add(plain);
            }
            plain.resize(base);
        }
        out.add(prefix, word);
    }
}

TokenSet Tokenizer::texts(const message::Message& message, bool checked) const {
    TokenSet out;
    const bool explains = util::debugging("bayes");
    auto say = [&](std::string_view what, size_t before) {
        if (explains)
            util::log_debug(
                "bayes", fmt::format("bayes: tokenized {}: {} tokens", what, out.added() - before));
    };
    auto lines = [&](std::string_view what, const std::vector<std::string>& all,
                     std::string_view prefix, Region region, size_t limit) {
        size_t before = out.added();
        for (const std::string& line : all) {
            tokenize_line(line, prefix, region, out);
            if (out.added() - before >= limit)
                break;
        }
        say(what, before);
    };
    if (settings_.visible)
        lines("body", message.visible_body_lines(), "", Region::Body, settings_.limits.body);
    if (settings_.uri) {
        size_t before = out.added();
        for (const message::Uri& uri : message.uri_details()) {
            for (const message::UriString& form : uri.forms) {
                if (out.added() - before >= settings_.limits.uri)
                    break;
                if (form.is_characters)
                    tokenize_line(latin1_of(form), "", Region::Uri, out, true);
                else
                    tokenize_line(form.bytes, "", Region::Uri, out);
            }
        }
        say("uri", before);
    }
    if (settings_.invisible)
        lines("invisible", message.invisible_body_lines(), "I*:", Region::Body,
              settings_.limits.invisible);
    if (settings_.mimepart) {
        size_t before = out.added();
        for (const message::Part* part : message.leaves()) {
            std::string digest = util::to_hex(util::sha1(part->decoded())) + ":" + part->type();
            out.add("MIME:", shorthand(digest));
        }
        say("mime parts", before);
    }
    if (settings_.header) {
        size_t before = out.added();
        for (const HeaderText& header : header_texts(message, settings_.ignored_headers, checked)) {
            if (explains)
                util::log_debug("bayes", fmt::format("bayes: header tokens for {} = \"{}\"",
                                                     header.name, header.value));
            tokenize_line(header.value, "H" + header.name + ":", Region::Header, out);
            if (out.added() - before >= settings_.limits.header)
                break;
        }
        say("header", before);
    }
    return out;
}

std::vector<Token> Tokenizer::tokenize(const message::Message& message, bool checked) const {
    TokenSet set = texts(message, checked);
    std::vector<Token> tokens;
    auto keys = set.keys();
    tokens.reserve(keys.size());
    for (const auto& [key, i] : keys)
        tokens.push_back({key, std::string(set.text(i))});
    return tokens;
}

}  // namespace bayes
