#include "regex/translate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "regex/byte_class.h"
#include "regex/lookbehind.h"
#include "util/strings.h"

namespace regex {

namespace {

constexpr uint32_t kMaxRepeat = 65534;  // Perl's; PCRE2 would take one more
constexpr size_t kMaxNesting = 240;     // PCRE2's default is 250

constexpr bool is_alnum(char c) {
    return util::is_alnum(static_cast<unsigned char>(c));
}
constexpr bool is_word(char c) {
    return util::is_word(static_cast<unsigned char>(c));
}
constexpr bool is_digit(char c) {
    return util::is_digit(static_cast<unsigned char>(c));
}
constexpr bool is_octal(char c) {
    return c >= '0' && c <= '7';
}
// What /x skips; 0x85 is a line end too.
constexpr bool is_pattern_space(char c) {
    return util::is_space(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) == 0x85;
}

// Thrown and caught within this file only.
struct Refusal {
    std::string message;
    size_t offset;
};

struct Quantifier {
    uint32_t min = 0, max = 0;  // max UINT32_MAX: none
    size_t length = 0;
};

// {n} {n,} {n,m} {,m}, blanks allowed next to braces and comma; nullopt when it is no quantifier.
std::optional<Quantifier> read_braces(std::string_view text) {
    size_t i = 1;
    auto blanks = [&] {
        while (i < text.size() && (text[i] == ' ' || text[i] == '\t'))
            ++i;
    };
    auto number = [&](std::optional<uint32_t>& out) {
        size_t start = i;
        uint64_t value = 0;
        while (i < text.size() && is_digit(text[i]))
            value =
                std::min<uint64_t>(value * 10 + static_cast<uint64_t>(text[i++] - '0'), 1u << 30);
        if (i > start)
            out = static_cast<uint32_t>(value);
    };
    std::optional<uint32_t> min, max;
    blanks();
    number(min);
    blanks();
    bool comma = i < text.size() && text[i] == ',';
    if (comma) {
        ++i;
        blanks();
        number(max);
        blanks();
    }
    if (i >= text.size() || text[i] != '}' || (!min && !max))
        return std::nullopt;
    Quantifier q;
    q.length = i + 1;
    q.min = min.value_or(0);
    q.max = !comma ? q.min : max ? *max : UINT32_MAX;
    return q;
}

class Translator {
public:
    Translator(std::string_view pattern, Flags flags, size_t total_groups)
        : in_(pattern), total_groups_(total_groups) {
        mode_.caseless = flags.caseless;
        mode_.no_capture = flags.no_capture;
        mode_.extended = flags.extended_more ? 2 : flags.extended ? 1 : 0;
    }

    std::string run() {
        while (pos_ < in_.size())
            step();
        if (!frames_.empty())
            refuse("Unmatched (", frames_.back().begin);
        for (const auto& [name, offset] : named_references_) {
            if (std::find(names_.begin(), names_.end(), name) == names_.end())
                refuse("Reference to nonexistent named group", offset);
        }
        for (const auto& [number, offset] : references_) {
            if (number > groups_)
                refuse("Reference to nonexistent group", offset);
        }
        return std::move(out_);
    }
    size_t groups() const { return groups_; }

private:
    struct Mode {
        bool caseless = false;
        bool no_capture = false;
        int extended = 0;  // 2 for xx
    };
    // What a quantifier would apply to.
    enum class Last { Nothing, Atom, Quantified };
    struct Frame {
        Mode mode;              // of the enclosing group
        size_t begin = 0;       // '(' in the input
        size_t out_begin = 0;   // where its translation begins
        size_t out_inside = 0;  // behind "(?<=" and the like
        bool look = false, behind = false;
        bool condition = false;  // at most two branches
        bool drop = false;       // the group itself is not written
        bool outer_width = false;
        size_t groups_before = 0;
        // Branch reset: numbers start anew with each branch.
        bool branch_reset = false;
        size_t reset_from = 0, reset_max = 0;
    };

    [[noreturn]] void refuse(std::string message, size_t offset) {
        throw Refusal{std::move(message), offset};
    }
    [[noreturn]] void refuse(std::string message) { refuse(std::move(message), pos_); }

    char at(size_t i) const { return i < in_.size() ? in_[i] : '\0'; }
    char peek(size_t ahead = 0) const { return at(pos_ + ahead); }
    bool next_is(std::string_view text) const { return in_.substr(pos_, text.size()) == text; }

