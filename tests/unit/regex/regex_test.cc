#include "regex/regex.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "regex/byte_class.h"
#include "regex/shared_groups.h"
#include "regex/translate.h"

using regex::Flags;
using regex::MatchData;
using regex::Outcome;
using regex::Regex;
using namespace std::string_literals;

namespace {

// "start-end" of every match of //g, joined by blanks.
std::string matches(std::string_view pattern, std::string_view subject,
                    std::string_view letters = "") {
    auto compiled = Regex::compile(pattern, Flags::parse(letters).value());
    REQUIRE_MESSAGE(compiled.has_value(), std::string(pattern));
    MatchData data;
    std::string out;
    auto outcome = regex::for_each_match(*compiled, subject, data, [&](const MatchData& m) {
        out += (out.empty() ? "" : " ") + std::to_string(m.start()) + "-" + std::to_string(m.end());
        return true;
    });
    return outcome == Outcome::Undecided ? "undecided" : out;
}

}  // namespace

TEST_CASE("byte class: both cases are those of each byte") {
    for (size_t c = 0; c < 256; ++c) {
        regex::ByteSet one, expected;
        one.set(c);
        expected.set(c);
        expected.set(regex::other_case(static_cast<unsigned char>(c)));
        CAPTURE(c);
        CHECK(regex::with_both_cases(one) == expected);
    }
    CHECK(regex::with_both_cases(regex::ByteSet()).none());
    CHECK(regex::with_both_cases(~regex::ByteSet()).all());
}

TEST_CASE("regex: patterns mean what they mean in Perl under /aa") {
    struct Row {
        std::string pattern, letters, subject, expected;
    };
    const Row rows[] = {
        // Case folds as in Latin-1, except for the two signs; classes are ASCII.
        {"\xC3\xA4", "i", "\xE3\x84 \xC3\xA4", "3-5"},
        {"\xC3", "i", "\xE3\xC3", "0-1 1-2"},
        {"[\xE0-\xE2]", "i", "\xC1", "0-1"},
        {"\xD7", "i", "\xF7", ""},
        {"\xDF", "i", "ss\xFF", ""},
        {"\\w", "", "\xE9_", "1-2"},
        {"\\s", "", "\x0B\xA0\x85", "0-1"},
        {"[[:upper:]]", "i", "a", "0-1"},
        // Quantifiers.
        {"a{,2}b", "", "aab", "0-3"},
        {"a{ 1 , 2 }", "", "aaa", "0-2 2-3"},
        {"x{,", "", "x{,", "err"},
        {"\\b?a", "", "a", "0-1"},
        // Modifiers.
        {"(?aa)A", "", "a", ""},
        {"(?aai)A", "", "a", "0-1"},
        {"(?^:A)", "i", "aA", "1-2"},
        {"a b # c\n c", "x", "abc", "0-3"},
        {"a [b c] d", "xx", "a d abd", "4-7"},
        {"(a)\\g{1}", "", "aa", "0-2"},
        {"(?#note)a", "", "a", "0-1"},
        // Characters.
        {"\\N{U+e9}", "", "\xE9", "0-1"},
        {"\\x{e9}\\x41\\o{102}\\0", "", "\xE9\x41\x42\0"s, "0-4"},
        {"a|\\x{100}", "", "xa", "1-2"},
        {"[\\x{e9}-\\x{2000}]", "", "\xE8\xE9\xFF", "1-2 2-3"},
        {"[^\\x{100}]", "", "a", "0-1"},
        {"\\10", "", "\x08", "0-1"},
        {"\\p{IsUpper}\\P{Lu}", "", "Aa", "0-2"},
        {"\\p{L}", "", "\xE9\xD7", "0-1"},
        {"\\p{Lu}", "i", "a", "0-1"},
        // Lookbehinds of variable length.
        {"(?<=a{1,3})b", "", "aab", "2-3"},
        {"(?<!x(?:ab|c))d", "", "xabd cd d", "6-7 8-9"},
        {"(?<=a|bc)d", "", "ad bcd", "1-2 5-6"},
        {"(?<=b?)a", "", "a", "0-1"},
        // Groups.
        {"(?(1)a|b)", "", "ab", "1-2"},
        {"(?<n>a)|(?<n>b)", "", "b", "0-1"},
        {"(?n)(a)(?<m>b)\\k<m>", "", "abb", "0-3"},
        // Empty matches, as //g walks them.
        {"a*", "", "baac", "0-0 1-3 3-3 4-4"},
        {"|a", "", "a", "0-0 0-1 1-1"},
        {"$", "", "a\n", "1-1 2-2"},
        {"^", "m", "a\nb\n", "0-0 2-2"},
        {"a.c", "", "a\nc a\rc", "4-7"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.subject);
        if (row.expected == "err")
            CHECK(Regex::check(row.pattern).has_value());
        else
            CHECK(matches(row.pattern, row.subject, row.letters) == row.expected);
    }
}

