#include "message/address_list.h"

#include <array>

#include "util/strings.h"

namespace message {
namespace {

constexpr std::array<bool, 256> make_atext() {
    std::array<bool, 256> t{};
    for (size_t c = 0x21; c < 256; ++c)
        t[c] = c != 0x7f && std::string_view("\"(),.:;<>@[\\]").find(static_cast<char>(c)) ==
                                std::string_view::npos;
    return t;
}
constexpr std::array<bool, 256> kAtext = make_atext();

bool is_atext(char c) {
    return kAtext[static_cast<unsigned char>(c)];
}

// What a piece of grammar leaves behind.
enum class Step {
    More,      // read, and there is more input
    End,       // read, and the input is used up
    Doubtful,  // read, but it is no good syntax
    Broken,    // not this
};

bool good(Step s) {
    return s == Step::More;
}
bool read(Step s) {
    return s != Step::Broken;
}

class ListParser {
public:
    explicit ListParser(std::string_view text) : text_(text) {}

    std::vector<ListedAddress> parse() {
        if (!good(skip_space()))
            return {};
        while (true) {
            if (address() == Step::End || now() != ',')
                break;
            ++at_;
            Step s = skip_space();
            if (s == Step::Broken) {
                current_ = {};
                finish_address();
            }
            if (!good(s))
                break;
        }
        return std::move(found_);
    }

private:
    char now() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool at_end() const { return at_ >= text_.size(); }
    Step here() const { return at_end() ? Step::End : Step::More; }

    // Assumes a "(" here. Keeps the text of the comment, quotes and line ends removed.
    Step skip_comment() {
        comment_.clear();
        size_t level = 1;
        size_t start = ++at_;
        auto keep = [&](size_t end) { comment_ += text_.substr(start, end - start); };
        for (; !at_end(); ++at_) {
            switch (text_[at_]) {
                case '\0':
                    return Step::Broken;
                case '(':
                    ++level;
                    break;
                case ')':
                    if (--level == 0) {
                        keep(at_++);
                        return here();
                    }
                    break;
                case '\n':
                    keep(at_ > start && text_[at_ - 1] == '\r' ? at_ - 1 : at_);
                    start = at_ + 1;
                    break;
                case '\\':
                    if (++at_ >= text_.size())
                        return Step::Broken;
                    keep(at_ - 1);
                    start = at_;
                    break;
                default:
                    break;
            }
        }
        return Step::Broken;
    }

    Step skip_space() {
        while (!at_end()) {
            char c = text_[at_];
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
                ++at_;
            else if (c != '(')
                break;
            else if (skip_comment() == Step::Broken)
                return Step::Broken;
        }
        return here();
    }

    void take_atext(std::string& out) {
        size_t start = at_;
        while (!at_end() && is_atext(text_[at_]))
            ++at_;
        out += text_.substr(start, at_ - start);
    }

    // Words joined by dots, white space allowed around these. A dot at the end is given back when
    // `stop_at_dot`.
    Step dot_atom(std::string& out, bool stop_at_dot) {
        if (at_end() || !is_atext(now()))
            return Step::Broken;
        size_t last_dot = at_;
        bool last_is_dot = false, two_dots = false;
        while (true) {
            size_t before = at_;
            take_atext(out);
            if (at_end())
                return two_dots ? Step::Doubtful : Step::End;
            if (at_ > before)
                last_is_dot = false;
            Step s = skip_space();
            if (!good(s))
                return two_dots && s == Step::End ? Step::Doubtful : s;
            if (now() != '.') {
                if (last_is_dot && stop_at_dot) {
                    at_ = last_dot;
                    return two_dots ? Step::Doubtful : Step::More;
                }
                return last_is_dot || two_dots ? Step::Doubtful : Step::More;
            }
            two_dots = two_dots || last_is_dot;
            last_dot = at_++;
            out += '.';
            last_is_dot = true;
            // A dot at the very end passes for more input.
            if (!good(skip_space()))
                return two_dots ? Step::Doubtful : Step::More;
        }
    }