    void emit_byte(unsigned char c) {
        if (c < 0x80 && c > 0x20 && !is_word(static_cast<char>(c)) && c != 0x7F)
            out_ += '\\';
        out_ += static_cast<char>(c);
    }
    void atom(bool width) {
        last_ = Last::Atom;
        last_has_width_ = width;
        width_ |= width;
        fresh_ = false;
    }
    // A character above 0xFF can stand in a pattern but in no subject.
    void literal(uint32_t c) {
        if (c > 0xFF)
            out_ += "(?!)";
        else
            emit_byte(static_cast<unsigned char>(c));
        last_ = Last::Atom;
        last_has_width_ = true;
        width_ = true;
        fresh_ = false;
    }

    bool skip_space_and_comments() {
        size_t start = pos_;
        for (;;) {
            if (mode_.extended > 0 && pos_ < in_.size() && is_pattern_space(peek())) {
                ++pos_;
            } else if (mode_.extended > 0 && peek() == '#' && pos_ < in_.size()) {
                size_t end = in_.find('\n', pos_);
                pos_ = end == std::string_view::npos ? in_.size() : end + 1;
            } else if (next_is("(?#")) {
                size_t end = in_.find(')', pos_);
                if (end == std::string_view::npos)
                    refuse("Sequence (?#... not terminated");
                pos_ = end + 1;
            } else {
                return pos_ != start;
            }
        }
    }

    void step() {
        if (skip_space_and_comments())
            return;
        char c = peek();
        size_t begin_of_last = std::exchange(atom_begin_, out_.size());
        switch (c) {
            case '(':
                open_group();
                return;
            case ')':
                close_group();
                return;
            case '|':
                ++pos_;
                branch();
                return;
            case '[':
                bracket();
                return;
            case '\\':
                escape();
                return;
            case '.':
                ++pos_;
                out_ += '.';
                atom(true);
                return;
            case '^':
            case '$':
                ++pos_;
                out_ += c;
                {
                    bool was_fresh = fresh_;
                    atom(false);
                    fresh_ = c == '^' && was_fresh;
                }
                return;
            case '*':
            case '+':
            case '?':
                quantify(begin_of_last);
                return;
            case '{':
                if (read_braces(in_.substr(pos_))) {
                    quantify(begin_of_last);
                    return;
                }
                if (!fresh_)
                    refuse("Unescaped left brace in regex is passed through");
                break;
            default:
                break;
        }
        ++pos_;
        literal(static_cast<unsigned char>(c));
    }

    void branch() {
        out_ += '|';
        last_ = Last::Nothing;
        fresh_ = true;
        if (frames_.empty())
            return;
        Frame& f = frames_.back();
        if (f.condition && ++branches_of_condition_.back() > 2)
            refuse("Switch (?(condition)... contains too many branches");
        if (f.branch_reset) {
            f.reset_max = std::max(f.reset_max, groups_);
            groups_ = f.reset_from;
        }
    }

    // `begin`: where the translation of what is repeated begins.
    void quantify(size_t begin) {
        size_t start = pos_;
        Quantifier q;
        char c = peek();
        std::string text;
        if (c == '{') {
            q = *read_braces(in_.substr(pos_));
            if (last_ == Last::Nothing)
                refuse("Quantifier follows nothing");
            if (q.min > kMaxRepeat || (q.max != UINT32_MAX && q.max > kMaxRepeat))
                refuse("Quantifier in {,} bigger than 65534");
            if (q.min > q.max)
                refuse("Quantifier {n,m} with n > m can't match");
            text = q.max == q.min        ? fmt::format("{{{}}}", q.min)
                   : q.max == UINT32_MAX ? fmt::format("{{{},}}", q.min)
                                         : fmt::format("{{{},{}}}", q.min, q.max);
        } else {
            q = {c == '+' ? 1u : 0u, c == '?' ? 1u : UINT32_MAX, 1};
            text = std::string(1, c);
        }
        if (last_ == Last::Nothing)
            refuse("Quantifier follows nothing");
        if (last_ == Last::Quantified)
            refuse("Nested quantifiers");
        if (!last_has_width_) {
            if (q.max == UINT32_MAX)
                refuse("matches null string many times", start);
            if (q.max > 1)
                refuse("Quantifier unexpected on zero-length expression", start);
            // PCRE2 repeats groups, but not bare assertions.
            if (out_[begin] != '(' || out_[begin + 1] == '*') {
                out_.insert(begin, "(?:");
                out_ += ')';
            }
        }
        pos_ += q.length;
        out_ += text;
        skip_space_and_comments();
        if (peek() == '?' || peek() == '+') {
            out_ += peek();
            ++pos_;
        }
        last_ = Last::Quantified;
        fresh_ = true;
    }

    // --- groups ---

    void push(Frame f, std::string_view text) {
        if (frames_.size() >= kMaxNesting)
            refuse("Too many nested open parens", f.begin);
        f.out_begin = out_.size();
        f.outer_width = width_;
        f.groups_before = groups_;
        out_ += text;
        f.out_inside = out_.size();
        if (f.condition)
            branches_of_condition_.push_back(1);
        frames_.push_back(f);
        width_ = false;
        last_ = Last::Nothing;
        fresh_ = true;
    }
    void open_capture(Frame f, std::string_view text) {
        push(f, text);
        ++groups_;
    }

