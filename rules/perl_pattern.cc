#include "rules/perl_pattern.h"

#include <algorithm>
#include <vector>

#include "util/strings.h"

namespace rules {

namespace {

using util::is_alpha;
using util::is_digit;
using util::is_xdigit;

constexpr int kMaxRepeat = 65534;
constexpr size_t kMaxGroups = 200;  // nested

class PatternReader {
public:
    explicit PatternReader(std::string_view pattern) : p_(pattern) {}

    PatternVerdict read() {
        groups_.push_back({});
        while (at_ < p_.size() && !done_)
            step();
        if (!done_ && groups_.size() > 1)
            bad("Unmatched (");
        if (!done_ && highest_reference_ > captures_)
            bad("Reference to nonexistent group");
        if (!done_)
            verdict_.kind = PatternVerdict::Kind::Good;
        return verdict_;
    }

private:
    // What a quantifier would apply to.
    enum class Last {
        Nothing,     // start, ( or |
        Wide,        // may match a character
        ZeroWidth,   // ^ $ \b and the like
        ZeroGroup,   // a group without any character in it
        Quantified,  // has its quantifier
        Flags        // (?i): nothing, but not the start either
    };
    struct Group {
        bool lookbehind = false;
        bool lookaround = false;
        bool wide = false;
    };

    void bad(std::string reason) {
        if (done_)
            return;
        done_ = true;
        verdict_ = {PatternVerdict::Kind::Bad, std::move(reason)};
    }
    void unsure() {
        if (done_)
            return;
        done_ = true;
        verdict_ = {PatternVerdict::Kind::Unsure, {}};
    }
    char peek(size_t ahead = 0) const { return at_ + ahead < p_.size() ? p_[at_ + ahead] : '\0'; }
    bool has(size_t ahead = 0) const { return at_ + ahead < p_.size(); }
    void atom() {
        last_ = Last::Wide;
        groups_.back().wide = true;
    }

    void step() {
        switch (p_[at_]) {
            case '(':
                open();
                break;
            case ')':
                close();
                break;
            case '|':
                ++at_;
                last_ = Last::Nothing;
                break;
            case '[':
                ++at_;
                char_class();
                atom();
                break;
            case '\\':
                escape();
                break;
            case '^':
            case '$':
                ++at_;
                last_ = Last::ZeroWidth;
                break;
            case '*':
            case '+':
            case '?':
                quantifier(p_[at_] == '+' ? 1 : 0, p_[at_] == '?' ? 1 : -1, 1);
                break;
            case '{':
                brace();
                break;
            default:
                ++at_;
                atom();
        }
    }

    // {n} {n,} {n,m}; other braces are literal where no quantifier can stand.
    void brace() {
        size_t i = at_ + 1;
        auto number = [&](int& out) {
            size_t start = i;
            int64_t n = 0;
            while (i < p_.size() && is_digit(static_cast<unsigned char>(p_[i])))
                n = std::min<int64_t>(n * 10 + (p_[i++] - '0'), 1'000'000);
            out = static_cast<int>(n);
            return i > start;
        };
        if (last_ == Last::Nothing) {
            ++at_;
            atom();
            return;
        }
        int low = 0, high = 0;
        bool valid = number(low);
        bool zero_in_front = valid && i - at_ > 2 && p_[at_ + 1] == '0';
        high = low;
        if (valid && i < p_.size() && p_[i] == ',') {
            size_t start = ++i;
            if (!number(high))
                high = -1;
            zero_in_front = zero_in_front || (i - start > 1 && p_[start] == '0');
        }
        if (valid && zero_in_front && i < p_.size() && p_[i] == '}') {
            bad("Invalid quantifier in {,}");
            return;
        }
        if (valid && i < p_.size() && p_[i] == '}') {
            quantifier(low, high, i + 1 - at_);
            return;
        }
        if (is_newer_quantifier() || last_ == Last::Flags) {
            unsure();
            return;
        }
        if (last_ == Last::Wide || last_ == Last::ZeroGroup) {
            bad("Unescaped left brace in regex is passed through");
            return;
        }
        ++at_;
        atom();
    }

