#include "regex/lookbehind.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "regex/syntax_tree.h"

namespace regex {

namespace {

constexpr uint32_t kMaxLookbehind = 255;
constexpr size_t kMaxAlternatives = 1000;
constexpr size_t kMaxBytes = 60000;

using Kind = SyntaxTree::Kind;
using Index = SyntaxTree::Index;

class Expander {
public:
    Expander(const SyntaxTree& tree, std::string_view text) : tree_(tree), text_(text) {}

    // Texts of fixed length that together mean the node; nullopt when there are too many.
    std::optional<std::vector<std::string>> expand(Index index) {
        const auto& n = tree_.node(index);
        switch (n.kind) {
            case Kind::Sequence: {
                std::vector<std::string> all{""};
                for (Index child : tree_.children(n)) {
                    auto options = expand(child);
                    if (!options || !(all = product(all, *options), fits(all)))
                        return std::nullopt;
                }
                return all;
            }
            case Kind::Alternation: {
                std::vector<std::string> all;
                for (Index child : tree_.children(n)) {
                    auto options = expand(child);
                    if (!options)
                        return std::nullopt;
                    all.insert(all.end(), options->begin(), options->end());
                    if (!fits(all))
                        return std::nullopt;
                }
                return all;
            }
            case Kind::Repeat: {
                auto once = expand(tree_.child(n));
                if (!once || n.max > kMaxLookbehind)
                    return std::nullopt;
                std::vector<std::string> all, times{""};
                for (uint32_t i = 0; i <= n.max; ++i) {
                    if (i >= n.min)
                        all.insert(all.end(), times.begin(), times.end());
                    if (i < n.max)
                        times = product(times, *once);
                    if (!fits(all) || !fits(times))
                        return std::nullopt;
                }
                // Greed does not matter when only "matches or not" is asked.
                return all;
            }
            default:
                return std::vector<std::string>{
                    std::string(text_.substr(n.begin, n.end - n.begin))};
        }
    }

private:
    static bool fits(const std::vector<std::string>& all) {
        size_t bytes = 0;
        for (const auto& s : all)
            bytes += s.size() + 1;
        return all.size() <= kMaxAlternatives && bytes <= kMaxBytes;
    }
    static std::vector<std::string> product(const std::vector<std::string>& a,
                                            const std::vector<std::string>& b) {
        std::vector<std::string> out;
        for (const auto& x : a) {
            for (const auto& y : b)
                out.push_back(x + y);
            if (out.size() > kMaxAlternatives)
                break;  // fits() will say no
        }
        return out;
    }
    const SyntaxTree& tree_;
    std::string_view text_;
};

// PCRE2 10.42: each top-level alternative, and each alternation further in, of one length.
bool has_fixed_parts(const SyntaxTree& tree, Index index) {
    const auto& n = tree.node(index);
    if (n.kind == Kind::Look)
        return true;
    if (n.kind == Kind::Alternation || n.kind == Kind::Repeat) {
        LengthRange l = length_of(tree, index);
        if (l.min != l.max)
            return false;
    }
    auto children = tree.children(n);
    return std::all_of(children.begin(), children.end(),
                       [&](Index child) { return has_fixed_parts(tree, child); });
}

// (?i), (?i:..) or (?>..): taking such groups apart would change what they mean. In translated
// text a ( is a group unless a backslash stands before it.
bool has_special_group(std::string_view text) {
    for (size_t i = 0; i + 2 < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '(' && text[i + 1] == '?' && text[i + 2] != ':')
            return true;
    }
    return false;
}

}  // namespace

util::Expected<std::string, std::string> expand_lookbehind(std::string_view inside, Flags flags,
                                                           bool has_captures) {
    SyntaxTree tree = SyntaxTree::parse(inside, flags);
    if (tree.is_opaque())
        return std::string(inside);  // PCRE2 shall judge
    LengthRange length = length_of(tree, tree.root());
    if (length.max > kMaxLookbehind)
        return util::Unexpected(std::string("Lookbehind longer than 255 not implemented"));
    if (length.min != length.max && has_captures)
        return util::Unexpected(
            std::string("Variable length lookbehind with capturing is experimental"));
    const auto& root = tree.node(tree.root());
    auto children = tree.children(root);
    bool fixed = root.kind == Kind::Alternation
                     ? std::all_of(children.begin(), children.end(),
                                   [&](Index child) { return has_fixed_parts(tree, child); })
                     : has_fixed_parts(tree, tree.root());
    if (fixed)
        return std::string(inside);
    if (has_special_group(inside))
        return util::Unexpected(std::string("lookbehind of variable length is too complex"));
    auto expanded = Expander(tree, inside).expand(tree.root());
    if (!expanded)
        return util::Unexpected(std::string("lookbehind of variable length is too complex"));
    std::string out;
    for (size_t i = 0; i < expanded->size(); ++i)
        out += (i == 0 ? "" : "|") + (*expanded)[i];
    return out;
}

}  // namespace regex
