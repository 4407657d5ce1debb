#include "message/received_pattern.h"

#include <algorithm>

#include "message/ip_text.h"
#include "util/check.h"
#include "util/strings.h"

namespace message {

namespace {

constexpr size_t kNone = std::string_view::npos;

bool is_word_boundary(std::string_view text, size_t at) {
    const bool before = at > 0 && util::is_word(static_cast<unsigned char>(text[at - 1]));
    const bool after = at < text.size() && util::is_word(static_cast<unsigned char>(text[at]));
    return before != after;
}

ReceivedPattern::Field field_named(std::string_view name) {
    constexpr std::string_view kNames[] = {"ip", "helo", "rdns", "by", "ident", "id", "sub"};
    for (uint8_t i = 0; i < ReceivedPattern::kFields; ++i) {
        if (name == kNames[i])
            return static_cast<ReceivedPattern::Field>(i);
    }
    UTIL_CHECK(name == "_" || name == "_ip");
    return ReceivedPattern::Unkept;
}

}  // namespace

ReceivedPattern::Element ReceivedPattern::parse_braces(std::string_view braces) {
    UTIL_CHECK(!braces.empty());
    Element e;
    const std::string_view rest = braces.substr(1);
    if (braces == "~") {
        e.kind = Kind::ShortGap;
    } else if (braces == "&") {
        e.kind = Kind::LongGap;
    } else if (braces == "#" || braces == "#*") {
        e.kind = Kind::Digits;
        e.at_least = braces == "#" ? 1 : 0;
    } else if (braces == "!") {
        e.kind = Kind::Boundary;
    } else if (braces == "$") {
        e.kind = Kind::End;
    } else if (braces == "(") {
        e.kind = Kind::OptionalBegin;
    } else if (braces == ")") {
        e.kind = Kind::OptionalEnd;
    } else if (braces == "zone") {
        e.kind = Kind::Zone;
    } else if (braces == "localhost") {
        e.kind = Kind::Localhost;
    } else if (braces == "ip" || braces == "_ip") {
        e.kind = Kind::Address;
        e.field = field_named(braces);
    } else if (braces.find('|') != kNone) {
        e.kind = Kind::OneOf;
        for (std::string_view text : util::split(braces, '|'))
            e.texts.emplace_back(text);
    } else if (braces[0] == '?') {
        e.kind = Kind::OptionalByte;
        e.text = std::string(rest);
    } else if (braces[0] == '<' || braces[0] == '>') {
        e.kind = braces[0] == '<' ? Kind::Open : Kind::Close;
        e.field = field_named(rest);
    } else if (braces[0] == '.' || braces[0] == '^') {
        e.kind = Kind::Other;
        size_t set_end = rest.find_last_not_of("0123456789") + 1;
        if (set_end < rest.size()) {
            e.at_most = static_cast<size_t>(*util::parse_int(rest.substr(set_end)));
        } else {
            UTIL_CHECK(rest.size() > 1 && (rest.back() == '+' || rest.back() == '*'));
            e.at_least = rest.back() == '+' ? 1 : 0;
            --set_end;
        }
        e.text = std::string(rest.substr(0, set_end));
    } else {
        e.kind = Kind::Word;
        e.at_least = 1;
        switch (braces.back()) {
            case '*':
                e.at_least = 0;
                break;
            case '.':
                e.needs_dot = true;
                break;
            case '!':
                e.ends_at_boundary = true;
                break;
            default:
                e.field = field_named(braces);
                return e;
        }
        e.field = field_named(braces.substr(0, braces.size() - 1));
    }
    return e;
}

ReceivedPattern::ReceivedPattern(std::string_view pattern) {
    size_t open_optional = kNone;
    while (!pattern.empty()) {
        if (pattern[0] != '{') {
            Element e;
            e.text = std::string(pattern.substr(0, pattern.find('{')));
            pattern.remove_prefix(e.text.size());
            elements_.push_back(std::move(e));
            continue;
        }
        const size_t close = pattern.find('}');
        UTIL_CHECK(close != kNone);
        elements_.push_back(parse_braces(pattern.substr(1, close - 1)));
        pattern.remove_prefix(close + 1);
        if (elements_.back().kind == Kind::OptionalBegin) {
            UTIL_CHECK(open_optional == kNone);
            open_optional = elements_.size() - 1;
        } else if (elements_.back().kind == Kind::OptionalEnd) {
            UTIL_CHECK(open_optional != kNone);
            elements_[open_optional].after_optional = elements_.size();
            open_optional = kNone;
        }
    }
    UTIL_CHECK(open_optional == kNone);
}

// One attempt to match. Recursion is bounded by the number of elements.
struct ReceivedPattern::Walk {
    const std::vector<Element>& elements;
    std::string_view text;
    Captures& captures;
    // What follows a gap matches or fails no matter what stood in front of the gap. So once it
    // failed for a gap from some place on, it is not tried again from there.
    size_t gap_limit = kNone;