    // {,n} and blanks inside, which Perl 5.34 brought.
    bool is_newer_quantifier() const {
        size_t close = p_.find('}', at_);
        if (close == std::string_view::npos)
            return false;
        std::string_view inside = util::trim(p_.substr(at_ + 1, close - at_ - 1));
        if (inside.find_first_of("0123456789") == std::string_view::npos)
            return false;
        auto parts = util::split(inside, ',');
        if (parts.size() > 2)
            return false;
        for (auto part : parts)
            if (util::trim(part).find_first_not_of("0123456789") != std::string_view::npos)
                return false;
        return true;
    }

    void quantifier(int low, int high, size_t length) {
        if (last_ == Last::Nothing || last_ == Last::Flags) {
            bad("Quantifier follows nothing");
            return;
        }
        if (last_ == Last::Quantified) {
            bad("Nested quantifiers");
            return;
        }
        if (low > kMaxRepeat || high > kMaxRepeat) {
            bad("Quantifier in {,} bigger than 65534");
            return;
        }
        if (high >= 0 && low > high) {
            bad("Quantifier {n,m} with n > m can't match");
            return;
        }
        if (last_ == Last::ZeroWidth || last_ == Last::ZeroGroup) {
            if (high < 0) {
                bad("matches null string many times");
                return;
            }
            if (low > 0 && high > 1) {
                if (last_ == Last::ZeroGroup)
                    unsure();
                else
                    bad("Quantifier unexpected on zero-length expression");
                return;
            }
        }
        if (high == 0) {
            unsure();
            return;
        }
        if (low != high && in_lookbehind()) {
            unsure();
            return;
        }
        bool braces = p_[at_] == '{';
        at_ += length;
        if (peek() == '?') {
            if (braces && low == high) {
                bad("Useless use of greediness modifier '?'");
                return;
            }
            ++at_;
        } else if (peek() == '+') {
            ++at_;
        }
        last_ = Last::Quantified;
    }

    bool in_lookbehind() const {
        return std::any_of(groups_.begin(), groups_.end(),
                           [](const Group& g) { return g.lookbehind; });
    }

    void open() {
        Group group;
        ++at_;
        if (groups_.size() >= kMaxGroups || peek() == '*') {
            unsure();
            return;
        }
        if (peek() != '?') {
            ++captures_;
        } else {
            ++at_;
            char kind = peek();
            if (kind == ':' || kind == '>') {
                ++at_;
            } else if (kind == '=' || kind == '!') {
                ++at_;
                group.lookaround = true;
            } else if (kind == '<' && (peek(1) == '=' || peek(1) == '!')) {
                at_ += 2;
                group.lookaround = group.lookbehind = true;
            } else if (kind == '<' || kind == '\'' || (kind == 'P' && peek(1) == '<')) {
                at_ += kind == 'P' ? 2 : 1;
                if (!group_name(kind == '\'' ? '\'' : '>'))
                    return;
                ++captures_;
            } else if (is_alpha(static_cast<unsigned char>(kind)) || kind == '^' || kind == '-') {
                if (!inline_flags())
                    return;
                if (p_[at_ - 1] == ')') {
                    last_ = Last::Flags;
                    return;
                }
            } else {
                unsure();
                return;
            }
        }
        groups_.push_back(group);
        last_ = Last::Nothing;
    }

    bool group_name(char end) {
        size_t start = at_;
        while (has() && util::is_word(static_cast<unsigned char>(peek())))
            ++at_;
        // PCRE2 allows 32 bytes; what it makes of longer ones it must say itself.
        if (at_ - start > 32) {
            unsure();
            return false;
        }
        if (at_ == start || is_digit(static_cast<unsigned char>(p_[start])) || peek() != end) {
            bad("Group name must start with a non-digit word character");
            return false;
        }
        ++at_;
        return true;
    }

