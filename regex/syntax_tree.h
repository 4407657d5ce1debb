// A regex as a tree, for those who reason about patterns: which bytes must a match contain, how
// long can it be. Made from a translated pattern (translate.h); what the parser does not
// understand becomes an Opaque node, about which nothing can be said. Case folding is done here:
// classes under /i hold both cases.
//
// Nesting is bounded (kMaxDepth); deeper groups are Opaque.

#ifndef REGEX_SYNTAX_TREE_H
#define REGEX_SYNTAX_TREE_H

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "regex/byte_class.h"
#include "regex/regex.h"

namespace regex {

class SyntaxTree {
public:
    static constexpr uint32_t kUnlimited = UINT32_MAX;
    static constexpr int kMaxDepth = 200;
    using Index = uint32_t;

    enum class Kind : uint8_t {
        Empty,
        Class,          // one byte of set()
        Sequence,       // children in order
        Alternation,    // one of the children
        Repeat,         // the child, min to max times
        Capture,        // the child
        Look,           // a lookaround: consumes nothing
        Assertion,      // ^ $ \b \A ... : consumes nothing
        BackReference,  // any text that a group matched
        Opaque          // anything at all
    };
    enum class Assertion : uint8_t {
        LineStart,  // ^ under /m
        TextStart,  // ^, \A
        LineEnd,    // $ under /m
        TextEnd,    // $ or \Z: the end, or before a final newline
        VeryEnd,    // \z
        WordEdge,
        NotWordEdge,
        Here  // \G
    };
    struct Node {
        Kind kind = Kind::Empty;
        Assertion assertion = Assertion::TextStart;
        bool behind = false, negative = false;  // Look
        uint32_t min = 1, max = 1;              // Repeat
        uint32_t class_index = 0;
        uint32_t begin = 0, end = 0;  // where it stands in the pattern, its quantifier included
        uint32_t first_child = 0, child_count = 0;  // see children()
    };

    static SyntaxTree parse(std::string_view translated, Flags flags);

    const Node& node(Index i) const { return nodes_[i]; }
    Index root() const { return root_; }
    size_t size() const { return nodes_.size(); }
    std::span<const Index> children(const Node& n) const {
        return {children_.data() + n.first_child, n.child_count};
    }
    Index child(const Node& n) const { return children_[n.first_child]; }
    const ByteSet& set(const Node& n) const { return classes_[n.class_index]; }
    const std::vector<ByteSet>& classes() const { return classes_; }
    // Nothing about the pattern's groups can be trusted to stand for what they match (recursion,
    // conditions, \K, branch reset): treat the whole as a black box.
    bool is_opaque() const { return opaque_; }

private:
    friend class TreeParser;
    std::vector<Node> nodes_;
    std::vector<Index> children_;  // those of one node together
    std::vector<ByteSet> classes_;
    Index root_ = 0;
    bool opaque_ = false;
};

// Bytes that a match of the node spans, saturating at kUnlimited.
struct LengthRange {
    uint32_t min = 0, max = 0;
};
LengthRange length_of(const SyntaxTree& tree, SyntaxTree::Index index);

}  // namespace regex

#endif  // REGEX_SYNTAX_TREE_H