    std::string_view name_until(char close) {
        size_t end = pos_;
        while (is_word(at(end)))
            ++end;
        if (end == pos_ || is_digit(at(pos_)))
            refuse("Group name must start with a non-digit word character");
        if (at(end) != close)
            refuse("Sequence not terminated");
        std::string_view name = in_.substr(pos_, end - pos_);
        pos_ = end + 1;
        return name;
    }

    void open_group() {
        Frame f;
        f.begin = pos_;
        f.mode = mode_;
        ++pos_;
        if (mode_.extended > 0 && is_pattern_space(peek())) {
            size_t after = pos_;
            while (is_pattern_space(at(after)) && after < in_.size())
                ++after;
            if (at(after) == '?')
                refuse("In '(?...)', the '(' and '?' must be adjacent");
            if (at(after) == '*')
                refuse("In '(*VERB...)', the '(' and '*' must be adjacent");
        }
        if (peek() == '*' && pos_ < in_.size()) {
            verb(f);
            return;
        }
        if (peek() != '?') {
            if (mode_.no_capture)
                push(f, "(?:");
            else
                open_capture(f, "(");
            return;
        }
        ++pos_;
        char c = peek();
        ++pos_;
        switch (c) {
            case ':':
                push(f, "(?:");
                return;
            case '|':
                f.branch_reset = true;
                f.reset_from = f.reset_max = groups_;
                push(f, "(?|");
                return;
            case '=':
            case '!':
                f.look = true;
                // (?!) is Perl's FAIL.
                if (c == '!' && peek() == ')') {
                    ++pos_;
                    out_ += "(?!)";
                    atom(false);
                    return;
                }
                push(f, c == '=' ? "(?=" : "(?!");
                return;
            case '>':
                push(f, "(?>");
                return;
            case '<':
                if (peek() == '=' || peek() == '!') {
                    f.look = f.behind = true;
                    push(f, peek() == '=' ? "(?<=" : "(?<!");
                    ++pos_;
                    return;
                }
                named_capture(f, '>');
                return;
            case '\'':
                named_capture(f, '\'');
                return;
            case 'P':
                python(f);
                return;
            case '&': {
                auto name = name_until(')');
                named_references_.emplace_back(name, pos_);
                out_ += fmt::format("(?&{})", name);
                atom(true);
                return;
            }
            case 'R':
            case '0':
                if (peek() != ')')
                    refuse("Sequence (?R) not terminated");
                ++pos_;
                out_ += "(?R)";
                atom(true);
                return;
            case '(':
                condition(f);
                return;
            case '{':
            case '?':
                refuse("eval (?{}) found");
            default:
                --pos_;
                if (is_digit(c) || ((c == '+' || c == '-') && is_digit(peek(1)))) {
                    recursion();
                    return;
                }
                modifiers(f);
        }
    }

    void named_capture(Frame f, char close) {
        auto name = name_until(close);
        names_.emplace_back(name);
        open_capture(f, fmt::format("(?<{}>", name));
    }

    void python(Frame f) {
        char c = peek();
        ++pos_;
        if (c == '<') {
            named_capture(f, '>');
        } else if (c == '=') {
            auto name = name_until(')');
            named_references_.emplace_back(name, pos_);
            out_ += fmt::format("\\k<{}>", name);
            atom(true);
        } else if (c == '>') {
            auto name = name_until(')');
            named_references_.emplace_back(name, pos_);
            out_ += fmt::format("(?&{})", name);
            atom(true);
        } else {
            refuse("Sequence (?P...) not recognized");
        }
    }

    // (?1) (?-1) (?+1)
    void recursion() {
        char sign = peek();
        if (!is_digit(sign))
            ++pos_;
        size_t number = read_number();
        if (peek() != ')')
            refuse("Sequence (?R) not terminated");
        ++pos_;
        if (sign == '-') {
            if (number == 0 || number > groups_)
                refuse("Reference to nonexistent group");
            number = groups_ + 1 - number;
        } else if (sign == '+') {
            number += groups_;
        }
        if (number == 0) {
            out_ += "(?R)";
        } else {
            references_.emplace_back(number, pos_);
            out_ += fmt::format("(?{})", number);
        }
        atom(true);
    }
    size_t read_number() {
        size_t value = 0;
        while (is_digit(peek()))
            value = std::min<size_t>(value * 10 + static_cast<size_t>(in_[pos_++] - '0'), 1u << 30);
        return value;
    }

