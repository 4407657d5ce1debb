// Which rules of a view can match a text at all. Every rule that has required factors (see
// required_factors.h) is found where one of them stands in the text; what is found is matched with
// the regex, what is not found cannot match. A superset, never a verdict. Rules without factors are
// always candidates.
//
// The factors are spread over a few hundred groups, a bit each. For each place of a factor and each
// byte a row of bits says which groups have a factor that admits the byte there; the rows of the
// next bytes of the text, and-ed, name the groups of which a factor can stand here, and only their
// factors are compared. Like goes with like, so that groups admit little (compare Hyperscan's FDR).
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
#include "rules/rule_cache.h"

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
    // Once, after the last add(). How factors are spread over groups is taken from `known` where it
    // stands there, and told to `collected`; either may be null.
    void finish(const RuleCache* known = nullptr, RuleCacheBuilder* collected = nullptr);

    uint32_t slots() const { return slots_; }

    // Scratch of a scan: for each slot the texts that it is a candidate for, ascending.
    class Candidates {
    public:
        // Forgets all texts.
        void reset(const Prefilter& filter);
        const std::vector<uint32_t>& of(Slot slot) const { return texts_[slot]; }

    private:
        friend class Prefilter;
        // Finds so far of a slot that needs several.
        struct Count {
            uint32_t scans = 0;  // when it was begun, or it is of texts forgotten
            uint32_t text = 0, finds = 0;
            size_t start = 0;
        };
        std::vector<std::vector<uint32_t>> texts_;  // by Slot
        std::vector<Count> counts_;                 // by Slot
        uint32_t scans_ = 0;                        // resets so far, never 0 in a scan
        std::vector<Slot> touched_;
    };
    // `number` is the text's, greater than that of the text before.
    void scan(std::string_view text, uint32_t number, Candidates& candidates) const;

private:
    static constexpr size_t kPlaces = RequiredFactors::kMaxLength;
    static constexpr size_t kEnd = 256;        // stands for a byte behind the text
    static constexpr size_t kRows = kEnd + 1;  // of a place
    static constexpr size_t kMaxWords = 8;     // of a row
    static constexpr uint32_t kMinSlots = 4;   // fewer are not looked for, but all candidates

    struct Entry {
        Slot slot = 0;
        uint8_t length = 0;
        uint8_t finds = 1;  // that the slot needs
        std::array<uint16_t, kPlaces> classes{};
        std::array<uint8_t, kPlaces> order{};  // places, most telling first
        // Of the two most telling places: which lower five bits a byte can have there.
        std::array<uint32_t, 2> sketch{};
    };
    struct alignas(64) CacheLine {
        uint64_t words[8];
    };
    class Grouping;
    using Groups = RuleCache::Groups;

    Groups spread(const RuleCache* known, RuleCacheBuilder* collected) const;
    static void add_candidate(Slot slot, uint32_t number, Candidates& candidates);
    uint16_t class_number(const regex::ByteSet& set);
    // True when the group has nothing more to say about the text.
    bool compare(uint32_t group, std::string_view text, size_t at, uint32_t number,
                 Candidates& candidates) const;
    template <size_t kWords>
    void scan_rows(std::string_view text, uint32_t number, Candidates& candidates) const;

    uint32_t slots_ = 0;
    std::vector<Entry> entries_;  // group by group once finished
    std::vector<regex::ByteSet> classes_;
    std::unordered_map<regex::ByteSet, uint16_t> class_numbers_;  // until finish()
    std::vector<uint32_t> group_begin_;                           // into entries_
    std::vector<Slot> group_slot_;  // the only one of its entries, kAlways for several
    size_t words_ = 0;              // of a row
    std::vector<CacheLine> rows_;   // by place, then byte
};

}  // namespace rules

#endif  // RULES_PREFILTER_H
