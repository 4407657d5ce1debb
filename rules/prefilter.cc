#include "rules/prefilter.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace rules {

// Keys are made of symbols, 64 of them: letters without their case, digits, most punctuation, and a
// few for all the rest. Text is mostly letters, so little is lost and tables stay small.
static const std::array<uint8_t, 256>& symbols() {
    static const std::array<uint8_t, 256> table = [] {
        std::array<uint8_t, 256> t{};
        uint8_t next = 0;
        for (size_t c = 0; c < 26; ++c, ++next)
            t['a' + c] = t['A' + c] = next;
        for (size_t c = '0'; c <= '9'; ++c)
            t[c] = next++;
        for (std::string_view group :
             {" ", "\t\n\v\f\r", "()", "[]{}", "`^~|\\", "+*", "!", "\"", "#", "$", "%", "&", "'",
              ",", "-",          ".",  "/",    ":",      ";",  "<", "=",  ">", "?", "@", "_"}) {
            for (char c : group)
                t[static_cast<unsigned char>(c)] = next;
            ++next;
        }
        for (size_t c = 0x80; c < 256; ++c)  // case never crosses this line
            t[c] = static_cast<uint8_t>(next + (c >= 0xC0));
        next = static_cast<uint8_t>(next + 2);
        for (size_t c = 0; c < 0x80; ++c)
            if (c == 0x7F || (c < ' ' && t[c] == 0))
                t[c] = next;
        return t;
    }();
    return table;
}

// The symbols of each class of one pattern.
class Prefilter::KeyBytes {
public:
    explicit KeyBytes(const RequiredFactors& required)
        : required_(required), known_(required.classes.size()) {}
    const std::vector<uint8_t>& of(uint32_t class_index) {
        auto& bytes = known_[class_index];
        if (bytes.empty()) {
            std::array<bool, 256> seen{};
            for (size_t c = 0; c < 256; ++c)
                if (required_.classes[class_index].test(c))
                    seen[symbols()[c]] = true;
            for (size_t c = 0; c < 256; ++c)
                if (seen[c])
                    bytes.push_back(static_cast<uint8_t>(c));
        }
        return bytes;
    }

private:
    const RequiredFactors& required_;
    std::vector<std::vector<uint8_t>> known_;
};

uint16_t Prefilter::class_number(const regex::ByteSet& set) {
    auto [it, is_new] = class_numbers_.try_emplace(set, static_cast<uint16_t>(classes_.size()));
    if (is_new)
        classes_.push_back(set);
    return it->second;
}

bool Prefilter::choose_key(const RequiredFactors& required, KeyBytes& bytes,
                           const RequiredFactors::Factor& factor, Key& key) {
    double best = 1;
    for (size_t length : {3, 2}) {
        for (size_t begin = 0; begin + length <= factor.length; ++begin) {
            double share = 1;
            size_t keys = 1;
            for (size_t i = begin; i < begin + length; ++i) {
                share *= required.shares[factor.classes[i]];
                keys *= bytes.of(factor.classes[i]).size();
            }
            if (keys == 0 || keys > kMaxKeys || share >= best)
                continue;
            best = share;
            key = {begin, length};
        }
        if (best < 1)
            break;
    }
    return best < 1;
}

void Prefilter::add_keys(KeyBytes& bytes, const RequiredFactors::Factor& factor, Key key,
                         uint32_t entry) {
    std::vector<uint32_t> hashes{0};
    for (size_t i = key.begin; i < key.begin + key.length; ++i) {
        std::vector<uint32_t> longer;
        for (uint8_t c : bytes.of(factor.classes[i]))
            for (uint32_t h : hashes)
                longer.push_back(h << kSymbolBits | c);
        hashes = std::move(longer);
    }
    for (uint32_t h : hashes)
        keys_.emplace_back(key.length == 3 ? h & kTripleMask : kTripleMask + 1 + (h & kPairMask),
                           entry);
}