    // Assumes a quote here.
    Step quoted_string(std::string& out) {
        bool doubtful = false;
        size_t start = ++at_;
        for (; !at_end(); ++at_) {
            switch (text_[at_]) {
                case '\0':
                    doubtful = true;
                    break;
                case '"': {
                    out += text_.substr(start, at_ - start);
                    ++at_;
                    Step s = skip_space();
                    return doubtful && read(s) ? Step::Doubtful : s;
                }
                case '\r':
                    doubtful = doubtful || (at_ + 1 < text_.size() && text_[at_ + 1] != '\n');
                    break;
                case '\n':
                    doubtful = doubtful || at_ == start || text_[at_ - 1] != '\r';
                    break;
                case '\\':
                    if (++at_ >= text_.size())
                        return Step::Broken;
                    out += text_.substr(start, at_ - start - 1);
                    out += text_[at_];
                    start = at_ + 1;
                    break;
                default:
                    break;
            }
        }
        return Step::Broken;
    }

    // Words, dots and quoted strings, one blank between them.
    Step phrase(std::string& out) {
        if (at_end())
            return Step::End;
        if (now() == '.')
            return Step::Broken;
        bool doubtful = false;
        while (true) {
            Step s;
            if (now() == '"') {
                s = quoted_string(out);
            } else {
                size_t start = at_;
                while (!at_end() && (is_atext(text_[at_]) || text_[at_] == '.'))
                    ++at_;
                out += text_.substr(start, at_ - start);
                s = at_end() ? Step::End : skip_space();
            }
            if (s == Step::Broken || s == Step::End)
                return doubtful && s == Step::End ? Step::Doubtful : s;
            if (s == Step::Doubtful) {
                doubtful = true;
                if (at_end())
                    return Step::Doubtful;
            }
            if (!is_atext(now()) && now() != '"' && now() != '.')
                break;
            out += ' ';
        }
        Step s = skip_space();
        return doubtful && read(s) ? Step::Doubtful : s;
    }

    // Assumes a "[" here.
    Step domain_literal(std::string& out) {
        size_t start = at_++;
        for (; !at_end(); ++at_) {
            switch (text_[at_]) {
                case '\0':
                case '[':
                    return Step::Broken;
                case ']':
                    out += text_.substr(start, at_ - start + 1);
                    ++at_;
                    return skip_space();
                case '\n':
                    out += text_.substr(start, (text_[at_ - 1] == '\r' ? at_ - 1 : at_) - start);
                    start = at_ + 1;
                    break;
                case '\\':
                    if (++at_ >= text_.size())
                        return Step::Broken;
                    break;
                default:
                    break;
            }
        }
        return Step::Broken;
    }

    // Assumes an "@" here.
    Step domain(std::string& out) {
        ++at_;
        if (!good(skip_space()))
            return Step::Broken;
        return now() == '[' ? domain_literal(out) : dot_atom(out, false);
    }

    Step mailbox_domain() {
        std::string host;
        Step s = domain(host);
        if (read(s))
            current_.host = std::move(host);
        return s;
    }

    Step local_part() {
        std::string user;
        Step s = Step::Broken;
        while (!at_end()) {
            s = now() == '"' ? quoted_string(user) : dot_atom(user, true);
            if (s == Step::Broken)
                return s;
            doubtful_ = doubtful_ || s == Step::Doubtful;
            if (at_end())
                break;
            if (!good(s = skip_space()))
                break;
            if (now() != '.')
                break;
            ++at_;
            if (at_end()) {
                doubtful_ = true;
                break;
            }
            if (!good(s = skip_space()))
                break;
            if (now() == '@') {
                doubtful_ = true;
                break;
            }
        }
        doubtful_ = doubtful_ || s == Step::Broken || s == Step::Doubtful;
        current_.user = std::move(user);
        return s;
    }

    // "@a,@b" in front of ":".
    Step route() {
        bool doubtful = false;
        while (true) {
            if (at_end())
                return doubtful ? Step::Doubtful : Step::End;
            if (now() != '@')
                break;
            std::string ignored;
            Step s = domain(ignored);
            if (s != Step::More && s != Step::Doubtful)
                return s;
            doubtful = doubtful || s == Step::Doubtful;
            while (good(skip_space()) && now() == ',')
                ++at_;
        }
        return doubtful ? Step::Doubtful : Step::More;
    }

