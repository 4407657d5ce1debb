#include "regex/syntax_tree.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "util/strings.h"

namespace regex {

using Kind = SyntaxTree::Kind;
using Index = SyntaxTree::Index;
using Node = SyntaxTree::Node;

class TreeParser {
public:
    TreeParser(SyntaxTree& tree, std::string_view pattern, Flags flags)
        : tree_(tree), in_(pattern), mode_{flags.caseless, flags.multiline, flags.dotall} {
        // Most bytes of a pattern stand for themselves.
        tree_.nodes_.reserve(pattern.size() + 1);
        for (auto& known : known_literals_)
            known.fill(kUnknown);
    }

    Index parse() {
        Index root = alternation(0);
        while (pos_ < in_.size()) {  // an unmatched ')': not for us to judge
            tree_.opaque_ = true;
            ++pos_;
            alternation(0);
        }
        return root;
    }

private:
    struct Mode {
        bool caseless, multiline, dotall;
    };

    bool at_end() const { return pos_ >= in_.size(); }
    char peek(size_t ahead = 0) const {
        return pos_ + ahead < in_.size() ? in_[pos_ + ahead] : '\0';
    }
    bool next_is(std::string_view text) const { return in_.substr(pos_, text.size()) == text; }

    Index add(Node node) {
        tree_.nodes_.push_back(std::move(node));
        return static_cast<Index>(tree_.nodes_.size() - 1);
    }
    Index simple(Kind kind, size_t begin) {
        Node n;
        n.kind = kind;
        n.begin = static_cast<uint32_t>(begin);
        n.end = static_cast<uint32_t>(pos_);
        return add(std::move(n));
    }
    // Hands the children to the node; they stand together at the end of `open_`, from `first`.
    void adopt(Index parent, size_t first) {
        tree_.nodes_[parent].first_child = static_cast<uint32_t>(tree_.children_.size());
        tree_.nodes_[parent].child_count = static_cast<uint32_t>(open_.size() - first);
        tree_.children_.insert(tree_.children_.end(), open_.begin() + static_cast<long>(first),
                               open_.end());
        open_.resize(first);
    }
    void adopt_one(Index parent, Index child) {
        open_.push_back(child);
        adopt(parent, open_.size() - 1);
    }
    uint32_t class_number(const ByteSet& set) {
        auto [it, is_new] =
            known_classes_.try_emplace(set, static_cast<uint32_t>(tree_.classes_.size()));
        if (is_new)
            tree_.classes_.push_back(set);
        return it->second;
    }
    Index class_node(uint32_t number, size_t begin) {
        Index i = simple(Kind::Class, begin);
        tree_.nodes_[i].class_index = number;
        return i;
    }
    Index class_node(const ByteSet& set, size_t begin) {
        return class_node(class_number(set), begin);
    }
    Index literal(unsigned char c, size_t begin) {
        uint32_t& number = known_literals_[mode_.caseless][c];
        if (number == kUnknown) {
            ByteSet set;
            set.set(c);
            number = class_number(mode_.caseless ? with_both_cases(set) : set);
        }
        return class_node(number, begin);
    }
    Index assertion(SyntaxTree::Assertion what, size_t begin) {
        Index i = simple(Kind::Assertion, begin);
        tree_.nodes_[i].assertion = what;
        return i;
    }
    Index opaque(size_t begin) {
        tree_.opaque_ = true;
        return simple(Kind::Opaque, begin);
    }

    Index alternation(int depth) {
        size_t begin = pos_;
        Mode outer = mode_;
        size_t first = open_.size();
        Index branch = sequence(depth);
        open_.push_back(branch);
        while (peek() == '|' && !at_end()) {
            ++pos_;
            branch = sequence(depth);
            open_.push_back(branch);
        }
        mode_ = outer;
        if (open_.size() - first == 1) {
            open_.pop_back();
            return branch;
        }
        Index i = simple(Kind::Alternation, begin);
        adopt(i, first);
        return i;
    }

    Index sequence(int depth) {
        size_t begin = pos_;
        size_t first = open_.size();
        while (!at_end() && peek() != '|' && peek() != ')') {
            size_t start = pos_;
            Index item = quantified(atom(depth), start);
            open_.push_back(item);
        }
        if (open_.size() - first == 1) {
            Index item = open_.back();
            open_.pop_back();
            return item;
        }
        Index i = simple(open_.size() == first ? Kind::Empty : Kind::Sequence, begin);
        adopt(i, first);
        return i;
    }