    // Behind "(?(".
    void condition(Frame f) {
        f.condition = true;
        if (is_digit(peek())) {
            size_t number = read_number();
            if (peek() != ')')
                refuse("Switch condition not recognized");
            ++pos_;
            if (number == 0)
                refuse("Switch condition not recognized");
            // A group that does not exist has never matched.
            push(f, number > total_groups_ ? std::string("(?(?!)") : fmt::format("(?({})", number));
            return;
        }
        if (peek() == '<' || peek() == '\'') {
            char close = peek() == '<' ? '>' : '\'';
            ++pos_;
            auto name = name_until(close);
            if (peek() != ')')
                refuse("Switch condition not recognized");
            ++pos_;
            named_references_.emplace_back(name, pos_);
            push(f, fmt::format("(?(<{}>)", name));
            return;
        }
        if (next_is("DEFINE)")) {
            pos_ += 7;
            push(f, "(?(DEFINE)");
            return;
        }
        if (peek() == 'R') {
            size_t end = in_.find(')', pos_);
            if (end == std::string_view::npos)
                refuse("Switch condition not recognized");
            std::string_view what = in_.substr(pos_, end - pos_);
            for (char c : what.substr(1))
                if (!is_word(c) && c != '&')
                    refuse("Switch condition not recognized");
            pos_ = end + 1;
            push(f, fmt::format("(?({})", what));
            return;
        }
        // A lookaround: the condition frame opens without its '(', the look follows as a group.
        if (peek() == '?' && (peek(1) == '=' || peek(1) == '!' || peek(1) == '<')) {
            --pos_;
            push(f, "(?");
            return;
        }
        refuse("Unknown switch condition (?(...))");
    }

    void modifiers(Frame f) {
        Mode mode = mode_;
        std::string kept, removed;
        bool on = true, caret = false;
        int ascii = 0;
        char charset = '\0';
        for (size_t first = pos_;; ++pos_) {
            char c = peek();
            if (pos_ >= in_.size())
                refuse("Sequence (?... not terminated", f.begin);
            if (c == '^' && pos_ == first) {
                caret = true;
                mode = Mode();
                continue;
            }
            if (c == '-') {
                if (!on || caret)
                    refuse("Sequence (?...-...) not recognized");
                on = false;
                continue;
            }
            if (c == ')' || c == ':')
                break;
            switch (c) {
                case 'i':
                    mode.caseless = on;
                    (on ? kept : removed) += c;
                    break;
                case 'm':
                case 's':
                    (on ? kept : removed) += c;
                    break;
                case 'n':
                    mode.no_capture = on;
                    break;
                case 'x': {
                    int letters = peek(1) == 'x' ? 2 : 1;
                    pos_ += static_cast<size_t>(letters - 1);
                    mode.extended = on ? letters : 0;
                    break;
                }
                case 'a':
                case 'd':
                case 'l':
                case 'u':
                    if (!on)
                        refuse("Regexp modifier may not appear after the \"-\"");
                    ascii += c == 'a' ? 1 : 0;
                    if (ascii > 2 || (charset != '\0' && charset != c) ||
                        (charset == c && c != 'a'))
                        refuse("Regexp modifiers are mutually exclusive");
                    charset = c;
                    break;
                case 'p':
                    if (!on)
                        refuse("Useless use of (?-p)");
                    break;
                default:
                    refuse(fmt::format("Sequence (?{}...) not recognized", c));
            }
        }
        bool group = peek() == ':';
        ++pos_;
        std::string letters = caret ? "^" + kept : kept;
        if (!removed.empty())
            letters += "-" + removed;
        if (group) {
            push(f, "(?" + letters + ":");
            mode_ = mode;
            return;
        }
        if (!letters.empty())
            out_ += "(?" + letters + ")";
        mode_ = mode;
        last_ = Last::Nothing;
        fresh_ = true;
    }

    // Behind "(": verbs and the assertions with names.
    void verb(Frame f) {
        size_t end = pos_ + 1;
        while (is_word(at(end)))
            ++end;
        std::string_view name = in_.substr(pos_ + 1, end - pos_ - 1);
        struct Look {
            std::string_view name, text;
            bool behind;
        };
        static constexpr Look kLooks[] = {
            {"pla", "(?=", false}, {"positive_lookahead", "(?=", false},
            {"nla", "(?!", false}, {"negative_lookahead", "(?!", false},
            {"plb", "(?<=", true}, {"positive_lookbehind", "(?<=", true},
            {"nlb", "(?<!", true}, {"negative_lookbehind", "(?<!", true}};
        if (at(end) == ':') {
            for (const Look& look : kLooks) {
                if (name == look.name) {
                    pos_ = end + 1;
                    f.look = true;
                    f.behind = look.behind;
                    push(f, look.text);
                    return;
                }
            }
            if (name == "atomic") {
                pos_ = end + 1;
                push(f, "(?>");
                return;
            }
        }
        static constexpr std::string_view kVerbs[] = {"ACCEPT", "COMMIT", "F",    "FAIL", "MARK",
                                                      "",       "PRUNE",  "SKIP", "THEN"};
        if (std::find(std::begin(kVerbs), std::end(kVerbs), name) == std::end(kVerbs))
            refuse(fmt::format("Unknown verb pattern '{}'", name), f.begin);
        size_t close = in_.find(')', end);
        if (close == std::string_view::npos)
            refuse("Unterminated verb pattern", f.begin);
        bool has_argument = at(end) == ':';
        if ((!has_argument && close != end) || ((name == "MARK" || name.empty()) && !has_argument))
            refuse("Unknown verb pattern", f.begin);
        out_ += in_.substr(f.begin, close + 1 - f.begin);
        pos_ = close + 1;
        atom(false);
    }

