#include "rules/prefilter.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <random>

#include "message/message.h"
#include "message/registry.h"
#include "regex/syntax_tree.h"
#include "regex/translate.h"
#include "rules/matcher.h"
#include "rules/program.h"
#include "rules/start_filter.h"
#include "rules_bench.h"

using namespace rules;

namespace {

struct Pattern {
    std::string text, letters;
};

// Texts that a pattern matches, or nearly: a walk through its tree, then a few accidents.
class Inventor {
public:
    Inventor(const Pattern& pattern, std::mt19937& random) : random_(random) {
        auto flags = *regex::Flags::parse(pattern.letters);
        auto translated = regex::translate(pattern.text, flags);
        if (!translated)
            return;
        tree_ = regex::SyntaxTree::parse(*translated, flags);
    }
    std::string text() {
        std::string out;
        write(tree_.root(), out, 0);
        if (below(2) == 0)
            out.insert(0, kAround[below(std::size(kAround))]);
        if (below(2) == 0)
            out += kAround[below(std::size(kAround))];
        for (uint32_t accidents = below(4) == 0 ? 1 + below(2) : 0; accidents > 0; --accidents)
            accident(out);
        return out;
    }

private:
    static constexpr const char* kAround[] = {" ",     "\n",   "x", "word ",
                                              " word", "\xE4", "<", "\r\n"};

    uint32_t below(size_t n) { return static_cast<uint32_t>(random_() % n); }

    void accident(std::string& s) {
        if (s.empty())
            return;
        size_t at = below(s.size());
        switch (below(4)) {
            case 0:
                s.erase(at, 1);
                break;
            case 1:
                s.insert(at, 1, s[at]);
                break;
            case 2:
                s[at] = static_cast<char>(regex::other_case(static_cast<unsigned char>(s[at])));
                break;
            default:
                s[at] = static_cast<char>(random_());
        }
    }
    void write(regex::SyntaxTree::Index index, std::string& out, int depth) {
        using Kind = regex::SyntaxTree::Kind;
        const auto& n = tree_.node(index);
        switch (n.kind) {
            case Kind::Class: {
                std::vector<char> bytes, plain;
                for (size_t c = 0; c < 256; ++c) {
                    if (tree_.set(n).test(c)) {
                        bytes.push_back(static_cast<char>(c));
                        if (c >= ' ' && c < 127)
                            plain.push_back(static_cast<char>(c));
                    }
                }
                const auto& from = plain.empty() || below(4) == 0 ? bytes : plain;
                if (!from.empty())
                    out += from[below(from.size())];
                break;
            }
            case Kind::Alternation:
                write(tree_.children(n)[below(n.child_count)], out, depth + 1);
                break;
            case Kind::Repeat: {
                uint32_t most = std::min(n.max, n.min + 3);
                for (uint32_t left = n.min + below(most - n.min + 1); left > 0 && out.size() < 4000;
                     --left)
                    write(tree_.child(n), out, depth + 1);
                break;
            }
            case Kind::Look:
                if (!n.negative && below(2) == 0)
                    write(tree_.child(n), out, depth + 1);
                break;
            default:
                for (auto child : tree_.children(n))
                    write(child, out, depth + 1);
        }
    }
    std::mt19937& random_;
    regex::SyntaxTree tree_;
};

// All patterns in one filter, each against texts made for it. Returns how many matches there were.
size_t check_all(const std::vector<Pattern>& patterns, int texts_each) {
    std::mt19937 random(7);
    Prefilter filter;
    std::vector<Prefilter::Slot> slots;
    for (const Pattern& p : patterns)
        slots.push_back(filter.add(p.text, *regex::Flags::parse(p.letters)));
    filter.finish();
    Prefilter::Candidates candidates;
    regex::MatchData data, by_starts;
    FactorAnalyzer analyzer;
    size_t matches = 0, number = 0;
    for (size_t i = 0; i < patterns.size(); ++i) {
        auto re =
            regex::Regex::compile(patterns[i].text, *regex::Flags::parse(patterns[i].letters));
        if (!re) {
            FAIL_CHECK("does not compile: " << patterns[i].text);
            continue;
        }
        auto flags = *regex::Flags::parse(patterns[i].letters);
        auto translated = regex::translate(patterns[i].text, flags);
        auto starts = analyzer.find_starts(*translated, flags);
        auto start_filter = starts ? StartFilter::build(*starts, 1) : std::nullopt;
        auto for_places = regex::Regex::compile_translated(*translated, flags, true);
        Inventor inventor(patterns[i], random);
        for (int n = 0; n < texts_each; ++n) {
            std::string text = inventor.text();
            candidates.reset(filter);
            filter.scan(text, static_cast<uint32_t>(++number), candidates);
            bool candidate = slots[i] == Prefilter::kAlways || !candidates.of(slots[i]).empty();
            bool match = re->search(text, data);
            matches += match && slots[i] != Prefilter::kAlways;
            if (match && !candidate) {
                CAPTURE(patterns[i].text);
                CAPTURE(text);
                CHECK(candidate);
            }
            if (!start_filter)
                continue;
            bool found = start_filter->match(*for_places, text, by_starts) == regex::Outcome::Match;
            if (found != match ||
                (match && (by_starts.start() != data.start() || by_starts.end() != data.end()))) {
                CAPTURE(patterns[i].text);
                CAPTURE(text);
                FAIL_CHECK("its starts lead elsewhere");
            }
        }
    }
    return matches;
}

}  // namespace