    Index quantified(Index item, size_t start) {
        uint32_t min = 0, max = SyntaxTree::kUnlimited;
        switch (peek()) {
            case '*':
                ++pos_;
                break;
            case '+':
                min = 1;
                ++pos_;
                break;
            case '?':
                max = 1;
                ++pos_;
                break;
            case '{': {
                size_t close = in_.find('}', pos_);
                if (close == std::string_view::npos)
                    return item;
                std::string_view inside = in_.substr(pos_ + 1, close - pos_ - 1);
                size_t comma = inside.find(',');
                auto low = util::parse_int(inside.substr(0, comma));
                if (!low)
                    return item;
                min = max = static_cast<uint32_t>(*low);
                if (comma != std::string_view::npos) {
                    auto high = util::parse_int(inside.substr(comma + 1));
                    max = high ? static_cast<uint32_t>(*high) : SyntaxTree::kUnlimited;
                }
                pos_ = close + 1;
                break;
            }
            default:
                return item;
        }
        if (at_end())
            return repeat(item, min, max, start);
        if (peek() == '?' || peek() == '+')
            ++pos_;
        return repeat(item, min, max, start);
    }
    Index repeat(Index item, uint32_t min, uint32_t max, size_t start) {
        Index i = simple(Kind::Repeat, start);
        tree_.nodes_[i].min = min;
        tree_.nodes_[i].max = max;
        adopt_one(i, item);
        return i;
    }

    Index atom(int depth) {
        size_t begin = pos_;
        char c = in_[pos_++];
        switch (c) {
            case '(':
                return group(begin, depth);
            case '[':
                return bracket(begin);
            case '.': {
                ByteSet set;
                set.set();
                if (!mode_.dotall)
                    set.reset('\n');
                return class_node(set, begin);
            }
            case '^':
                return assertion(mode_.multiline ? SyntaxTree::Assertion::LineStart
                                                 : SyntaxTree::Assertion::TextStart,
                                 begin);
            case '$':
                return assertion(mode_.multiline ? SyntaxTree::Assertion::LineEnd
                                                 : SyntaxTree::Assertion::TextEnd,
                                 begin);
            case '\\':
                return escape(begin);
            default:
                return literal(static_cast<unsigned char>(c), begin);
        }
    }

    Index escape(size_t begin) {
        char c = peek();
        ++pos_;
        if (auto set = escape_class(c))
            return class_node(*set, begin);
        switch (c) {
            case 'A':
                return assertion(SyntaxTree::Assertion::TextStart, begin);
            case 'Z':
                return assertion(SyntaxTree::Assertion::TextEnd, begin);
            case 'z':
                return assertion(SyntaxTree::Assertion::VeryEnd, begin);
            case 'b':
                return assertion(SyntaxTree::Assertion::WordEdge, begin);
            case 'B':
                return assertion(SyntaxTree::Assertion::NotWordEdge, begin);
            case 'G':
                return assertion(SyntaxTree::Assertion::Here, begin);
            case 'g':
            case 'k': {
                char open = peek();
                char close = open == '<' ? '>' : open == '\'' ? '\'' : '}';
                size_t end = in_.find(close, pos_ + 1);
                pos_ = end == std::string_view::npos ? in_.size() : end + 1;
                return simple(Kind::BackReference, begin);
            }
            case 'x':
            case 'n':
            case 't':
            case 'r':
            case 'f':
            case 'e':
            case 'a':
                --pos_;
                return literal(plain_escape(), begin);
            default:
                if (util::is_alnum(static_cast<unsigned char>(c)))
                    return opaque(begin);  // \R \X \K
                return literal(static_cast<unsigned char>(c), begin);
        }
    }

    // pos_ is behind the backslash; one byte.
    unsigned char plain_escape() {
        char c = peek();
        ++pos_;
        switch (c) {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'f':
                return '\f';
            case 'e':
                return 0x1B;
            case 'a':
                return 0x07;
            case 'b':
                return 0x08;
            case 'x': {
                int value = 0;
                for (int i = 0; i < 2 && !at_end(); ++i) {
                    int digit = util::hex_value(static_cast<unsigned char>(peek()));
                    if (digit < 0)
                        break;
                    value = value * 16 + digit;
                    ++pos_;
                }
                return static_cast<unsigned char>(value);
            }
            default:
                return static_cast<unsigned char>(c);
        }
    }