TEST_CASE("regex: what can be repeated before an atomic group gives back") {
    for (const char* pattern : {"^\\s?(?>(?:a|b)*)\\s", "^\\s?(?:a|b)?+\\s",
                                "^\\s?(?:a|b){0,2}+\\s", "^\\s*(?>a*|b)\\s"}) {
        CAPTURE(pattern);
        CHECK(matches(pattern, " ") == "0-1");
    }
}

TEST_CASE("regex: what Perl refuses or warns about is an error") {
    for (const char* pattern :
         {"a{",       "[a]{x",     "\\.{a",        "a**",         "*a",
          "a{3,2}",   "a{65535}",  "(?=a)*",       "\\b+",        "(?:)*",
          "(a",       "a)",        "[a",           "[z-a]",       "[a-\\d]",
          "[\\w-.]",  "[:alpha:]", "[[.a.]]",      "[[:foo:]]",   "[\\z]",
          "\\Q",      "\\i",       "\\y",          "\\C",         "\\8",
          "\\1",      "(a)\\2",    "\\xg",         "\\x{zz}",     "\\018",
          "\\c!",     "\\b{wb}",   "\\N{NAME}",    "\\p{Foo}",    "\\k<n>",
          "\\g{9}",   "(?1)",      "(?=\\K)",      "(?g)",        "(?o)",
          "(?c)",     "(?U)",      "(?J)",         "(?e)",        "(?lu)",
          "(?aaa)",   "(?{1})",    "(?[a])",       "(*UTF)a",     "(*LIMIT_MATCH=1)a",
          "(?<1a>b)", "(?<=a+)b",  "(?<=(a|bc))d", "(?<!\\1)(a)", "a\\"}) {
        CAPTURE(std::string(pattern));
        CHECK(Regex::check(pattern).has_value());
    }
    for (const char* pattern : {"{", "^{", "a|{", "a*{", "]", "}", "a||b", "", "(?aa)", "\\_",
                                "\\x", "(*FAIL)", "(?<=(ab))d", "[\\w-]", "[]a]", "\\e"}) {
        CAPTURE(std::string(pattern));
        CHECK_FALSE(Regex::check(pattern).has_value());
    }
    for (const char* letters : {"g", "o", "c", "e", "r", "ig"})
        CHECK_FALSE(Flags::parse(letters).has_value());
}