Prefilter::Slot Prefilter::add(const std::optional<RequiredFactors>& required) {
    if (!required || classes_.size() + required->classes.size() > UINT16_MAX)
        return kAlways;
    KeyBytes bytes(*required);
    std::vector<Key> keys(required->factors.size());
    for (size_t i = 0; i < keys.size(); ++i)
        if (!choose_key(*required, bytes, required->factors[i], keys[i]))
            return kAlways;
    std::vector<uint16_t> numbers;
    for (const regex::ByteSet& set : required->classes)
        numbers.push_back(class_number(set));
    for (size_t i = 0; i < keys.size(); ++i) {
        const auto& factor = required->factors[i];
        Entry entry;
        entry.slot = slots_;
        entry.length = factor.length;
        entry.key_end = static_cast<uint8_t>(keys[i].begin + keys[i].length);
        for (size_t j = 0; j < factor.length; ++j)
            entry.classes[j] = numbers[factor.classes[j]];
        // What the key did not compare comes first, and of it what is rarest.
        auto commonness = [&](uint8_t place) {
            bool in_key = place >= keys[i].begin && place < entry.key_end;
            return required->shares[factor.classes[place]] + (in_key ? 1 : 0);
        };
        std::iota(entry.order.begin(), entry.order.end(), uint8_t{0});
        std::sort(entry.order.begin(), entry.order.begin() + factor.length,
                  [&](uint8_t a, uint8_t b) { return commonness(a) < commonness(b); });
        entries_.push_back(entry);
        add_keys(bytes, factor, keys[i], static_cast<uint32_t>(entries_.size() - 1));
    }
    return slots_++;
}

void Prefilter::finish() {
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    present_.assign(slots_ > 0 ? kBuckets / 64 : 0, 0);
    rank_.assign(present_.size(), 0);
    bucket_entries_.reserve(keys_.size());
    for (size_t i = 0; i < keys_.size(); ++i) {
        auto [bucket, entry] = keys_[i];
        if (i == 0 || keys_[i - 1].first != bucket)
            bucket_begin_.push_back(static_cast<uint32_t>(i));
        present_[bucket >> 6] |= uint64_t{1} << (bucket & 63);
        bucket_entries_.push_back(entry);
    }
    bucket_begin_.push_back(static_cast<uint32_t>(keys_.size()));
    for (size_t w = 1; w < rank_.size(); ++w)
        rank_[w] = rank_[w - 1] + static_cast<uint32_t>(std::popcount(present_[w - 1]));
    keys_ = {};
    class_numbers_ = {};
}

void Prefilter::Candidates::reset(const Prefilter& filter) {
    for (Slot slot : touched_)
        texts_[slot].clear();
    touched_.clear();
    if (texts_.size() < filter.slots_)
        texts_.resize(filter.slots_);
}

void Prefilter::look(uint32_t bucket, std::string_view text, size_t end, uint32_t number,
                     Candidates& candidates) const {
    uint64_t before = present_[bucket >> 6] & ((uint64_t{1} << (bucket & 63)) - 1);
    uint32_t rank = rank_[bucket >> 6] + static_cast<uint32_t>(std::popcount(before));
    for (uint32_t i = bucket_begin_[rank]; i < bucket_begin_[rank + 1]; ++i) {
        const Entry& entry = entries_[bucket_entries_[i]];
        if (end < entry.key_end || end - entry.key_end + entry.length > text.size())
            continue;
        const char* at = text.data() + (end - entry.key_end);
        uint32_t j = 0;
        for (; j < entry.length; ++j) {
            uint8_t place = entry.order[j];
            if (!classes_[entry.classes[place]].test(static_cast<unsigned char>(at[place])))
                break;
        }
        if (j < entry.length)
            continue;
        std::vector<uint32_t>& texts = candidates.texts_[entry.slot];
        if (!texts.empty() && texts.back() == number)
            continue;
        if (texts.empty())
            candidates.touched_.push_back(entry.slot);
        texts.push_back(number);
    }
}

void Prefilter::scan(std::string_view text, uint32_t number, Candidates& candidates) const {
    if (text.size() < 2 || slots_ == 0)
        return;
    const auto& symbol = symbols();
    uint32_t key = symbol[static_cast<unsigned char>(text[0])];
    for (size_t i = 1; i < text.size(); ++i) {
        key = (key << kSymbolBits | symbol[static_cast<unsigned char>(text[i])]) & kTripleMask;
        if (has_bit(key))
            look(key, text, i + 1, number, candidates);
        uint32_t pair = kTripleMask + 1 + (key & kPairMask);
        if (has_bit(pair))
            look(pair, text, i + 1, number, candidates);
    }
}

}  // namespace rules
