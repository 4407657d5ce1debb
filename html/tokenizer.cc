#include "html/tokenizer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "util/strings.h"

namespace html {

namespace {

enum : uint8_t {
    kSpace = 1,
    kNameStart = 2,
    kNamePart = 4,
    kEndsWord = 8,
    kEndsAttributeName = 16
};

constexpr std::array<uint8_t, 256> make_classes() {
    std::array<uint8_t, 256> classes{};
    for (int i = 0; i < 256; ++i) {
        auto c = static_cast<unsigned char>(i);
        uint8_t bits = 0;
        if (util::is_space(c))
            bits |= kSpace | kEndsWord | kEndsAttributeName;
        if (c == '>')
            bits |= kEndsWord | kEndsAttributeName;
        if (c == '=')
            bits |= kEndsAttributeName;
        if (util::is_alpha(c) || c == '_' || c == ':')
            bits |= kNameStart | kNamePart;
        if (util::is_digit(c) || c == '-' || c == '.')
            bits |= kNamePart;
        classes[static_cast<size_t>(i)] = bits;
    }
    return classes;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

inline bool has_class(unsigned char c, uint8_t bits) {
    return (kClasses[c] & bits) != 0;
}

struct LiteralName {
    std::string_view name;
    bool is_cdata;
};
// In the order of Tokenizer::Literal.
constexpr LiteralName kLiterals[] = {{"", false},      {"script", true},   {"style", true},
                                     {"title", false}, {"iframe", true},   {"textarea", false},
                                     {"xmp", true},    {"plaintext", true}};

}  // namespace

size_t Tokenizer::find(char c, size_t from) const {
    if (from >= input_.size())
        return input_.size();
    const void* hit = std::memchr(input_.data() + from, c, input_.size() - from);
    return hit ? static_cast<size_t>(static_cast<const char*>(hit) - input_.data()) : input_.size();
}

void Tokenizer::append(std::string_view more) {
    std::string joined;
    joined.reserve(input_.size() - pos_ + more.size());
    joined.append(input_.substr(pos_));
    joined.append(more);
    tail_ = std::move(joined);
    input_ = tail_;
    pos_ = 0;
}

void Tokenizer::run() {
    size_t s = pos_;
    while (!stopped_) {
        while (literal_ != Literal::None && !stopped_) {
            if (!scan_literal(s))
                return;
            s = pos_;
        }
        while ((section_ == Section::CData || section_ == Section::RcData) && !stopped_) {
            if (!scan_character_section(s))
                return;
            s = pos_;
        }
        if (stopped_)
            return;
        s = scan_text(s);
        if (stopped_)
            return;
        if (s != pos_) {
            if (s == input_.size()) {
                release_certain_text();
                return;
            }
            emit_text(pos_, s);
            pos_ = s;
            if (stopped_)
                return;
        }
        // The shortest markup has three bytes.
        if (input_.size() - s < 3)
            return;
        size_t next = scan_markup(s);
        if (next == kNotMarkup) {
            ++s;  // the "<" is text; so is what follows
        } else if (next == pos_) {
            return;
        } else {
            pos_ = s = next;
        }
    }
}

void Tokenizer::finish() {
    complete_ = true;
    while (!stopped_ && pos_ < input_.size()) {
        if (literal_ != Literal::None) {
            if (literal_ == Literal::PlainText || literal_ == Literal::Xmp ||
                literal_ == Literal::Iframe || literal_ == Literal::TextArea)
                break;
            std::string_view name = kLiterals[static_cast<size_t>(literal_)].name;
            // An open script or style counts as empty; a title lasts to the next tag.
            if (literal_ == Literal::Title)
                pending_end_ = name;
            else
                emit_end(name);
            literal_ = Literal::None;
            run();
            continue;
        }
        if (input_[pos_] == '<' && !lone_gt_ends_comment_) {
            lone_gt_ends_comment_ = true;
            run();
            continue;
        }
        if (input_[pos_] == '<') {
            unsigned char next = at(pos_ + 1);
            if (pos_ + 1 == input_.size() || has_class(next, kNameStart) || next == '/' ||
                next == '!' || next == '?') {
                emit_comment(input_.substr(pos_));
                pos_ = input_.size();
            }
        }
        break;
    }
    if (!stopped_ && pos_ < input_.size()) {
        emit_text(pos_, input_.size());
        pos_ = input_.size();
    }
    if (!stopped_)
        before_markup();
}

bool Tokenizer::scan_literal(size_t from) {
    const auto bit = static_cast<uint8_t>(1u << static_cast<unsigned>(literal_));
    if (unclosed_literals_ & bit)
        return false;
    std::string_view name = kLiterals[static_cast<size_t>(literal_)].name;
    for (size_t s = find('<', from); s < input_.size(); s = find('<', s)) {
        size_t open = s++;
        if (at(s) != '/')
            continue;
        ++s;
        size_t matched = 0;
        while (matched < name.size() && util::to_lower(static_cast<char>(at(s))) == name[matched]) {
            ++s;
            ++matched;
        }
        if (matched < name.size() || literal_ == Literal::PlainText)
            continue;
        while (has_class(at(s), kSpace))
            ++s;
        if (at(s) != '>')
            continue;
        if (open != pos_)
            emit_text(pos_, open);
        if (!stopped_)
            emit_end(name);
        literal_ = Literal::None;
        is_cdata_ = false;
        pos_ = s + 1;
        return true;
    }
    if (complete_)
        unclosed_literals_ |= bit;
    return false;
}

bool Tokenizer::scan_character_section(size_t from) {
    for (size_t s = find(']', from); s < input_.size(); s = find(']', s + 1)) {
        if (at(s + 1) != ']' || at(s + 2) != '>')
            continue;
        if (s != pos_)
            emit_text(pos_, s);
        before_markup();
        pos_ = s + 3;
        pop_section();
        return true;
    }
    return false;
}

// Position of the next "<" (or the end); gives out text and ends the section at "]]>".
size_t Tokenizer::scan_text(size_t from) {
    if (section_ == Section::None)
        return find('<', from);
    size_t s = from;
    while (s < input_.size() && input_[s] != '<') {
        if (section_ != Section::None && input_[s] == ']') {
            size_t text_end = s++;
            if (at(s) == ']') {
                ++s;
                if (at(s) == '>') {
                    ++s;
                    emit_text(pos_, text_end);
                    before_markup();
                    pos_ = s;
                    pop_section();
                    if (stopped_)
                        return s;
                    continue;
                }
            }
        }
        ++s;
    }
    return std::min(s, input_.size());
}

// At the end of the input the last word (and blanks before it) may go on in what is appended.
void Tokenizer::release_certain_text() {
    size_t end = input_.size();
    if (!has_class(at(end - 1), kSpace)) {
        while (end > pos_ && !has_class(at(end - 1), kSpace))
            --end;
    }
    while (end > pos_ && has_class(at(end - 1), kSpace))
        --end;
    if (end != pos_) {
        emit_text(pos_, end);
        pos_ = end;
    }
}

size_t Tokenizer::scan_markup(size_t start) {
    unsigned char c = at(start + 1);
    if (has_class(c, kNameStart))
        return scan_start_tag(start);
    if (c == '/')
        return scan_end_tag(start);
    if (c == '!')
        return scan_declaration(start);
    if (c == '?') {
        size_t end = find('>', start + 2);
        if (end == input_.size())
            return start;
        before_markup();
        return end + 1;
    }
    return kNotMarkup;
}

size_t Tokenizer::scan_start_tag(size_t start) {
    const char* const base = input_.data();
    const char* const end = base + input_.size();
    const char* p = base + start + 2;
    auto in_class = [&](uint8_t bits) { return has_class(static_cast<unsigned char>(*p), bits); };
    auto skip_spaces = [&] {
        while (p < end && in_class(kSpace))
            ++p;
        return p < end;
    };
    auto view = [](const char* b, const char* e) {
        return std::string_view(b, static_cast<size_t>(e - b));
    };

    while (p < end && !in_class(kEndsWord))
        ++p;
    std::string_view name = view(base + start + 1, p);
    if (!skip_spaces())
        return start;

    attributes_.clear();
    while (*p != '>') {
        Attribute attribute;
        const char* name_begin = p++;
        while (p < end && !in_class(kEndsAttributeName))
            ++p;
        attribute.name = view(name_begin, p);
        if (!skip_spaces())
            return start;
        if (*p == '=') {
            attribute.has_value = true;
            ++p;
            if (!skip_spaces())
                return start;
            if (*p == '>') {  // `<a href=>`
                attributes_.push_back(attribute);
                break;
            }
            if (*p == '"' || *p == '\'') {
                char quote = *p++;
                const void* close = std::memchr(p, quote, static_cast<size_t>(end - p));
                if (!close)
                    return start;
                attribute.value = view(p, static_cast<const char*>(close));
                p = static_cast<const char*>(close) + 1;
            } else {
                const char* value_begin = p;
                while (p < end && !in_class(kEndsWord))
                    ++p;
                attribute.value = view(value_begin, p);
            }
            if (!skip_spaces())
                return start;
        }
        attributes_.push_back(attribute);
    }

    before_markup();
    if (!stopped_ && section_ != Section::Ignore)
        sink_.on_start(name, attributes_);
    for (size_t i = 1; i < std::size(kLiterals); ++i) {
        if (util::iequals(name, kLiterals[i].name)) {
            literal_ = static_cast<Literal>(i);
            is_cdata_ = kLiterals[i].is_cdata;
            break;
        }
    }
    return static_cast<size_t>(p - base) + 1;
}

size_t Tokenizer::scan_end_tag(size_t start) {
    size_t s = start + 2;
    if (has_class(at(s), kEndsWord)) {  // "</ foo>", "</>"
        size_t gt = skip_to_unquoted_gt(s);
        if (gt == input_.size())
            return start;
        emit_comment(range(start, gt + 1));
        return gt + 1;
    }
    while (s < input_.size() && !has_class(at(s), kEndsWord))
        ++s;
    std::string_view name = range(start + 2, s);
    size_t gt = skip_to_unquoted_gt(s);
    if (gt == input_.size())
        return start;
    emit_end(name);
    return gt + 1;
}

// A quote opens after a blank or "=" only.
size_t Tokenizer::skip_to_unquoted_gt(size_t from) const {
    char quote = '\0';
    char previous = ' ';
    for (size_t s = from; s < input_.size(); ++s) {
        char c = input_[s];
        if (!quote && c == '>')
            return s;
        if (c == '"' || c == '\'') {
            if (c == quote)
                quote = '\0';
            else if (!quote && (previous == ' ' || previous == '='))
                quote = c;
        }
        previous = c;
    }
    return input_.size();
}

size_t Tokenizer::scan_comment(size_t start) {
    if (lone_gt_ends_comment_) {
        size_t gt = find('>', start + 4);
        if (gt == input_.size())
            return start;
        emit_comment(range(start, gt + 1));
        return gt + 1;
    }
    for (size_t dash = find('-', start + 4); dash < input_.size(); dash = find('-', dash + 1)) {
        if (at(dash + 1) != '-')
            continue;
        size_t s = dash + 2;
        while (has_class(at(s), kSpace))
            ++s;
        if (at(s) == '>') {
            emit_comment(range(start, s + 1));
            return s + 1;
        }
    }
    return start;
}

size_t Tokenizer::scan_declaration(size_t start) {
    size_t s = start + 2;
    unsigned char c = at(s);
    if (c == '-') {
        if (s + 1 == input_.size())
            return start;
        return at(s + 1) == '-' ? scan_comment(start) : scan_bogus_comment(start, start + 2);
    }
    if (c == '[') {
        size_t next = scan_marked_section(start);
        return next == kNotMarkup ? scan_bogus_comment(start, start + 2) : next;
    }
    if (!util::is_alpha(c))
        return scan_bogus_comment(start, start + 2);
    while (has_class(at(s), kNamePart))
        ++s;
    if (s == input_.size())
        return start;
    std::string_view name = range(start + 2, s);
    if (!util::iequals(name, "doctype") && !util::iequals(name, "entity"))
        return scan_bogus_comment(start, start + 2);
    return scan_declaration_body(start, s);
}

// Words, quoted strings and "--" comments up to ">". What is malformed becomes a comment up to the
// next ">" from there.
size_t Tokenizer::scan_declaration_body(size_t start, size_t after_name) {
    size_t s = after_name;
    for (;;) {
        while (has_class(at(s), kSpace))
            ++s;
        if (s >= input_.size())
            return start;
        char c = input_[s];
        if (c == '>') {
            before_markup();
            if (!stopped_ && section_ != Section::Ignore)
                sink_.on_declaration(range(start, s + 1));
            return s + 1;
        }
        if (c == '"' || c == '\'') {
            s = find(c, s + 1);
            if (s == input_.size())
                return start;
            ++s;
        } else if (c == '-') {
            if (s + 1 == input_.size())
                return start;
            if (input_[s + 1] != '-')
                return scan_bogus_comment(start, s + 1);
            size_t close = input_.find("--", s + 2);
            if (close == std::string_view::npos)
                return start;
            s = close + 2;
        } else {
            ++s;
            while (s < input_.size() && !has_class(at(s), kEndsWord))
                ++s;
            if (s == input_.size())
                return start;
        }
    }
}

size_t Tokenizer::scan_bogus_comment(size_t start, size_t from) {
    size_t gt = find('>', from);
    if (gt == input_.size())
        return start;
    emit_comment(range(start, gt + 1));
    return gt + 1;
}

size_t Tokenizer::scan_marked_section(size_t start) {
    size_t s = start + 3;
    Section section = Section::None;
    bool has_keyword = false;
    for (;;) {
        while (has_class(at(s), kSpace))
            ++s;
        while (has_class(at(s), kNameStart)) {
            size_t name_begin = s++;
            while (has_class(at(s), kNamePart))
                ++s;
            std::string_view name = range(name_begin, s);
            has_keyword = true;
            if (util::iequals(name, "include"))
                section = std::max(section, Section::Include);
            else if (util::iequals(name, "rcdata"))
                section = std::max(section, Section::RcData);
            else if (util::iequals(name, "cdata"))
                section = std::max(section, Section::CData);
            else if (util::iequals(name, "ignore"))
                section = std::max(section, Section::Ignore);
            while (has_class(at(s), kSpace))
                ++s;
            if (s == input_.size())
                return start;
        }
        if (at(s) != '-' || at(s + 1) != '-')
            break;
        size_t close = input_.find("--", s + 2);
        if (close == std::string_view::npos)
            return start;
        s = close + 2;
    }
    if (at(s) != '[')
        return kNotMarkup;
    push_section(has_keyword ? section : Section::Include);
    before_markup();
    return s + 1;
}

void Tokenizer::push_section(Section section) {
    section_ = std::max(section, section_);
    sections_.push_back(section_);
    is_cdata_ = section_ == Section::CData;
}

void Tokenizer::pop_section() {
    if (!sections_.empty())
        sections_.pop_back();
    section_ = sections_.empty() ? Section::None : sections_.back();
    is_cdata_ = section_ == Section::CData;
}

void Tokenizer::before_markup() {
    if (pending_end_.empty())
        return;
    std::string_view name = pending_end_;
    pending_end_ = {};
    emit_end(name);
}

void Tokenizer::emit_text(size_t begin, size_t end) {
    if (section_ != Section::Ignore)
        sink_.on_text(range(begin, end), is_cdata_);
}

void Tokenizer::emit_end(std::string_view name) {
    before_markup();
    if (!stopped_ && section_ != Section::Ignore)
        sink_.on_end(name);
}

void Tokenizer::emit_comment(std::string_view whole) {
    if (section_ != Section::Ignore)
        sink_.on_comment(whole);
}

}  // namespace html
