// What the text of a match must contain: a few short sequences of byte classes, of which every
// match of a pattern has at least one. Derived from the syntax tree of the pattern.
//
// At a place that every match passes, the ways in which the text can go on are written out up to
// kMaxLength bytes: alternatives side by side, optional and repeated parts once per number of
// copies. What gets too many is made one, with all the bytes that any has at a place, or is cut
// off where it stands: such a sequence says less and is true all the same. Of all such places the
// one that unrelated text meets most rarely is taken, by the frequency of bytes in mail and by a
// sample of what mail is full of.

#ifndef RULES_REQUIRED_FACTORS_H
#define RULES_REQUIRED_FACTORS_H

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "regex/byte_class.h"
#include "regex/regex.h"

namespace regex {
class SyntaxTree;
}

namespace rules {

struct RequiredFactors {
    static constexpr size_t kMaxLength = 6;
    static constexpr size_t kStartLength = 4;  // of what a match can begin with
    static constexpr size_t kMaxFactors = 512;
    struct Factor {
        std::array<uint32_t, kMaxLength> classes{};  // indexes into RequiredFactors::classes
        uint8_t length = 0;
        friend bool operator==(const Factor&, const Factor&) = default;
    };
    std::vector<Factor> factors;
    std::vector<regex::ByteSet> classes;
    std::vector<double> shares;  // of the classes among the bytes of mail, 0 to 1
    double frequency = 1;        // expected finds per byte of unrelated text
    // A match has this many of the factors at least, at different places.
    uint32_t finds = 1;
};

// How frequent each byte is in mail, 0 to 1.
const std::array<double, 256>& byte_shares();

// For many patterns one after the other: what is known of a byte class is kept between them. Used
// by one thread; what it finds does not depend on what it was asked before.
class FactorAnalyzer {
public:
    FactorAnalyzer();
    ~FactorAnalyzer();
    // `translated` as regex/translate.h makes it. nullopt where nothing useful can be said about
    // the pattern.
    std::optional<RequiredFactors> find(std::string_view translated, regex::Flags flags);

    // So, but factors with one of which every match begins. nullopt where a match can begin with
    // nearly anything, or where it depends on where the search began ("\G").
    std::optional<RequiredFactors> find_starts(std::string_view translated, regex::Flags flags);

private:
    class ClassTable;
    class Finder;
    struct Found;
    static std::optional<regex::SyntaxTree> parse(std::string_view translated, regex::Flags flags);
    std::vector<uint16_t> class_numbers(const regex::SyntaxTree& tree);
    Found rarest(const regex::SyntaxTree& tree);
    Found starts(const regex::SyntaxTree& tree);
    template <typename Seek>
    std::optional<Found> sought(Seek&& seek);
    RequiredFactors spelled_out(const Found& found) const;
    std::unique_ptr<ClassTable> classes_;
};

// The same for a single pattern in Perl's syntax.
std::optional<RequiredFactors> required_factors(std::string_view pattern, regex::Flags flags);

}  // namespace rules

#endif  // RULES_REQUIRED_FACTORS_H