    void close_group() {
        if (frames_.empty())
            refuse("Unmatched )");
        Frame f = frames_.back();
        frames_.pop_back();
        if (f.condition)
            branches_of_condition_.pop_back();
        if (f.branch_reset)
            groups_ = std::max(groups_, f.reset_max);
        ++pos_;
        if (f.behind) {
            Flags inner;  // length does not depend on them
            auto expanded = expand_lookbehind(std::string_view(out_).substr(f.out_inside), inner,
                                              groups_ != f.groups_before);
            if (!expanded)
                refuse(expanded.error(), f.begin);
            out_.replace(f.out_inside, std::string::npos, *expanded);
        }
        out_ += ')';
        mode_ = f.mode;
        atom_begin_ = f.out_begin;
        bool width = width_ && !f.look;
        width_ = f.outer_width;
        atom(width);
        // The lookaround that is a condition has been closed: what follows is the first branch.
        if (f.look && !frames_.empty() && frames_.back().condition &&
            f.out_begin == frames_.back().out_inside) {
            last_ = Last::Nothing;
            fresh_ = true;
        }
    }

    bool in_look() const {
        return std::any_of(frames_.begin(), frames_.end(), [](const Frame& f) { return f.look; });
    }

    // --- escapes ---

    // \x.., \o{..}, \c., \N{U+..}, \0.. and the letters that stand for one character; pos_ is at
    // the letter. nullopt: it is none of these.
    std::optional<uint32_t> character_escape(bool in_class) {
        char c = peek();
        switch (c) {
            case 'n':
                ++pos_;
                return '\n';
            case 't':
                ++pos_;
                return '\t';
            case 'r':
                ++pos_;
                return '\r';
            case 'f':
                ++pos_;
                return '\f';
            case 'e':
                ++pos_;
                return 0x1B;
            case 'a':
                ++pos_;
                return 0x07;
            case 'c': {
                char what = peek(1);
                if (pos_ + 1 >= in_.size())
                    refuse("Missing control char name in regexp");
                if (static_cast<unsigned char>(what) >= 0x80 ||
                    static_cast<unsigned char>(what) < 0x20)
                    refuse("Character following \"\\c\" must be printable ASCII");
                auto code = static_cast<unsigned char>(util::to_upper(what) ^ 0x40);
                if (code >= 0x20 && code < 0x7F)
                    refuse("\"\\c\" is more clearly written otherwise");
                pos_ += 2;
                return code;
            }
            case 'x':
                ++pos_;
                return hex_escape();
            case 'o':
                ++pos_;
                return octal_braces();
            case '0':
                return octal_digits();
            case 'N':
                if (peek(1) == '{' && at(pos_ + 2) == 'U' && at(pos_ + 3) == '+') {
                    size_t end = in_.find('}', pos_);
                    if (end == std::string_view::npos || end == pos_ + 4)
                        refuse("Missing right brace on \\N{}");
                    uint64_t value = 0;
                    for (char d : in_.substr(pos_ + 4, end - pos_ - 4)) {
                        int digit = util::hex_value(static_cast<unsigned char>(d));
                        if (digit < 0)
                            refuse("Invalid hexadecimal number in \\N{U+...}");
                        value =
                            std::min<uint64_t>(value * 16 + static_cast<uint64_t>(digit), 0xFFFFFF);
                    }
                    pos_ = end + 1;
                    return static_cast<uint32_t>(value);
                }
                return std::nullopt;
            default:
                if (in_class && is_octal(c))
                    return octal_digits();
                return std::nullopt;
        }
    }