    Index bracket(size_t begin) {
        bool negated = peek() == '^';
        if (negated)
            ++pos_;
        ByteSet set, fixed;  // `fixed` does not fold
        bool first = true;
        while (!at_end() && (peek() != ']' || first)) {
            first = false;
            if (next_is("[:")) {
                size_t end = in_.find(":]", pos_);
                if (end != std::string_view::npos) {
                    std::string_view name = in_.substr(pos_ + 2, end - pos_ - 2);
                    bool inverse = !name.empty() && name[0] == '^';
                    if (inverse)
                        name.remove_prefix(1);
                    if (mode_.caseless && (name == "upper" || name == "lower"))
                        name = "alpha";
                    if (auto named = posix_class(name)) {
                        fixed |= inverse ? ~*named : *named;
                        pos_ = end + 2;
                        continue;
                    }
                }
            }
            unsigned char low = 0;
            if (peek() == '\\') {
                ++pos_;
                if (auto named = peek() == 'N' ? std::nullopt : escape_class(peek())) {
                    fixed |= *named;
                    ++pos_;
                    continue;
                }
                low = plain_escape();
            } else {
                low = static_cast<unsigned char>(in_[pos_++]);
            }
            unsigned char high = low;
            if (peek() == '-' && peek(1) != ']' && peek(1) != '\0') {
                ++pos_;
                if (peek() == '\\') {
                    ++pos_;
                    high = plain_escape();
                } else {
                    high = static_cast<unsigned char>(in_[pos_++]);
                }
            }
            for (int c = low; c <= high; ++c)
                set.set(static_cast<size_t>(c));
        }
        ++pos_;
        if (mode_.caseless)
            set = with_both_cases(set);
        set |= fixed;
        return class_node(negated ? ~set : set, begin);
    }

    // Behind "(".
    Index group(size_t begin, int depth) {
        if (depth >= SyntaxTree::kMaxDepth)
            return skip_group(begin);
        if (peek() == '*') {
            static constexpr std::string_view kLooks[] = {"*pla:", "*nla:", "*plb:", "*nlb:"};
            for (std::string_view look : kLooks) {
                if (next_is(look)) {
                    pos_ += look.size();
                    return look_group(begin, depth, look[3] == 'b', look[1] == 'n');
                }
            }
            return skip_group(begin);
        }
        if (peek() != '?')
            return wrapped(Kind::Capture, begin, depth);
        ++pos_;
        char c = peek();
        char after = peek(1);
        if (c == '=' || c == '!') {
            ++pos_;
            return look_group(begin, depth, false, c == '!');
        }
        if (c == '<' && (after == '=' || after == '!')) {
            pos_ += 2;
            return look_group(begin, depth, true, after == '!');
        }
        if (c == ':' || c == '>') {
            ++pos_;
            Index inner = alternation(depth + 1);
            close();
            return inner;
        }
        if (c == '<' || c == '\'' || (c == 'P' && after == '<')) {
            size_t end = in_.find(c == '\'' ? '\'' : '>', pos_ + (c == 'P' ? 2 : 1));
            if (end == std::string_view::npos)
                return skip_group(begin);
            pos_ = end + 1;
            return wrapped(Kind::Capture, begin, depth);
        }
        if (c == 'P' && after == '=') {
            size_t end = in_.find(')', pos_);
            pos_ = end == std::string_view::npos ? in_.size() : end + 1;
            return simple(Kind::BackReference, begin);
        }
        return modifiers(begin, depth);
    }