    // "i)" or "i-s:"; leaves at_ behind the ) or :.
    bool inline_flags() {
        bool minus = false;
        for (; has(); ++at_) {
            char c = peek();
            if (c == '-' && !minus) {
                minus = true;
                continue;
            }
            if (c == ')' || c == ':') {
                ++at_;
                return true;
            }
            if (c != 'i' && c != 'm' && c != 's') {
                unsure();
                return false;
            }
        }
        unsure();
        return false;
    }

    void close() {
        if (groups_.size() == 1) {
            bad("Unmatched )");
            return;
        }
        Group group = groups_.back();
        groups_.pop_back();
        ++at_;
        if (group.lookaround) {
            last_ = Last::ZeroGroup;
        } else if (group.wide) {
            atom();
        } else {
            last_ = Last::ZeroGroup;
        }
    }

    // Behind "\x": two hex digits, or braces with what fits a byte.
    bool hex() {
        if (peek() == '{') {
            size_t close = p_.find('}', at_);
            std::string_view digits =
                close == std::string_view::npos ? "" : p_.substr(at_ + 1, close - at_ - 1);
            if (digits.empty() || digits.size() > 2 ||
                !std::all_of(digits.begin(), digits.end(),
                             [](unsigned char c) { return is_xdigit(c); })) {
                unsure();
                return false;
            }
            value_ = 0;
            for (char c : digits)
                value_ = value_ * 16 + util::hex_value(static_cast<unsigned char>(c));
            at_ = close + 1;
            return true;
        }
        int n = 0;
        value_ = 0;
        while (n < 2 && has() && is_xdigit(static_cast<unsigned char>(peek()))) {
            value_ = value_ * 16 + util::hex_value(static_cast<unsigned char>(peek()));
            ++at_;
            ++n;
        }
        if (n < 2 && has()) {
            bad("Non-hex character terminates \\x early");
            return false;
        }
        return true;
    }

    // Behind "\" at an octal digit; three digits at most.
    bool octal() {
        int n = 0;
        value_ = 0;
        while (n < 3 && peek() >= '0' && peek() <= '7' && has()) {
            value_ = value_ * 8 + (peek() - '0');
            ++at_;
            ++n;
        }
        if (n < 3 && (peek() == '8' || peek() == '9')) {
            bad("Non-octal character terminates \\0 early");
            return false;
        }
        if (value_ > 255) {
            unsure();
            return false;
        }
        return true;
    }

    void escape() {
        ++at_;
        if (!has()) {
            bad("Trailing \\");
            return;
        }
        char c = peek();
        auto u = static_cast<unsigned char>(c);
        if (is_digit(u)) {
            if (c == '0') {
                if (octal())
                    atom();
            } else if (is_digit(static_cast<unsigned char>(peek(1)))) {
                unsure();
            } else {
                highest_reference_ = std::max(highest_reference_, c - '0');
                ++at_;
                atom();
            }
            return;
        }
        ++at_;
        if (!is_alpha(u)) {
            atom();
            return;
        }
        switch (c) {
            case 'a':
            case 'd':
            case 'D':
            case 'e':
            case 'f':
            case 'h':
            case 'H':
            case 'n':
            case 'r':
            case 's':
            case 'S':
            case 't':
            case 'v':
            case 'V':
            case 'w':
            case 'W':
                atom();
                return;
            case 'b':
            case 'B':
                if (peek() == '{') {
                    unsure();
                    return;
                }
                last_ = Last::ZeroWidth;
                return;
            case 'A':
            case 'z':
            case 'Z':
            case 'G':
                last_ = Last::ZeroWidth;
                return;
            case 'x':
                if (hex())
                    atom();
                return;
            case 'c':
            case 'g':
            case 'k':
            case 'K':
            case 'N':
            case 'o':
            case 'p':
            case 'P':
            case 'R':
            case 'X':
                unsure();
                return;
            default:
                bad(std::string("Unrecognized escape \\") + c + " passed through");
        }
    }

