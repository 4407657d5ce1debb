#include "rules/rule_syntax.h"

#include <doctest/doctest.h>

#include "rules/perl_pattern.h"
#include "rules/regexp_syntax.h"
#include "util/strings.h"

using namespace rules;

TEST_CASE("rule syntax: header tests come apart into header, operator, regex and if-unset") {
    const struct {
        const char *text, *header, *regexp, *if_unset;
        bool negated;
    } rows[] = {
        {"Subject =~ /x/i", "Subject", "/x/i", "", false},
        {"Subject=~/x/", "Subject", "/x/", "", false},
        {"From:addr !~ /x/", "From:addr", "/x/", "", true},
        {"From: =~ /x/", "From", "/x/", "", false},
        {"Received:first:raw =~ /x/", "Received:first:raw", "/x/", "", false},
        {"X-Foo.Bar_1 =~ /x/ [if-unset: none here]", "X-Foo.Bar_1", "/x/", "none here", false},
        {"To =~ /[if-unset: x]/", "To", "/[if-unset: x]/", "", false},
        {"To =~ /x/\t [if-unset:  ]", "To", "/x/", " ", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        auto test = parse_header_test(row.text);
        REQUIRE(test);
        CHECK(test->header == row.header);
        CHECK(test->regexp == row.regexp);
        CHECK(test->if_unset == row.if_unset);
        CHECK(test->negated == row.negated);
        CHECK_FALSE(test->exists);
    }
    auto exists = parse_header_test("exists:X-Mailer:");
    REQUIRE(exists);
    CHECK(exists->exists);
    CHECK(exists->header == "X-Mailer");
}

TEST_CASE("rule syntax: header tests that SpamAssassin refuses are refused") {
    for (const char* text :
         {"Subject", "Subject = /x/", "Su bject =~ /x/", "=~ /x/", "Subject =~",
          "From:addr:first:raw =~ /x/", "From:Addr =~ /x/", "From:addr: =~ /x/"}) {
        CAPTURE(text);
        auto test = parse_header_test(text);
        REQUIRE_FALSE(test);
        CHECK(test.error() == HeaderTestError::InvalidTest);
    }
    auto modifier = parse_header_test("From:email =~ /x/");
    REQUIRE_FALSE(modifier);
    CHECK(modifier.error() == HeaderTestError::InvalidModifier);
    auto header = parse_header_test("exists:A B");
    REQUIRE_FALSE(header);
    CHECK(header.error() == HeaderTestError::InvalidHeader);
}

TEST_CASE("rule syntax: eval arguments are quoted strings, words, numbers and addresses") {
    const struct {
        const char *text, *expected;  // nullptr: refused
    } rows[] = {
        {"f()", "f"},
        {"f( )", "f"},
        {"f('a', \"b c\", 1.5, -3, 127.0.0.2, ::1)", "f|a|b c|1.5|-3|127.0.0.2|::1"},
        {"f('it's', 'x')", "f|it's|x"},
        {"f('a',)", "f|a"},
        {"f('', '')", "f||"},
        {"f(a b)", nullptr},
        {"f(a_b)", nullptr},
        {"f('a' 'b')", "f|a' 'b"},
        {"f('a\")", nullptr},
        {"f(,a)", nullptr},
        {"f('a') x", nullptr},
        {"f-g()", nullptr},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        auto eval = parse_eval(row.text);
        CHECK(eval.has_value() == (row.expected != nullptr));
        if (!eval || row.expected == nullptr)
            continue;
        std::string joined = eval->function;
        for (const auto& arg : eval->args)
            joined += "|" + arg;
        CHECK(joined == row.expected);
    }
}

TEST_CASE("rule syntax: named groups and templates are noticed") {
    const struct {
        const char *text, *after, *tag;
        bool captures;
    } rows[] = {
        {"/(?<FOO>a)/", "/(?<FOO>a)/", "", true},
        {"/(?P<F1>a)/", "/(?P<F1>a)/", "", true},
        {"/(?'F'a)/", "/(?'F'a)/", "", true},
        {"/(?<foo>a)/", "/(?<foo>a)/", "", false},
        {"/%{FOO}/", "/%\\{FOO\\}/", "FOO", false},
        {"/x%{A_B2(c,d)}y/", "/x%\\{A_B2(c,d)\\}y/", "A_B2(c,d)", false},
        {"/%{A} %{B}/", "/%\\{A\\} %\\{B\\}/", "B", false},
        {"/\\%{A}/", "/\\%{A}/", "", false},
        {"/%{a} %{A_} %{_A} %{A(}/", "/%{a} %{A_} %{_A} %{A(}/", "", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        Rule rule;
        std::string text = row.text;
        note_captures(text, rule);
        CHECK(text == row.after);
        CHECK(rule.captures == row.captures);
        CHECK(util::join(rule.capture_templates, " ") == row.tag);
    }
}

TEST_CASE("rule syntax: tflags are words between other characters, with numbers for some") {
    Rule rule;
    rule.tflags_text = "net,nice multiple maxhits=12 range=2-5 autolearn_force xlearn";
    apply_tflags(rule);
    CHECK(rule.tflags == (kNet | kNice | kMultiple | kAutoLearnForce));
    CHECK(rule.maxhits == 12);
    CHECK(rule.range == std::pair(2, 5));
    const std::pair<const char*, std::optional<std::pair<int, int>>> ranges[] = {
        {"range=3", std::pair(3, 3)},     {"range=3-", std::pair(3, 1000)},
        {"range=-4", std::pair(0, 4)},    {"range=-", std::nullopt},
        {"range=a", std::nullopt},        {"range=1-2-3", std::nullopt},
        {"x range=7 y", std::pair(7, 7)},
    };
    for (const auto& [text, expected] : ranges) {
        CAPTURE(text);
        rule.tflags_text = text;
        apply_tflags(rule);
        CHECK(rule.range == expected);
        CHECK(rule.maxhits == 0);
    }
}

TEST_CASE("regexp syntax: delimiters and modifiers") {
    const struct {
        const char *text, *pattern, *flags;
    } rows[] = {
        {"/a/", "a", ""},
        {"/a/i", "a", "i"},
        {"/a\\/b/ms", "a\\/b", "ms"},
        {"m{a{1,2}}x", "a{1,2}", "x"},
        {"m!a!", "a", ""},
        {"qr(a(b)c)i", "a(b)c", "i"},
        {"m<a>", "a", ""},
        {"m[a[b]]", "a[b]", ""},
        {"m#a#", "a", ""},
        {"m'a'i", "a", "i"},
        {"/\\\\/", "\\\\", ""},
        {"//", "", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        auto re = parse_regexp(row.text);
        REQUIRE(re);
        CHECK(re->pattern == row.pattern);
        CHECK(re->flags == row.flags);
    }
}

TEST_CASE("regexp syntax: what is refused, and why") {
    const std::pair<const char*, const char*> rows[] = {
        {"a", "missing regexp delimiters"},         {"ma", "missing regexp delimiters"},
        {"", "missing regexp delimiters"},          {"m\\a\\", "backslash delimiter not allowed"},
        {"/a", "invalid end delimiter/mods"},       {"/a/e", "invalid end delimiter/mods"},
        {"/a/I", "invalid end delimiter/mods"},     {"m{a)", "invalid end delimiter/mods"},
        {"/a/b/", "unquoted delimiter '/' found"},  {"/a\\\\/b/", "unquoted delimiter '/' found"},
        {"m<a>b>", "unquoted delimiter '>' found"}, {"/(?{x})/", "eval (?{}) found"},
        {"/(??{x})/", "eval (?{}) found"},
    };
    for (const auto& [text, reason] : rows) {
        CAPTURE(text);
        auto re = parse_regexp(text);
        REQUIRE_FALSE(re);
        CHECK(re.error() == reason);
    }
    CHECK(parse_regexp("a/b", Delimiters::None)->pattern == "a/b");
    CHECK(parse_regexp("/a/i", Delimiters::Optional)->flags == "i");
    CHECK(parse_regexp("abc", Delimiters::Optional)->pattern == "abc");
}

TEST_CASE("regexp syntax: lint refuses what matches always") {
    for (const char* text : {"//", "/a||b/", "/|a/", "/a|/"}) {
        CAPTURE(text);
        CHECK(parse_regexp(text));
        CHECK_FALSE(parse_regexp(text, Delimiters::Required, true));
    }
    for (const char* text : {"/a\\||b/", "/a\\|/", "/a|b/"}) {
        CAPTURE(text);
        CHECK(parse_regexp(text, Delimiters::Required, true));
    }
}

TEST_CASE("perl patterns: accepted, refused and left to the compiler as Perl 5.36 has it") {
    using Kind = PatternVerdict::Kind;
    auto all = [](Kind kind, std::initializer_list<std::string> patterns) {
        for (const std::string& pattern : patterns) {
            CAPTURE(pattern);
            CHECK(static_cast<int>(read_perl_pattern(pattern, "i").kind) == static_cast<int>(kind));
        }
    };
    all(Kind::Good,
        {"",          "a",      "a|",       "(?:a|b)*?",    "a{2,3}+",      "a{2}",
         "{a",        "^{",     "a*{",      "(?:{a})",      "[]a]",         "[^]a]",
         "[a-]",      "[\\d-]", "[\\-a]",   "[[:alpha:]_]", "\\x41\\x{41}", "\\0\\012",
         "(a)\\1",    "\\1(a)", "(?i)a",    "(?i-s:a)",     "(?<n>a)",      "(?<=a|bc)d",
         "(?<!ab)c",  "^?",     "(?:^a?)*", "(?:(?=a)|b)*", "(?>a+)b",      "[:/?#]",
         "\\_\\-\\@", "[ -~]",  "a{65534}", "(?:a*)*",      "\\bfoo\\b",    "%\\{FOO\\}"});
    all(Kind::Bad,
        {"a**",    "a+*",        "a{2}{3}",      "a{3,2}",   "(?:)*",  "^*",     "\\b+",
         "(?=a)*", "a{",         "a{x}",         "x{2,",     ".{",     "(a){x}", "\\xg",
         "[z-a]",  "[a-\\d]",    "[\\w-.]",      "\\1",      "(a)\\2", "\\08",   "(?<1>a)",
         "(",      "a)",         "*a",           "a|*",      "[a",     "[]",     "a\\",
         "\\y",    "\\Qa\\E",    "[\\y]",        "a{65535}", "a{2}?",  "(?i)*",  "^{2}",
         "a{04}",  "(?:\\b|^)+", "[[:alpha:]-z]"});
    all(Kind::Unsure, {"\\p{L}", "(?<=a{1,2})b", "(?(1)a)", "(*FAIL)", "\\g1", "a{,3}", "(?#x)a",
                       "[[:foo:]]", "\\777", "(?|a)"});
    CHECK(read_perl_pattern("a b", "x").kind == Kind::Unsure);
    CHECK(read_perl_pattern(std::string(100000, '('), "").kind == Kind::Unsure);
}

TEST_CASE("perl patterns: what is left to the compiler is judged by it") {
    CHECK_FALSE(regexp_error({"(?(DEFINE)(?<x>a))(?&x)", ""}));
    CHECK(regexp_error({"(?(DEFINE", ""}));
    CHECK(regexp_error({"a", "g"}));
    CHECK(regexp_error({"a", "ad"}));
    CHECK_FALSE(regexp_error({"a", "aai"}));
}