    uint32_t hex_escape() {
        uint64_t value = 0;
        if (peek() != '{') {
            for (int i = 0; i < 2; ++i) {
                int digit = util::hex_value(static_cast<unsigned char>(peek()));
                if (digit < 0) {
                    // At the end of the pattern it is NUL, otherwise Perl warns.
                    if (pos_ < in_.size())
                        refuse("Non-hex character terminates \\x early");
                    break;
                }
                value = value * 16 + static_cast<uint64_t>(digit);
                ++pos_;
            }
            return static_cast<uint32_t>(value);
        }
        size_t end = in_.find('}', pos_);
        if (end == std::string_view::npos)
            refuse("Missing right brace on \\x{}");
        for (char d : util::trim(in_.substr(pos_ + 1, end - pos_ - 1))) {
            int digit = util::hex_value(static_cast<unsigned char>(d));
            if (d == '_')
                continue;
            if (digit < 0)
                refuse("Non-hex character terminates \\x early");
            value = std::min<uint64_t>(value * 16 + static_cast<uint64_t>(digit), 0xFFFFFF);
        }
        pos_ = end + 1;
        return static_cast<uint32_t>(value);
    }
    uint32_t octal_braces() {
        size_t end = in_.find('}', pos_);
        if (peek() != '{' || end == std::string_view::npos)
            refuse("Missing braces on \\o{}");
        uint64_t value = 0;
        auto digits = util::trim(in_.substr(pos_ + 1, end - pos_ - 1));
        if (digits.empty())
            refuse("Empty \\o{}");
        for (char d : digits) {
            if (d == '_')
                continue;
            if (!is_octal(d))
                refuse("Non-octal character terminates \\o early");
            value = std::min<uint64_t>(value * 8 + static_cast<uint64_t>(d - '0'), 0xFFFFFF);
        }
        pos_ = end + 1;
        return static_cast<uint32_t>(value);
    }
    uint32_t octal_digits() {
        uint32_t value = 0;
        int digits = 0;
        while (digits < 3 && is_octal(peek())) {
            value = value * 8 + static_cast<uint32_t>(peek() - '0');
            ++pos_;
            ++digits;
        }
        if (digits < 3 && is_digit(peek()))
            refuse("Non-octal character terminates \\0 early");
        return value;
    }

    void back_reference(size_t number) {
        references_.emplace_back(number, pos_);
        out_ += fmt::format("\\g{{{}}}", number);
        atom(true);
    }

    // pos_ is behind \g.
    void g_reference() {
        size_t start = pos_;
        bool braces = peek() == '{';
        if (braces) {
            ++pos_;
            while (peek() == ' ' || peek() == '\t')
                ++pos_;
        }
        bool minus = peek() == '-';
        if (minus)
            ++pos_;
        if (!is_digit(peek())) {
            if (!braces || minus)
                refuse("Unterminated \\g... pattern", start);
            size_t end = pos_;
            while (is_word(at(end)))
                ++end;
            std::string_view name = in_.substr(pos_, end - pos_);
            while (at(end) == ' ' || at(end) == '\t')
                ++end;
            if (name.empty() || at(end) != '}')
                refuse("Sequence \\g{... not terminated", start);
            pos_ = end + 1;
            named_reference(name);
            return;
        }
        size_t number = read_number();
        if (braces) {
            while (peek() == ' ' || peek() == '\t')
                ++pos_;
            if (peek() != '}')
                refuse("Unterminated \\g{...} pattern", start);
            ++pos_;
        }
        if (minus) {
            if (number == 0 || number > groups_)
                refuse("Reference to nonexistent or unclosed group", start);
            number = groups_ + 1 - number;
        }
        if (number == 0)
            refuse("Reference to invalid group 0", start);
        back_reference(number);
    }
    void named_reference(std::string_view name) {
        named_references_.emplace_back(name, pos_);
        out_ += fmt::format("\\k<{}>", name);
        atom(true);
    }

