// Patterns for Received headers: fixed text with fields in braces, matched by backtracking with the
// preferences of the regular expression they stand for (greedy, leftmost), but with a cost linear
// in the header for the forms used here.
//
//   {ip} {helo} {rdns} {by} {ident} {id}   a field: {ip} takes an address, the others one or more
//                          non-blanks; {helo*} may be empty, {helo.} needs a dot inside, {by!} must
//                          end at a word boundary
//   {_} {_*} {_ip}         the same, not kept
//   {localhost}            any spelling of it (localhost_ends)
//   {<sub} ... {>sub}      keeps what the elements between took
//   {~} {&}                any text, as little or as much as possible
//   {.100}                 any text, at most 100 bytes
//   {^)+} {^)*} {^)40}     bytes other than those named: one or more, any number, at most 40
//   {#} {#*}               digits: one or more, any number
//   {zone}                 "%" and zone letters of a scoped address, or nothing
//   {?[}                   that byte or nothing
//   {(} ... {)}            the elements between, or nothing
//   {HELO|EHLO}            one of these texts
//   {!}                    a word boundary
//   {$}                    the end
//
// A mistake in a pattern is a bug of ours and aborts when it is built.

#ifndef MESSAGE_RECEIVED_PATTERN_H
#define MESSAGE_RECEIVED_PATTERN_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace message {

class ReceivedPattern {
public:
    enum Field : uint8_t { Ip, Helo, Rdns, By, Ident, Id, Sub, kFields, Unkept = kFields };

    // Views into the matched text; a data() of nullptr marks a field without a match.
    struct Captures {
        std::array<std::string_view, kFields> fields;
        std::array<size_t, kFields> opened{};
        size_t begin = 0, end = 0;  // of the whole match
        bool has(Field f) const { return fields[f].data() != nullptr; }
        std::string_view operator[](Field f) const { return fields[f]; }
    };

    explicit ReceivedPattern(std::string_view pattern);

    // Matches at exactly `at`.
    bool match(std::string_view text, Captures& captures, size_t at = 0) const;
    // Matches at the first possible place at or after `from`.
    bool search(std::string_view text, Captures& captures, size_t from = 0) const;

private:
    enum class Kind : uint8_t {
        Text,
        OneOf,
        Word,
        Address,
        Localhost,
        Open,
        Close,
        ShortGap,
        LongGap,
        Other,
        Digits,
        Zone,
        OptionalByte,
        OptionalBegin,
        OptionalEnd,
        Boundary,
        End,
    };
    struct Element {
        Kind kind = Kind::Text;
        Field field = Unkept;
        bool needs_dot = false;
        bool ends_at_boundary = false;
        size_t at_least = 0;
        size_t at_most = SIZE_MAX;
        size_t after_optional = 0;       // OptionalBegin: index behind its end
        std::string text;                // Text, Other (the bytes refused), OptionalByte
        std::vector<std::string> texts;  // OneOf
    };
    struct Walk;
    static Element parse_braces(std::string_view braces);

    std::vector<Element> elements_;
};

}  // namespace message

#endif  // MESSAGE_RECEIVED_PATTERN_H
