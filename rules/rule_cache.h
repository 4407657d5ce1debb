// What loading finds out about patterns, kept in a file from one start to the next: the required
// factors of each pattern, which take longer to find than the pattern takes to compile, and how
// each prefilter spreads its factors over groups.
//
// Entries are found by a digest of all that they depend on; the file is for one version of the code
// that finds factors (kAnalysis). What is not in it, or not as it must be, is found out anew: a
// file that is old, cut short or damaged costs time and nothing else. Reading is total. A file that
// others could have written is not read: whoever can change it can keep rules from matching.

#ifndef RULES_RULE_CACHE_H
#define RULES_RULE_CACHE_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "regex/regex.h"
#include "rules/required_factors.h"
#include "util/expected.h"

namespace rules {

class RuleCache {
public:
    struct Key {
        std::array<uint64_t, 2> digest{};
        friend bool operator==(const Key&, const Key&) = default;
    };
    // Groups of a prefilter: numbers of its entries, each once.
    using Groups = std::vector<std::vector<uint32_t>>;

    // Larger files are not read.
    static constexpr size_t kMaxBytes = 64 * 1024 * 1024;

    // Of required factors, and of those that a match can begin with.
    static Key pattern_key(std::string_view translated, regex::Flags flags);
    static Key starts_key(std::string_view translated, regex::Flags flags);
    // `content` is everything that the groups depend on.
    static Key groups_key(std::string_view content);

    // Knows nothing.
    RuleCache() = default;
    // Why it cannot be used otherwise.
    static util::Expected<RuleCache, std::string> parse(std::string bytes);
    // The file must be a regular one of root's or of this process's user, and nobody else may
    // write to it or to its directory.
    static util::Expected<RuleCache, std::string> load(const std::string& path);

    // nullopt where nothing is known. What is known may be that a pattern has no factors. Several
    // threads may ask.
    std::optional<std::optional<RequiredFactors>> factors(const Key& key) const;
    std::optional<Groups> groups(const Key& key, size_t entries, size_t most_groups) const;

    size_t size() const { return entries_.size(); }

private:
    struct KeyHash {
        size_t operator()(const Key& key) const { return key.digest[0]; }
    };
    struct Entry {
        uint8_t kind = 0;
        size_t begin = 0, size = 0;  // of its bytes
    };
    std::string bytes_;
    size_t classes_begin_ = 0, class_count_ = 0;
    std::unordered_map<Key, Entry, KeyHash> entries_;

    const Entry* find(const Key& key, uint8_t kind) const;
};

// Collects what a load found out. Used by one thread.
class RuleCacheBuilder {
public:
    // A key that is there already is left as it is.
    void add(const RuleCache::Key& key, const std::optional<RequiredFactors>& factors);
    void add(const RuleCache::Key& key, const RuleCache::Groups& groups);
    // Something was found out that the cache did not know.
    void set_news() { has_news_ = true; }
    bool has_news() const { return has_news_; }
    // The file.
    std::string bytes() const;

private:
    bool begin_entry(const RuleCache::Key& key, uint8_t kind);
    void end_entry(size_t begin);
    uint32_t class_number(const regex::ByteSet& set, double share);

    bool has_news_ = false;
    std::string classes_, entries_;
    uint32_t class_count_ = 0, entry_count_ = 0;
    std::unordered_map<regex::ByteSet, uint32_t> class_numbers_;
    std::unordered_map<uint64_t, std::vector<uint64_t>> keys_;
};

// A cache file to be written when there is time for it.
struct RuleCacheUpdate {
    std::string path, bytes;  // nothing to do where either is empty
    // Readers see the old file or the new one. nullopt, or why there is no new one.
    std::optional<std::string> store() const;
};

}  // namespace rules

#endif  // RULES_RULE_CACHE_H