    // One member of a class. False when reading ended. `single`: it is one character, value_.
    bool class_member(bool& single) {
        single = true;
        char c = peek();
        if (c == '[' && (peek(1) == ':' || peek(1) == '.' || peek(1) == '=')) {
            if (peek(1) == ':' && posix_class()) {
                single = false;
                return true;
            }
            unsure();
            return false;
        }
        ++at_;
        if (c != '\\') {
            value_ = static_cast<unsigned char>(c);
            return true;
        }
        if (!has()) {
            bad("Unmatched [");
            return false;
        }
        c = peek();
        auto u = static_cast<unsigned char>(c);
        if (c >= '0' && c <= '7')
            return octal();
        ++at_;
        if (!is_alpha(u) && !is_digit(u)) {
            value_ = u;
            return true;
        }
        switch (c) {
            case 'a':
                value_ = 7;
                return true;
            case 'b':
                value_ = 8;
                return true;
            case 'e':
                value_ = 27;
                return true;
            case 'f':
                value_ = 12;
                return true;
            case 'n':
                value_ = 10;
                return true;
            case 'r':
                value_ = 13;
                return true;
            case 't':
                value_ = 9;
                return true;
            case 'd':
            case 'D':
            case 'h':
            case 'H':
            case 's':
            case 'S':
            case 'v':
            case 'V':
            case 'w':
            case 'W':
                single = false;
                return true;
            case 'x':
                return hex();
            case 'c':
            case 'N':
            case 'o':
            case 'p':
            case 'P':
                unsure();
                return false;
            default:
                bad(std::string("Unrecognized escape \\") + c +
                    " in character class passed through");
                return false;
        }
    }

    // [:name:] or [:^name:] at at_.
    bool posix_class() {
        static constexpr std::string_view kNames[] = {"alpha", "alnum", "ascii", "blank", "cntrl",
                                                      "digit", "graph", "lower", "print", "punct",
                                                      "space", "upper", "word",  "xdigit"};
        size_t end = p_.find(":]", at_ + 2);
        if (end == std::string_view::npos)
            return false;
        std::string_view name = p_.substr(at_ + 2, end - at_ - 2);
        if (!name.empty() && name[0] == '^')
            name.remove_prefix(1);
        if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames))
            return false;
        at_ = end + 2;
        return true;
    }

    // [:alpha:] without the outer brackets, which Perl complains of; half of it, too.
    bool looks_like_posix() const {
        char c = peek();
        if (c != ':' && c != '.' && c != '=')
            return false;
        size_t close = p_.find(']', at_ + 1);
        return close == std::string_view::npos || p_[close - 1] == c ||
               is_alpha(static_cast<unsigned char>(peek(1))) || peek(1) == '^';
    }

    void char_class() {
        if (looks_like_posix()) {
            unsure();
            return;
        }
        if (peek() == '^')
            ++at_;
        bool first = true;
        for (;; first = false) {
            if (!has()) {
                bad("Unmatched [");
                return;
            }
            if (peek() == ']' && !first) {
                ++at_;
                return;
            }
            bool single = false;
            if (!class_member(single))
                return;
            if (peek() != '-' || !has(1) || peek(1) == ']')
                continue;
            int low = value_;
            ++at_;
            bool single_end = false;
            if (!class_member(single_end))
                return;
            if (!single || !single_end) {
                bad("False [] range");
                return;
            }
            if (low > value_) {
                bad("Invalid [] range");
                return;
            }
        }
    }

    std::string_view p_;
    size_t at_ = 0;
    std::vector<Group> groups_;
    Last last_ = Last::Nothing;
    int captures_ = 0, highest_reference_ = 0;
    int value_ = 0;  // of the character read last
    bool done_ = false;
    PatternVerdict verdict_;
};

}  // namespace

PatternVerdict read_perl_pattern(std::string_view pattern, std::string_view flags) {
    // Blanks and comments change what stands next to what; captures may not count.
    if (flags.find_first_of("xn") != std::string_view::npos)
        return {};
    return PatternReader(pattern).read();
}

}  // namespace rules