TEST_CASE("regex: patterns beyond the 8-bit library match all the same") {
    std::string pattern = "(?i)(?<word>";
    for (int i = 0; i < 4000; ++i)
        pattern += "w[x\xC3]rd" + std::to_string(i) + "(?:a|b|cd){1,3}|";
    pattern += "end)$";
    auto compiled = Regex::compile(pattern);
    REQUIRE(compiled.has_value());
    CHECK(compiled->is_wide());
    MatchData data;
    CHECK(compiled->match("some W\xE3rd1234cdA\n", data) == Outcome::Match);
    CHECK(data.text(0) == "W\xE3rd1234cdA");
    CHECK(compiled->match("some WYrd1234cdA", data) == Outcome::NoMatch);
    REQUIRE(compiled->names().size() == 1);
    CHECK(compiled->names()[0].first == "word");
    CHECK(compiled->capture_count() == 1);
    // The same scratch serves both libraries in turn.
    Regex small = Regex::literal("(e)(nd)?");
    CHECK(small.match("an e", data) == Outcome::Match);
    CHECK(data.group_count() == 2);
    CHECK_FALSE(data.group(2).has_value());
    CHECK(compiled->match("the END", data) == Outcome::Match);
    CHECK(data.text(1) == "END");
}

// Letters in disguise, each a group long enough to be shared.
const std::string kA =
    R"((?:[aA\xE0-\xE5]|\xC3[\xA0-\xA5\x80-\x85]|a{2,3}|\xCE[\x91\xB1]|\xD0[\x90\xB0]))";
const std::string kB =
    R"((?:[bB8\xDF]|\xC3\x9F|\xCE[\x92\xB2]|\xD0[\x92\xB1]|\|3|ab?[\])(]|[^a-z\d\s-]b))";
const std::string kAB = "(?:" + kA + kB + "|" + kB + kA + "?)";

TEST_CASE("regex: shared groups mean what they mean written out") {
    const std::vector<std::string> pieces = {kA,
                                             kB,
                                             kAB,
                                             "(?=" + kAB + ")",
                                             "\\s",
                                             "[ab]",
                                             "\\b",
                                             "(?!" + kB + ")",
                                             "(?>" + kAB + "*)",
                                             "(?<=[ab])",
                                             "\\(",
                                             "(?<!" + kA + ")"};
    const std::vector<std::string> quantifiers = {"", "", "", "?", "*", "+?", "{1,3}", "{2}", "++"};
    const std::vector<std::string> letters = {
        "a", "A", "\xE1", "\xC3\xA1", "b", "8", "\xC3\x9F", "|3", " ", "ab(", "aa", "\xCE", "x"};
    std::mt19937 random(1);
    auto one_of = [&](const std::vector<std::string>& list) {
        return list[random() % list.size()];
    };
    size_t shared = 0, found = 0;
    for (int round = 0; round < 400; ++round) {
        std::string pattern;
        for (int i = 0; i < 6; ++i) {
            std::string piece = one_of(pieces);
            bool is_empty = piece == "\\b" || piece[2] == '<' || piece[2] == '=' || piece[2] == '!';
            pattern +=
                piece + (is_empty ? "" : one_of(quantifiers)) + (random() % 5 == 0 ? "|" : "");
        }
        auto translated = regex::translate(pattern, {});
        CAPTURE(pattern);
        REQUIRE(translated.has_value());
        auto small = regex::share_groups(*translated);
        if (!small)
            continue;
        ++shared;
        CAPTURE(*small);
        for (const char* flags : {"", "i"}) {
            auto plain = Regex::compile_translated(*translated, Flags::parse(flags).value());
            auto made = Regex::compile_translated(*small, Flags::parse(flags).value());
            REQUIRE(plain.has_value());
            REQUIRE(made.has_value());
            for (int k = 0; k < 30; ++k) {
                std::string subject;
                for (size_t i = random() % 14; i-- > 0;)
                    subject += one_of(letters);
                MatchData expected, data;
                auto outcome = plain->match(subject, expected);
                CHECK(made->match(subject, data) == outcome);
                if (outcome == Outcome::Match) {
                    ++found;
                    CHECK(data.start() == expected.start());
                    CHECK(data.end() == expected.end());
                }
            }
        }
    }
    CHECK(shared > 200);
    CHECK(found > 2000);
}