TEST_CASE("prefilter: what it does not name cannot match") {
    const std::vector<Pattern> patterns = {
        {"viagra", ""},
        {"viagra", "i"},
        {"\\bfree\\s+money\\b", "i"},
        {"^Dear (?:Sir|Madam|Friend)", ""},
        {"(?:lottery|inherit(?:ed|ance)|next of kin)", "i"},
        {"v[i1!|]a+g[r]{1,3}a?", "i"},
        {"v_{0,3}i_{0,3}a_{0,3}g_{0,3}r_{0,3}a", "i"},
        {"(?<!no )refund", ""},
        {"(?<=click )here(?= now)", "i"},
        {"(?!foo)[a-z]oobar", ""},
        {"a?b?c?quick", ""},
        {"(?:ab|)(?:cd|ef)*gh", ""},
        {"(foo|bar)-\\1-baz", ""},
        {"(?i)MiXed(?-i)Case", ""},
        {"one(?i:TWO)three", ""},
        {"(?i:a|b)c{2,}d", ""},
        {"x.{3}yzzy", "s"},
        {"foo$", "m"},
        {"^\\s*unsubscribe\\s*$", "im"},
        {"\\xc4rger \\xfcber", "i"},
        {"[\\xc0-\\xc5]{2}", "i"},
        {"stra(?:ss|\\xdf|\\xc3\\x9f)e", "i"},
        {"\\$[\\d,]+\\.\\d\\d", ""},
        {"[^a-z]ZZ[^a-z]", ""},
        {"\\d{3}-\\d{4}-\\d{4}", ""},
        {"a++b*+c?+dd", ""},
        {"(?>foo|foobar)baz", ""},
        {"(?:(?:a|b){2}c){2}", ""},
        {"(?:x?){5}yq", ""},
        {"q(?:|u|ux)z!", ""},
        {"z{0}kept", ""},
        {"[[:upper:]]{4}[[:punct:]]", "i"},
        {"\\.(?:exe|scr|pif)\\b", "i"},
        {"%[0-9a-f]{2}%", "i"},
        {"h(?#comment)ello", ""},
        {"w i d e", "x"},
        {"(?=.*foo)(?=.*bar)end", ""},
        {"\\Astart.*?stop\\z", "s"},
        {"foo\\Kbarbar", ""},
        {"(?|(red)|(blue))fish", ""},
        {"(?(?=a)abc|xyz)", ""},
        {"(a(?1)?b)zz", ""},
        {"\\R\\Rtwo", ""},
        {".*", ""},
        {"", ""},
        {"(?:a|bcdef)", ""},
        {"(?:copy of )?(?:your )?(?:full )?(?:name|age|city|phone):", "i"},
        {"(?:one|two|three){3}!", ""},
    };
    CHECK(check_all(patterns, 400) > 3000);
}

TEST_CASE("prefilter: the rules of our own pack lose no match") {
    RulesBench f;
    for (const auto& entry : std::filesystem::directory_iterator(TEST_SOURCE_DIR "/../rules/cf"))
        if (entry.path().extension() == ".cf")
            f.read_file(entry.path().string());
    f.build();
    std::vector<Pattern> patterns;
    for (const Rule& rule : f.rules.rules())
        if (!rule.pattern.empty() && rule.capture_templates.empty() &&
            regex::Regex::check(rule.pattern, *regex::Flags::parse(rule.flag_letters)) ==
                std::nullopt)
            patterns.push_back({rule.pattern, rule.flag_letters});
    CHECK(patterns.size() > 20);
    CHECK(check_all(patterns, 60) > 300);
}

