#include "regex/shared_groups.h"

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace regex {

namespace {

// Bytes of a group that is worth a call.
constexpr size_t kMinShared = 64;
constexpr size_t kMaxDepth = 200;  // of groups

class GroupSharer {
public:
    explicit GroupSharer(std::string_view text) : text_(text) {}

    std::optional<std::string> run() {
        if (!read())
            return std::nullopt;
        std::string out = "(?:";
        write(0, text_.size(), 0, groups_.size(), out);
        if (called_.empty())
            return std::nullopt;
        // Called from anywhere, matched only when called.
        out += ")(?(DEFINE)";
        for (size_t i = 0; i < called_.size(); ++i) {
            const Group group = groups_[called_[i]];
            out += '(';
            write(group.begin + kOpening.size(), group.end - 1, called_[i] + 1, group.after, out);
            out += ')';
        }
        out += ')';
        return out;
    }

private:
    static constexpr std::string_view kOpening = "(?:";
    // A group "(?:...)" that means the same wherever it stands.
    struct Group {
        size_t begin = 0, end = 0;  // in the text, both parentheses included
        size_t after = 0;           // the first group that does not lie in this one
    };
    static constexpr size_t kNone = SIZE_MAX;

    // Finds the groups and counts them by their text. False where groups may mean different things.
    bool read() {
        struct Open {
            size_t group = kNone;
            bool behind = false;  // in a lookbehind, which has to know its length
        };
        std::vector<Open> open{{}};
        for (size_t at = 0; at < text_.size();) {
            switch (text_[at]) {
                case '\\':
                    if (at + 1 >= text_.size() ||
                        std::string_view("123456789gkKQEX").find(text_[at + 1]) !=
                            std::string_view::npos)
                        return false;
                    at += text_[at + 1] == 'c' ? 3 : 2;
                    break;
                case '[':
                    at = after_class(at);
                    if (at == kNone)
                        return false;
                    break;
                case '(': {
                    std::string_view rest = text_.substr(at);
                    Open group;
                    group.behind = open.back().behind;
                    if (rest.starts_with(kOpening)) {
                        if (!group.behind) {
                            group.group = groups_.size();
                            groups_.push_back({at, 0, 0});
                        }
                    } else if (rest.starts_with("(?<=") || rest.starts_with("(?<!")) {
                        group.behind = true;
                    } else if (!rest.starts_with("(?=") && !rest.starts_with("(?!") &&
                               !rest.starts_with("(?>")) {
                        return false;
                    }
                    if (open.size() > kMaxDepth)
                        return false;
                    open.push_back(group);
                    // A quantifier cannot stand here: the rest of the opening is no syntax.
                    at += rest.starts_with("(?<") ? 4 : 3;
                    break;
                }
                case ')': {
                    ++at;
                    size_t number = open.back().group;
                    open.pop_back();
                    if (open.empty())
                        return false;
                    if (number != kNone) {
                        Group& group = groups_[number];
                        group.end = at;
                        group.after = groups_.size();
                        ++copies_[text_of(group)].count;
                    }
                    break;
                }
                default:
                    ++at;
            }
        }
        return open.size() == 1;
    }

    // kNone where names of classes, or what looks like them, stand inside.
    size_t after_class(size_t at) const {
        ++at;
        if (at < text_.size() && text_[at] == '^')
            ++at;
        if (at < text_.size() && text_[at] == ']')
            ++at;
        while (at < text_.size() && text_[at] != ']') {
            if (text_[at] == '\\') {
                at += at + 1 < text_.size() && text_[at + 1] == 'c' ? 3 : 2;
            } else if (text_[at] == '[' && at + 1 < text_.size() &&
                       std::string_view(":.=").find(text_[at + 1]) != std::string_view::npos) {
                return kNone;
            } else {
                ++at;
            }
        }
        return at + 1;
    }

    std::string_view text_of(const Group& group) const {
        return text_.substr(group.begin, group.end - group.begin);
    }

    // Writes the text from `begin` to `end`, in which the groups from `group` to `last` lie.
    void write(size_t begin, size_t end, size_t group, size_t last, std::string& out) {
        while (group < last) {
            const Group here = groups_[group];
            out += text_.substr(begin, here.begin - begin);
            Copies& copies = copies_[text_of(here)];
            if (copies.count > 1 && here.end - here.begin >= kMinShared) {
                if (copies.call == 0) {
                    called_.push_back(group);
                    copies.call = called_.size();
                }
                out += "(?" + std::to_string(copies.call) + ")";
            } else {
                out += kOpening;
                write(here.begin + kOpening.size(), here.end - 1, group + 1, here.after, out);
                out += ')';
            }
            begin = here.end;
            group = here.after;
        }
        out += text_.substr(begin, end - begin);
    }

    struct Copies {
        size_t count = 0;
        size_t call = 0;  // its number, from 1; 0 = not called yet
    };
    std::string_view text_;
    std::vector<Group> groups_;  // in the order in which they begin
    std::unordered_map<std::string_view, Copies> copies_;
    std::vector<size_t> called_;  // groups, by their number as subroutines
};

}  // namespace

std::optional<std::string> share_groups(std::string_view translated) {
    return GroupSharer(translated).run();
}

}  // namespace regex
