// Which rules of a view can match a text at all. Every rule that has required factors (see
// required_factors.h) is entered under the two or three bytes of each factor that are rarest in
// mail; a scan of the text, one look-up per byte, meets these and compares the whole factor. Rules
// without factors are always candidates. A superset, never a verdict: what it names is matched with
// the regex, what it does not name cannot match.
//
// Immutable once built; built before the fork. The empty text has no candidates but the rules
// without factors.

#ifndef RULES_PREFILTER_H
#define RULES_PREFILTER_H

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/required_factors.h"
#include "rules/rule.h"

namespace rules {

class Prefilter {
public:
    // Slots number the rules with factors, from 0, in the order they were added.
    using Slot = uint32_t;
    static constexpr Slot kAlways = UINT32_MAX;

    // Returns the slot, or kAlways.
    Slot add(const std::optional<RequiredFactors>& required);
    Slot add(std::string_view pattern, regex::Flags flags) {
        return add(required_factors(pattern, flags));
    }
    // Once, after the last add().
    void finish();

    uint32_t slots() const { return slots_; }

    // Scratch of a scan: for each slot the texts that it is a candidate for, ascending.
    class Candidates {
    public:
        // Forgets all texts.
        void reset(const Prefilter& filter);
        const std::vector<uint32_t>& of(Slot slot) const { return texts_[slot]; }

    private:
        friend class Prefilter;
        std::vector<std::vector<uint32_t>> texts_;  // by Slot
        std::vector<Slot> touched_;
    };
    // `number` is the text's, greater than that of the text before.
    void scan(std::string_view text, uint32_t number, Candidates& candidates) const;

private:
    static constexpr uint32_t kSymbolBits = 6;
    static constexpr uint32_t kTripleMask = (1U << 3 * kSymbolBits) - 1;
    static constexpr uint32_t kPairMask = (1U << 2 * kSymbolBits) - 1;
    static constexpr uint32_t kBuckets = kTripleMask + 1 + kPairMask + 1;  // triples, then pairs
    static constexpr uint32_t kMaxKeys = 4096;                             // of one factor

    struct Entry {
        Slot slot = 0;
        uint8_t length = 0;
        uint8_t key_end = 0;  // of the factor, behind the bytes of its key
        std::array<uint16_t, RequiredFactors::kMaxLength> classes{};
        std::array<uint8_t, RequiredFactors::kMaxLength> order{};  // places, most telling first
    };
    struct Key {
        size_t begin = 0, length = 0;
    };
    bool has_bit(uint32_t bucket) const { return present_[bucket >> 6] >> (bucket & 63) & 1; }
    uint16_t class_number(const regex::ByteSet& set);
    class KeyBytes;
    static bool choose_key(const RequiredFactors& required, KeyBytes& bytes,
                           const RequiredFactors::Factor& factor, Key& key);
    void add_keys(KeyBytes& bytes, const RequiredFactors::Factor& factor, Key key, uint32_t entry);
    void look(uint32_t bucket, std::string_view text, size_t end, uint32_t number,
              Candidates& candidates) const;

    uint32_t slots_ = 0;
    std::vector<Entry> entries_;
    std::vector<regex::ByteSet> classes_;
    std::unordered_map<regex::ByteSet, uint16_t> class_numbers_;  // until finish()
    std::vector<std::pair<uint32_t, uint32_t>> keys_;             // bucket, entry; until finish()
    std::vector<uint64_t> present_;
    std::vector<uint32_t> rank_;          // buckets present before each word of present_
    std::vector<uint32_t> bucket_begin_;  // of each bucket present, into bucket_entries_
    std::vector<uint32_t> bucket_entries_;
};

}  // namespace rules

#endif  // RULES_PREFILTER_H