TEST_CASE("regex: groups are shared only where they mean the same everywhere") {
    auto shared = regex::share_groups(kA + kAB + kB);
    REQUIRE(shared.has_value());
    CHECK(shared->size() < kA.size() + kAB.size() + kB.size() - 100);
    CHECK_FALSE(regex::share_groups(kA + kB).has_value());
    CHECK_FALSE(regex::share_groups("(?:a)(?:a)").has_value());
    CHECK_FALSE(regex::share_groups("").has_value());
    // Each of these has groups that depend on where they stand, or does not end.
    for (const std::string& more :
         {"(a)"s,         "(?<n>a)"s, "\\1"s,     "\\g{1}"s,
          "\\k<n>"s,      "(?i)"s,    "(?i:a)"s,  "(?-i)"s,
          "(?(1)a|b)"s,   "(?R)"s,    "(?1)"s,    "(?|a|b)"s,
          "(*ACCEPT)"s,   "\\Ka"s,    "\\Qa\\E"s, "(?#a)"s,
          "[[:alpha:]]"s, ")"s,       "("s,       "(?"s,
          "(?:"s,         "(?<"s,     "\\"s,      std::string(100'000, '(')}) {
        CAPTURE(more);
        CHECK_FALSE(regex::share_groups(kA + kA + more).has_value());
        CHECK_FALSE(regex::share_groups(more + kA + kA).has_value());
    }
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "(?:";
    CHECK_FALSE(regex::share_groups(deep + kA + kA + std::string(100'000, ')')).has_value());
    // Not in a lookbehind, whose length must be plain.
    CHECK_FALSE(regex::share_groups("(?<=" + kA + ")(?<=" + kA + ")").has_value());
    // What ends nowhere.
    for (const char* open : {"[", "[^", "[]", "[a\\", "[\\c"})
        regex::share_groups(kA + kA + open);
}

TEST_CASE("regex: a large pattern with repeated groups fits the 8-bit library") {
    std::string pattern;
    for (int i = 0; i < 1500; ++i)
        pattern += (i == 0 ? "" : "|") + std::to_string(i) + kA + kB;
    auto compiled = Regex::compile(pattern);
    REQUIRE(compiled.has_value());
    CHECK_FALSE(compiled->is_wide());
    CHECK(compiled->capture_count() == 0);
    CHECK(compiled->names().empty());
    MatchData data;
    CHECK(compiled->match("x 1499\xC3\xA1"
                          "8",
                          data) == Outcome::Match);
    CHECK(data.text(0) ==
          "1499\xC3\xA1"
          "8");
    CHECK(data.group_count() == 1);
    CHECK(compiled->match("x 1500\xC3\xA1"
                          "8",
                          data) == Outcome::Match);
    CHECK(data.text(0) ==
          "500\xC3\xA1"
          "8");
    CHECK(compiled->match("x 1499\xC3\xA2", data) == Outcome::NoMatch);
    // Errors are those of the pattern as it was written.
    auto wrong = Regex::compile_translated(pattern + "|a**", {});
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().offset > pattern.size());
}

TEST_CASE("regex: a runaway pattern is undecided, neither hit nor miss") {
    auto runaway = Regex::compile("^(?:a|a)*(?:a|a)*(?:a|a)*(?:a|a)*b$");
    REQUIRE(runaway.has_value());
    MatchData data;
    CHECK(runaway->match(std::string(400, 'a') + "cb", data) == Outcome::Undecided);
    CHECK(runaway->match("aab", data) == Outcome::Match);
}

TEST_CASE("regex: hostile patterns are refused in bounded time") {
    CHECK(Regex::check(std::string(100000, '(')).has_value());
    CHECK(Regex::check("(?<=" + std::string(100, '(') + "a?" + std::string(100, ')') + ")b")
              .has_value());
    std::string product = "(?<=";
    for (int i = 0; i < 30; ++i)
        product += "(?:a|bc)";
    CHECK(Regex::check(product + ")d").has_value());
}