    // Assumes a "<" here.
    Step angle_address() {
        ++at_;
        if (!good(skip_space()))
            return Step::Broken;
        if (now() == '@') {
            Step s = route();
            if (good(s) && now() == ':') {
                ++at_;
            } else {
                if (at_end())
                    return Step::Broken;
                if (s == Step::Doubtful)
                    ++at_;
            }
            if (!good(skip_space()))
                return Step::Broken;
        }
        if (now() != '>') {
            Step s = local_part();
            if (s != Step::More && s != Step::Doubtful)
                return Step::Broken;
            if (at_end())
                return Step::End;
            if (now() == '@') {
                s = mailbox_domain();
                if (s != Step::More && s != Step::Doubtful)
                    return Step::Broken;
                if (at_end())
                    return Step::End;
            }
        }
        if (now() != '>')
            return Step::Broken;
        ++at_;
        return skip_space();
    }

    Step name_and_address() {
        std::string name;
        Step s = phrase(name);
        if ((s != Step::More && s != Step::Doubtful) || now() != '<')
            return Step::Broken;
        if (!name.empty())
            current_.phrase = std::move(name);
        comment_.clear();
        static_cast<void>(angle_address());  // the name stands even if what follows is broken
        if (!comment_.empty())
            current_.comment = comment_;
        return here();
    }

    // user@host (Comment), or a bare word.
    Step plain_address() {
        comment_.clear();
        doubtful_ = false;
        Step s = local_part();
        bool invalid = doubtful_ || s != Step::More;
        if (s != Step::End && now() == '@') {
            Step d = mailbox_domain();
            if (d != Step::More && s != Step::Doubtful)
                s = d;
            if (d == Step::Doubtful && at_end())
                s = Step::End;
            invalid = invalid || d == Step::Doubtful;
        }
        if (!comment_.empty())
            current_.comment = comment_;
        if (invalid && current_.user && !current_.host) {
            current_.phrase = std::move(current_.user);
            current_.user.reset();
        }
        return s;
    }

    Step mailbox() {
        size_t start = at_;
        current_ = {};
        Step s = name_and_address();
        if (s == Step::Broken) {
            current_ = {};
            at_ = start;
            s = plain_address();
        }
        finish_address();
        return s;
    }

    void finish_address() {
        if (current_.user && (current_.user->empty() || current_.user->front() == '\0'))
            current_.user.reset();
        if (current_.host && (current_.host->empty() || current_.host->front() == '\0'))
            current_.host.reset();
        found_.push_back(std::move(current_));
        current_ = {};
    }

    // "Name: mailbox, mailbox;"
    Step group() {
        std::string name;
        Step s = phrase(name);
        if ((s != Step::More && s != Step::Doubtful) || now() != ':')
            return Step::Broken;
        ++at_;
        s = skip_space();
        if (good(s) && now() != ';') {
            while (true) {
                static_cast<void>(mailbox());
                if (now() != ',')
                    break;
                ++at_;
                if (!good(skip_space())) {
                    s = Step::Broken;
                    break;
                }
            }
        }
        if (s != Step::Broken) {
            if (now() != ';') {
                s = Step::Broken;
            } else {
                ++at_;
                s = skip_space();
            }
        }
        return s == Step::End ? Step::End : Step::More;
    }

    Step address() {
        size_t start = at_;
        Step s = group();
        if (s == Step::Broken) {
            at_ = start;
            s = mailbox();
        }
        return s;
    }

    std::string_view text_;
    size_t at_ = 0;
    std::string comment_;
    bool doubtful_ = false;
    ListedAddress current_;
    std::vector<ListedAddress> found_;
};

// A local part as it must stand in front of an "@".
std::string quoted_user(const std::string& user) {
    bool quote = user.front() == '.' || user.back() == '.';
    for (char c : user)
        quote = quote || (!is_atext(c) && c != '.');
    if (!quote)
        return user;
    std::string out = "\"";
    for (char c : user) {
        if (c == '"' || c == '\\' || c == '\0' || c == '\t' || c == '\n' || c == '\r')
            out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace

std::optional<std::string> ListedAddress::address() const {
    if (!user || !host)
        return std::nullopt;
    return quoted_user(*user) + "@" + *host;
}

std::vector<ListedAddress> parse_address_list(std::string_view text) {
    return ListParser(text).parse();
}

}  // namespace message