    // Behind "(?": imsn-^ letters, then ) or : .
    Index modifiers(size_t begin, int depth) {
        Mode mode = mode_;
        bool on = true;
        for (; !at_end(); ++pos_) {
            switch (peek()) {
                case '^':
                    mode = Mode{false, false, false};
                    break;
                case '-':
                    on = false;
                    break;
                case 'i':
                    mode.caseless = on;
                    break;
                case 'm':
                    mode.multiline = on;
                    break;
                case 's':
                    mode.dotall = on;
                    break;
                case 'n':
                    break;
                case ')':
                    ++pos_;
                    mode_ = mode;  // until the end of the enclosing group
                    return simple(Kind::Empty, begin);
                case ':': {
                    ++pos_;
                    Mode outer = mode_;
                    mode_ = mode;
                    Index inner = alternation(depth + 1);
                    mode_ = outer;
                    close();
                    return inner;
                }
                default:
                    return skip_group(begin);
            }
        }
        return skip_group(begin);
    }

    void close() {
        if (peek() == ')')
            ++pos_;
    }
    Index wrapped(Kind kind, size_t begin, int depth) {
        Index inner = alternation(depth + 1);
        close();
        Index i = simple(kind, begin);
        adopt_one(i, inner);
        return i;
    }
    Index look_group(size_t begin, int depth, bool behind, bool negative) {
        Index i = wrapped(Kind::Look, begin, depth);
        tree_.nodes_[i].behind = behind;
        tree_.nodes_[i].negative = negative;
        return i;
    }

    // Recursion, conditions, verbs, branch reset: over all of it, without looking in.
    Index skip_group(size_t begin) {
        size_t open = 1;
        while (!at_end() && open > 0) {
            char c = in_[pos_++];
            if (c == '\\')
                pos_ = std::min(pos_ + 1, in_.size());
            else if (c == '(')
                ++open;
            else if (c == ')')
                --open;
            else if (c == '[')
                skip_bracket();
        }
        return opaque(begin);
    }
    void skip_bracket() {
        Mode keep = mode_;
        size_t nodes = tree_.nodes_.size();
        bracket(pos_);
        tree_.nodes_.resize(nodes);
        mode_ = keep;
    }

    SyntaxTree& tree_;
    std::string_view in_;
    size_t pos_ = 0;
    Mode mode_;
    std::vector<Index> open_;  // children of nodes that are not complete yet, innermost last
    std::unordered_map<ByteSet, uint32_t> known_classes_;
    static constexpr uint32_t kUnknown = UINT32_MAX;
    std::array<uint32_t, 256> known_literals_[2];  // class numbers, as they are and caseless
};

SyntaxTree SyntaxTree::parse(std::string_view translated, Flags flags) {
    SyntaxTree tree;
    tree.root_ = TreeParser(tree, translated, flags).parse();
    return tree;
}

namespace {
uint32_t saturating_add(uint32_t a, uint32_t b) {
    uint64_t sum = uint64_t{a} + b;
    return sum >= SyntaxTree::kUnlimited ? SyntaxTree::kUnlimited : static_cast<uint32_t>(sum);
}
uint32_t saturating_multiply(uint32_t a, uint32_t b) {
    uint64_t product = uint64_t{a} * b;
    return product >= SyntaxTree::kUnlimited ? SyntaxTree::kUnlimited
                                             : static_cast<uint32_t>(product);
}
}  // namespace

LengthRange length_of(const SyntaxTree& tree, SyntaxTree::Index index) {
    const Node& n = tree.node(index);
    switch (n.kind) {
        case Kind::Empty:
        case Kind::Look:
        case Kind::Assertion:
            return {0, 0};
        case Kind::Class:
            return {1, 1};
        case Kind::Capture:
            return length_of(tree, tree.child(n));
        case Kind::Sequence: {
            LengthRange sum;
            for (Index child : tree.children(n)) {
                LengthRange l = length_of(tree, child);
                sum.min = saturating_add(sum.min, l.min);
                sum.max = saturating_add(sum.max, l.max);
            }
            return sum;
        }
        case Kind::Alternation: {
            LengthRange all{SyntaxTree::kUnlimited, 0};
            for (Index child : tree.children(n)) {
                LengthRange l = length_of(tree, child);
                all.min = std::min(all.min, l.min);
                all.max = std::max(all.max, l.max);
            }
            return all;
        }
        case Kind::Repeat: {
            LengthRange l = length_of(tree, tree.child(n));
            return {saturating_multiply(l.min, n.min), saturating_multiply(l.max, n.max)};
        }
        case Kind::BackReference:
        case Kind::Opaque:
            break;
    }
    return {0, SyntaxTree::kUnlimited};
}

}  // namespace regex