    const Element* next_of(size_t e) const {
        do
            ++e;
        while (e < elements.size() &&
               (elements[e].kind == Kind::Open || elements[e].kind == Kind::Close));
        return e < elements.size() ? &elements[e] : nullptr;
    }

    void keep(const Element& e, size_t from, size_t to) {
        if (e.field != Unkept)
            captures.fields[e.field] = text.substr(from, to - from);
    }

    // Takes between e.at_least bytes and all of [at, run_end), the most first.
    bool take_run(size_t e, size_t at, size_t run_end) {
        const Element& element = elements[e];
        if (run_end - at < element.at_least)
            return false;
        const Element* next = next_of(e);
        const bool next_is_text = next && next->kind == Kind::Text;
        for (size_t end = run_end;; --end) {
            const bool possible =
                (!next_is_text || (end < text.size() && text[end] == next->text[0])) &&
                (!element.ends_at_boundary || is_word_boundary(text, end)) &&
                (!element.needs_dot || has_inner_dot(at, end));
            if (possible) {
                keep(element, at, end);
                if (walk(e + 1, end))
                    return true;
            }
            if (end == at + element.at_least)
                return false;
        }
    }

    bool has_inner_dot(size_t at, size_t end) const {
        return end - at >= 3 && text.substr(at + 1, end - at - 2).find('.') != kNone;
    }

    bool take_one_of(size_t e, size_t at, const IpEnds& ends) {
        for (size_t i = 0; i < ends.count; ++i) {
            keep(elements[e], at, ends.end[i]);
            if (walk(e + 1, ends.end[i]))
                return true;
        }
        return false;
    }

    bool take_gap(size_t e, size_t at) {
        const Element* next = next_of(e);
        const std::string_view wanted =
            next && next->kind == Kind::Text ? std::string_view(next->text) : std::string_view();
        const size_t limit = std::min(gap_limit, text.size() + 1);
        if (elements[e].kind == Kind::ShortGap) {
            for (size_t end = at; end < limit; ++end) {
                end = text.find(wanted, end);
                if (end >= limit)
                    break;
                if (walk(e + 1, end))
                    return true;
            }
        } else {
            for (size_t end = limit; end > at;) {
                end = text.rfind(wanted, end - 1);
                if (end == kNone || end < at)
                    break;
                if (walk(e + 1, end))
                    return true;
            }
        }
        gap_limit = std::min(gap_limit, at);
        return false;
    }

    // The optional elements behind `e`, or nothing; what they had taken is then forgotten.
    bool take_optional(size_t e, size_t at) {
        if (walk(e + 1, at))
            return true;
        const size_t after = elements[e].after_optional;
        for (size_t i = e; i < after; ++i) {
            if (elements[i].field != Unkept)
                captures.fields[elements[i].field] = {};
        }
        return walk(after, at);
    }