    void escape() {
        size_t start = pos_;
        ++pos_;
        if (pos_ >= in_.size())
            refuse("Trailing \\");
        char c = peek();
        if (auto code = character_escape(false)) {
            literal(*code);
            return;
        }
        switch (c) {
            case 'd':
            case 'D':
            case 's':
            case 'S':
            case 'w':
            case 'W':
            case 'h':
            case 'H':
            case 'v':
            case 'V':
            case 'R':
            case 'X':
                ++pos_;
                out_ += '\\';
                out_ += c;
                atom(true);
                return;
            case 'N': {
                ++pos_;
                if (peek() == '{' && !read_braces(in_.substr(pos_)))
                    refuse("Unknown charname", start);
                out_ += "\\N";
                atom(true);
                return;
            }
            case 'A':
            case 'z':
            case 'Z':
            case 'G':
            case 'b':
            case 'B':
                ++pos_;
                if ((c == 'b' || c == 'B') && peek() == '{')
                    refuse("Using /u for \\b{} instead of /aa", start);
                out_ += '\\';
                out_ += c;
                atom(false);
                return;
            case 'K':
                ++pos_;
                if (in_look())
                    refuse("\\K not permitted in lookahead/lookbehind", start);
                out_ += "\\K";
                atom(false);
                return;
            case 'p':
            case 'P': {
                ByteSet set = property();
                emit_set(set);
                atom(true);
                return;
            }
            case 'g':
                ++pos_;
                g_reference();
                return;
            case 'k': {
                char open = peek(1);
                char close = open == '<' ? '>' : open == '\'' ? '\'' : open == '{' ? '}' : '\0';
                if (close == '\0')
                    refuse("Sequence \\k... not terminated", start);
                pos_ += 2;
                named_reference(name_until(close));
                return;
            }
            default:
                break;
        }
        if (c >= '1' && c <= '9') {
            size_t save = pos_;
            size_t number = read_number();
            // More digits than groups: an octal escape, if it can be one.
            if (number > 9 && number > total_groups_ && is_octal(c)) {
                pos_ = save;
                uint32_t value = 0;
                for (int i = 0; i < 3 && is_octal(peek()); ++i)
                    value = value * 8 + static_cast<uint32_t>(in_[pos_++] - '0');
                literal(value);
                return;
            }
            back_reference(number);
            return;
        }
        if (is_alnum(c))
            refuse(fmt::format("Unrecognized escape \\{} passed through", c), start);
        ++pos_;
        literal(static_cast<unsigned char>(c));
    }

    // pos_ is at p or P.
    ByteSet property() {
        bool negated = peek() == 'P';
        ++pos_;
        std::string_view name;
        if (peek() == '{') {
            size_t end = in_.find('}', pos_);
            if (end == std::string_view::npos)
                refuse("Missing right brace on \\p{}");
            name = in_.substr(pos_ + 1, end - pos_ - 1);
            pos_ = end + 1;
        } else {
            if (pos_ >= in_.size())
                refuse("Empty \\p");
            name = in_.substr(pos_, 1);
            ++pos_;
        }
        auto set = property_class(name, mode_.caseless);
        if (!set)
            refuse(fmt::format("Can't find Unicode property definition \"{}\"", name));
        return negated ? ~*set : *set;
    }

    // As a class of its own; case has been dealt with.
    void emit_set(const ByteSet& set) {
        if (set.all()) {
            out_ += "[\\x00-\\xff]";
        } else if (set.none()) {
            out_ += "[^\\x00-\\xff]";
        } else {
            out_ += '[';
            emit_ranges(set);
            out_ += ']';
        }
    }
    void emit_ranges(const ByteSet& set) {
        for (size_t c = 0; c < 256; ++c) {
            if (!set[c])
                continue;
            size_t last = c;
            while (last + 1 < 256 && set[last + 1])
                ++last;
            out_ += fmt::format("\\x{:02x}", c);
            if (last > c)
                out_ += fmt::format("-\\x{:02x}", last);
            c = last;
        }
    }

    // --- bracketed classes ---

    struct ClassItem {
        bool is_set = false;
        ByteSet set;       // is_set
        std::string text;  // as it is written, when is_set
        uint32_t code = 0;
    };

    void class_byte(uint32_t c) { out_ += fmt::format("\\x{:02x}", c); }

    // [:name:] at pos_, or nullopt.
    std::optional<ClassItem> posix_item() {
        char kind = peek(1);
        if (peek() != '[' || (kind != ':' && kind != '.' && kind != '='))
            return std::nullopt;
        size_t end = pos_ + 2;
        while (end < in_.size() && in_[end] != ']' && in_[end] != kind)
            ++end;
        if (at(end) != kind || at(end + 1) != ']') {
            // Something that begins like one and holds letters makes Perl warn.
            std::string_view name = in_.substr(pos_ + 2, end - pos_ - 2);
            if (!name.empty() && name[0] == '^')
                name.remove_prefix(1);
            if (kind == ':' && posix_class(name))
                refuse("Assuming NOT a POSIX class");
            return std::nullopt;
        }
        std::string_view name = in_.substr(pos_ + 2, end - pos_ - 2);
        if (kind != ':')
            refuse("POSIX syntax is reserved for future extensions");
        bool negated = !name.empty() && name[0] == '^';
        std::string_view bare = negated ? name.substr(1) : name;
        if (!posix_class(bare))
            refuse(fmt::format("POSIX class [:{}:] unknown", name));
        ClassItem item;
        item.is_set = true;
        item.text = fmt::format("[:{}:]", name);
        pos_ = end + 2;
        return item;
    }