TEST_CASE("required factors: what other patterns had does not change them") {
    const std::vector<Pattern> patterns = {{"viagra", "i"},
                                           {"(?:lottery|inherit(?:ed|ance)|next of kin)", "i"},
                                           {"v[i1!|]a+g[r]{1,3}a?", ""},
                                           {"[\\xc0-\\xc5]{2}x[^a-z]ZZ[^a-z]", ""},
                                           {"(?:[ab]c|d[ef]|gh|i[jk]l){3}mno", "i"},
                                           {".*", ""}};
    auto find = [](FactorAnalyzer& analyzer, const Pattern& p) {
        auto flags = *regex::Flags::parse(p.letters);
        return analyzer.find(*regex::translate(p.text, flags), flags);
    };
    FactorAnalyzer forward, backward;
    std::vector<std::optional<RequiredFactors>> first, second;
    for (const Pattern& p : patterns)
        first.push_back(find(forward, p));
    for (size_t i = patterns.size(); i-- > 0;)
        second.insert(second.begin(), find(backward, patterns[i]));
    for (size_t i = 0; i < patterns.size(); ++i) {
        CAPTURE(patterns[i].text);
        CHECK(first[i].has_value() == (patterns[i].text != ".*"));
        REQUIRE(first[i].has_value() == second[i].has_value());
        if (!first[i])
            continue;
        CHECK(first[i]->factors == second[i]->factors);
        CHECK(first[i]->classes == second[i]->classes);
        CHECK(first[i]->shares == second[i]->shares);
        CHECK(first[i]->frequency == second[i]->frequency);
        auto alone = required_factors(patterns[i].text, *regex::Flags::parse(patterns[i].letters));
        REQUIRE(alone.has_value());
        CHECK(alone->classes == first[i]->classes);
    }
}