    bool walk(size_t e, size_t at) {
        for (; e < elements.size(); ++e) {
            const Element& element = elements[e];
            switch (element.kind) {
                case Kind::Text:
                    if (text.compare(at, element.text.size(), element.text) != 0)
                        return false;
                    at += element.text.size();
                    break;
                case Kind::OneOf: {
                    size_t taken = 0;
                    for (const std::string& option : element.texts) {
                        if (text.compare(at, option.size(), option) == 0) {
                            taken = option.size();
                            break;
                        }
                    }
                    if (taken == 0)
                        return false;
                    at += taken;
                    break;
                }
                case Kind::Word: {
                    const size_t run_end = std::min(text.find(' ', at), text.size());
                    const Element* next = next_of(e);
                    const bool whole = !element.needs_dot && !element.ends_at_boundary &&
                                       (!next || next->kind == Kind::End ||
                                        (next->kind == Kind::Text && next->text[0] == ' '));
                    if (!whole)
                        return take_run(e, at, run_end);
                    if (run_end - at < element.at_least)
                        return false;
                    keep(element, at, run_end);
                    at = run_end;
                    break;
                }
                case Kind::Other: {
                    const size_t refused =
                        element.text.empty() ? kNone : text.find_first_of(element.text, at);
                    size_t run_end = std::min(refused, text.size());
                    if (run_end - at > element.at_most)
                        run_end = at + element.at_most;
                    return take_run(e, at, run_end);
                }
                case Kind::Digits: {
                    size_t run_end = at;
                    while (run_end < text.size() &&
                           util::is_digit(static_cast<unsigned char>(text[run_end])))
                        ++run_end;
                    return take_run(e, at, run_end);
                }
                case Kind::Address:
                    return take_one_of(e, at, ip_address_ends(text, at));
                case Kind::Localhost:
                    return take_one_of(e, at, localhost_ends(text, at));
                case Kind::Open:
                    captures.opened[element.field] = at;
                    break;
                case Kind::Close:
                    keep(element, captures.opened[element.field], at);
                    break;
                case Kind::ShortGap:
                case Kind::LongGap:
                    return take_gap(e, at);
                case Kind::Zone:
                    if (at < text.size() && text[at] == '%') {
                        const auto in_zone = [](unsigned char c) {
                            return util::is_upper(c) || util::is_digit(c) || c == '.' || c == '_' ||
                                   c == '~' || c == '-';
                        };
                        do
                            ++at;
                        while (at < text.size() && in_zone(static_cast<unsigned char>(text[at])));
                    }
                    break;
                case Kind::OptionalByte:
                    if (at < text.size() && text[at] == element.text[0]) {
                        if (walk(e + 1, at + 1))
                            return true;
                    }
                    break;
                case Kind::OptionalBegin:
                    return take_optional(e, at);
                case Kind::OptionalEnd:
                    break;
                case Kind::Boundary:
                    if (!is_word_boundary(text, at))
                        return false;
                    break;
                case Kind::End:
                    if (at != text.size())
                        return false;
                    break;
            }
        }
        captures.end = at;
        return true;
    }
};

bool ReceivedPattern::match(std::string_view text, Captures& captures, size_t at) const {
    captures = Captures();
    return Walk{elements_, text, captures}.walk(0, at);
}

bool ReceivedPattern::search(std::string_view text, Captures& captures, size_t from) const {
    const Element& first = elements_.front();
    const std::string_view wanted =
        first.kind == Kind::Text ? std::string_view(first.text) : std::string_view();
    captures = Captures();
    Walk walk{elements_, text, captures};
    for (size_t at = from; at <= text.size(); ++at) {
        at = text.find(wanted, at);
        if (at == kNone)
            return false;
        if (walk.walk(0, at)) {
            captures.begin = at;
            return true;
        }
    }
    return false;
}

}  // namespace message