    ClassItem class_item() {
        if (auto posix = posix_item())
            return *posix;
        ClassItem item;
        char c = peek();
        if (c != '\\') {
            ++pos_;
            item.code = static_cast<unsigned char>(c);
            return item;
        }
        size_t start = pos_;
        ++pos_;
        if (pos_ >= in_.size())
            refuse("Unmatched [", class_begin_);
        c = peek();
        if (c == 'b') {
            ++pos_;
            item.code = 0x08;
            return item;
        }
        if (auto code = character_escape(true)) {
            item.code = *code;
            return item;
        }
        if (c == 'p' || c == 'P') {
            item.is_set = true;
            item.set = property();
            return item;
        }
        if (c != 'N' && escape_class(c)) {
            ++pos_;
            item.is_set = true;
            item.text = std::string("\\") + c;
            return item;
        }
        if (is_alnum(c))
            refuse(fmt::format("Unrecognized escape \\{} in character class passed through", c),
                   start);
        ++pos_;
        item.code = static_cast<unsigned char>(c);
        return item;
    }

    void refuse_bare_posix() {
        char kind = peek(1);
        if (kind != ':' && kind != '.' && kind != '=')
            return;
        size_t end = pos_ + 2;
        while (end < in_.size() && (is_word(in_[end]) || in_[end] == '^'))
            ++end;
        std::string_view name = in_.substr(pos_ + 2, end - pos_ - 2);
        if (!name.empty() && name[0] == '^')
            name.remove_prefix(1);
        if (at(end) == kind && at(end + 1) == ']' && posix_class(name))
            refuse("POSIX syntax belongs inside character classes");
    }

    void bracket() {
        class_begin_ = pos_;
        refuse_bare_posix();
        ++pos_;
        size_t out_begin = out_.size();
        out_ += '[';
        bool negated = peek() == '^';
        if (negated) {
            out_ += '^';
            ++pos_;
        }
        bool first = true, empty = true;
        for (;; first = false) {
            if (mode_.extended > 1)
                while (peek() == ' ' || peek() == '\t')
                    ++pos_;
            if (pos_ >= in_.size())
                refuse("Unmatched [", class_begin_);
            if (peek() == ']' && !first)
                break;
            ClassItem low = class_item();
            bool range = false;
            if (peek() == '-' && pos_ + 1 < in_.size() && peek(1) != ']') {
                // A hyphen between two items.
                if (low.is_set)
                    refuse("False [] range");
                ++pos_;
                range = true;
            }
            if (!range) {
                if (low.is_set && low.text.empty()) {
                    emit_ranges(low.set);
                    empty &= low.set.none();
                } else if (low.is_set) {
                    out_ += low.text;
                    empty = false;
                } else if (low.code <= 0xFF) {
                    class_byte(low.code);
                    empty = false;
                }
                continue;
            }
            ClassItem high = class_item();
            if (high.is_set)
                refuse("False [] range");
            if (high.code < low.code)
                refuse("Invalid [] range");
            if (low.code > 0xFF)
                continue;
            class_byte(low.code);
            out_ += '-';
            class_byte(std::min<uint32_t>(high.code, 0xFF));
            empty = false;
        }
        ++pos_;
        if (empty) {
            out_.resize(out_begin);
            out_ += negated ? "[\\x00-\\xff]" : "[^\\x00-\\xff]";
        } else {
            out_ += ']';
        }
        atom(true);
    }

    std::string_view in_;
    std::string out_;
    size_t pos_ = 0;
    size_t class_begin_ = 0;
    size_t atom_begin_ = 0;  // in out_
    size_t total_groups_;
    size_t groups_ = 0;
    Mode mode_;
    std::vector<Frame> frames_;
    std::vector<int> branches_of_condition_;
    std::vector<std::string> names_;
    std::vector<std::pair<std::string, size_t>> named_references_;
    std::vector<std::pair<size_t, size_t>> references_;
    Last last_ = Last::Nothing;
    bool last_has_width_ = false;
    bool width_ = false;  // something in the current group has width
    bool fresh_ = true;   // at the start of a branch, where { is no question
};

// Numbers above 9 are backreferences only if there are that many groups.
bool needs_group_count(std::string_view pattern) {
    for (size_t i = pattern.find('\\'); i != std::string_view::npos && i + 2 < pattern.size();
         i = pattern.find('\\', i + 2)) {
        if (is_digit(pattern[i + 1]) && is_digit(pattern[i + 2]))
            return true;
    }
    return pattern.find("(?(") != std::string_view::npos;
}

}  // namespace

util::Expected<std::string, CompileError> translate(std::string_view pattern, Flags flags) {
    try {
        size_t groups = 0;
        if (needs_group_count(pattern)) {
            // As if there were plenty, just to count.
            Translator counter(pattern, flags, SIZE_MAX);
            try {
                counter.run();
            } catch (const Refusal&) {
            }
            groups = counter.groups();
        }
        return Translator(pattern, flags, groups).run();
    } catch (Refusal& refusal) {
        return util::Unexpected(CompileError{std::move(refusal.message), refusal.offset});
    }
}

}  // namespace regex