TEST_CASE("required factors: none are looked for in a pattern of more than 300,000 bytes") {
    std::string most = "viagra" + std::string(299'994, 'x');
    REQUIRE(most.size() == 300'000);
    CHECK(required_factors(most, {}).has_value());
    CHECK_FALSE(required_factors(most + "x", {}).has_value());
}

TEST_CASE("prefilter: a text without the factor is no candidate") {
    Prefilter filter;
    auto drug = filter.add("v[i1]agra", {.caseless = true});
    auto list = filter.add("(?:lottery|inherited) \\w+", {});
    auto anything = filter.add("\\w+ \\w+", {});
    filter.add("mortgage", {});
    filter.add("refinance", {});
    filter.finish();
    CHECK(anything == Prefilter::kAlways);
    REQUIRE(drug != Prefilter::kAlways);
    REQUIRE(list != Prefilter::kAlways);
    Prefilter::Candidates candidates;
    candidates.reset(filter);
    filter.scan("the quick brown fox", 0, candidates);
    filter.scan("buy V1AGRA, won in a lottery now", 4, candidates);
    filter.scan("", 5, candidates);
    filter.scan("v", 6, candidates);
    filter.scan("viagra viagra", 7, candidates);
    CHECK(candidates.of(drug) == std::vector<uint32_t>{4, 7});
    CHECK(candidates.of(list) == std::vector<uint32_t>{4});
    candidates.reset(filter);
    CHECK(candidates.of(drug).empty());
}

TEST_CASE("prefilter: a few rules are not worth a scan, and are candidates of every text") {
    Prefilter filter;
    auto drug = filter.add("viagra", {});
    auto list = filter.add("lottery", {});
    filter.finish();
    Prefilter::Candidates candidates;
    candidates.reset(filter);
    filter.scan("the quick brown fox", 2, candidates);
    filter.scan("", 3, candidates);
    CHECK(candidates.of(drug) == std::vector<uint32_t>{2});
    CHECK(candidates.of(list) == std::vector<uint32_t>{2});
}

TEST_CASE("prefilter: a rule that repeats its factor needs as many of it in one text") {
    Prefilter filter;
    auto three = filter.add("(?:lottery[^a]{1,9}){3}", {});
    auto either = filter.add("(?:(?:lottery\\W){3}|winner)", {});
    for (const char* other : {"viagra", "mortgage", "refinance"})
        filter.add(other, {});
    filter.finish();
    REQUIRE(three != Prefilter::kAlways);
    REQUIRE(either != Prefilter::kAlways);
    Prefilter::Candidates candidates;
    candidates.reset(filter);
    filter.scan("lottery, lottery", 0, candidates);
    filter.scan("lottery, lottery", 1, candidates);
    filter.scan("lottery lottery lottery;", 2, candidates);
    filter.scan("lottery", 3, candidates);
    CHECK(candidates.of(three) == std::vector<uint32_t>{2});
    // One winner is enough.
    CHECK(candidates.of(either) == std::vector<uint32_t>{0, 1, 2, 3});
    // Texts are counted anew after a reset, whatever their numbers.
    candidates.reset(filter);
    filter.scan("lottery, lottery", 2, candidates);
    CHECK(candidates.of(three).empty());
}

TEST_CASE("prefilter: disguises of a word do not blur its plain spelling") {
    Prefilter filter;
    std::string e = "(?:[e3]|\\xc4[\\x92-\\x9b]|\\xd0[\\xb5\\x95]|\\xe1\\xba[\\xb8-\\xbd])";
    auto word = filter.add("s" + e + "cr" + e + "t", {.caseless = true});
    for (const char* other : {"viagra", "mortgage", "refinance"})
        filter.add(other, {});
    filter.finish();
    REQUIRE(word != Prefilter::kAlways);
    Prefilter::Candidates candidates;
    candidates.reset(filter);
    int number = 0;
    for (const char* text : {"SECRET",
                             "s\xd0\xb5"
                             "cret",
                             "secr\xe1\xba\xb8t", "sacrat secrecy", "scrt"})
        filter.scan(text, static_cast<uint32_t>(number++), candidates);
    CHECK(candidates.of(word) == std::vector<uint32_t>{0, 1, 2});
}

TEST_CASE("prefilter: rules hit as they do one by one, in the same order") {
    const std::vector<std::string> lines = {
        "body B1 /lottery/",
        "body B2 /LOTTERY/i\ntflags B2 multiple",
        "body B3 /win/i\ntflags B3 multiple maxhits=2",
        "body B4 /Winner/\ntflags B4 nosubject",
        "body B5 /the/",
        "body B6 /absent words/",
        "body B7 /\\w+ \\w+/",
        "body B8 /(?:lottery|inherited) money/",
        "body B9 /c[o0]nf[i1]rm/",
        "rawbody R1 /<b>lottery/",
        "rawbody R2 /<\\/b>/",
        "rawbody R3 /absent words/",
        "rawbody R4 /href=.http/",
        "rawbody R5 /a/\ntflags R5 multiple",
        "rawbody R6 /confirm/",
        "rawbody R7 /Winner/",
        "rawbody R8 /winner/",
        "uri U1 /example\\.com/",
        "uri U2 /example\\.org/",
        "uri U3 /^http:/",
        "uri U4 /winner\\.php/",
        "uri U5 /%20/",
        "uri U6 /\\.exe/",
        "uri U7 /mailto/",
        "uri U8 /win/\ntflags U8 multiple",
        "header H1 Subject =~ /Winner/",
        "header H2 Subject !~ /Winner/",
        "header H3 Subject !~ /absent words/",
        "header H4 X-None =~ /absent/ [if-unset: absent]",
        "header H5 X-None =~ /^$/",
        "header H6 X-None !~ /absent/",
        "header H7 From =~ /joe@example/i",
        "header H8 ALL =~ /^subject: .*lottery/im",
        "header H9 exists:From",
        "header HA exists:X-None",
        "header HB From:addr =~ /example\\.org$/",
    };
    const std::string mail =
        "From: Joe <JOE@example.org>\nSubject: Winner of the lottery\nContent-Type: text/html\n\n"
        "<p>You win <b>lottery money</b>, Winner! Win the Lottery and <a "
        "href=\"http://www.example.com/winner.php?a=%20\">c0nfirm</a></p>\n";
    auto hits_of = [&](const std::string& cf, bool seeks_factors = true) {
        RulesBench f;
        f.read(cf).build();
        CompileOptions options;
        options.seeks_factors = seeks_factors;
        auto program = Program::compile(f.rules, f.settings, f.plugins, f.diagnostics, options);
        CHECK(f.diagnostics.error_count() == 0);
        auto registry = std::make_shared<message::Registry>();
        registry->add_tld("com");
        message::MessageSettings message_settings;
        message_settings.registry = registry;
        message::Message m(mail, message_settings);
        MessageStatus status(f.rules, f.settings, m, {});
        Matcher(*program, f.plugins).run(status);
        std::vector<std::string> hits;
        for (const Hit& hit : status.hits())
            hits.push_back(f.rules.rule(hit.rule).name);
        return hits;
    };
    std::string all;
    std::vector<std::string> alone;
    for (const std::string& line : lines) {
        all += line + "\n";
        auto hits = hits_of(line + "\n");
        alone.insert(alone.end(), hits.begin(), hits.end());
    }
    auto together = hits_of(all);
    CHECK(hits_of(all, false) == together);
    CHECK(alone.size() > lines.size() / 2);
    std::sort(alone.begin(), alone.end());
    auto sorted = together;
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == alone);
    auto at = [&](std::string_view name) {
        return std::find(together.begin(), together.end(), name) - together.begin();
    };
    CHECK(at("H1") < at("B1"));
    CHECK(at("B1") < at("B2"));
    CHECK(at("B7") < at("U3"));
    CHECK(at("U3") < at("R1"));
}
