#include "config/reader.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/condition.h"
#include "config/expression.h"
#include "tests/support/temporary_directory.h"

using namespace config;

namespace {

struct Seen {
    std::vector<std::string> lines;  // "keyword=value"
};

class FixedConditions : public Conditions {
public:
    double version() const override { return kSpamAssassinVersion; }
    bool local_tests_only() const override { return local; }
    bool plugin(std::string_view name) const override {
        return name == "Mail::SpamAssassin::Plugin::Here";
    }
    bool can(std::string_view name) const override {
        return name == "Mail::SpamAssassin::Conf::feature_x";
    }
    bool has(std::string_view name) const override { return can(name); }
    bool local = false;
};

// Reads text with a few keywords; what reached their setters, and what was complained of.
struct Fixture {
    Schema schema;
    FixedConditions conditions;
    Diagnostics diagnostics;
    Settings settings;
    ReadOptions options;
    Reader reader{schema, conditions, diagnostics};

    Fixture() {
        for (auto [name, who] : {std::pair{"take", Who::User}, std::pair{"site_only", Who::Admin},
                                 std::pair{"rule_line", Who::Privileged}}) {
            Keyword k;
            k.name = name;
            k.who = who;
            if (k.name == "take")
                k.aliases = {"old_take"};
            k.set = [](Settings& s, const Directive& d, Diagnostics&) {
                s.edit<Seen>().lines.push_back(d.keyword + "=" + d.value);
            };
            schema.add(std::move(k));
        }
    }
    std::string read(std::string_view text) {
        reader.read_text(text, "test.cf", settings, options);
        return seen();
    }
    std::string seen() const { return util::join(settings.get<Seen>().lines, ";"); }
    std::string errors() const {
        std::string out;
        for (const auto& d : diagnostics.all())
            if (d.severity == Severity::Error)
                out += d.text + "\n";
        return out;
    }
};

}  // namespace

TEST_CASE("config lines: comments, blanks, case and dashes are what SpamAssassin makes of them") {
    const std::pair<const char*, const char*> rows[] = {
        {"take a b", "take=a b"},
        {"  take \t a  b  \r", "take=a  b"},
        {"TAKE a", "take=a"},
        {"old-take a", "take=a"},
        {"Old_Take", "take="},
        {"take a # comment", "take=a"},
        {"take a\\#b # c", "take=a#b"},
        {"take a\\#b", "take=a#b"},
        {"# take a", ""},
        {"0", ""},
        {"take 0", "take=0"},
    };
    for (const auto& [text, expected] : rows) {
        CAPTURE(text);
        Fixture f;
        CHECK(f.read(text) == expected);
        CHECK(f.diagnostics.error_count() == 0);
    }
}

TEST_CASE("config lines: an unknown keyword is an error with file and line, and reading goes on") {
    Fixture f;
    CHECK(f.read("take 1\n\nnonsense here\ntake 2\n") == "take=1;take=2");
    CHECK(f.errors() == "config: failed to parse line in test.cf (line 3): nonsense here\n");
    CHECK(f.diagnostics.all()[0].position.line == 3);
}

TEST_CASE("config lines: ok_languages without its plugin is a warning only") {
    Fixture f;
    f.read("ok_languages en");
    CHECK(f.diagnostics.error_count() == 0);
    CHECK(f.diagnostics.all().size() == 1);
}

TEST_CASE("config lang: only lines of the process locale count") {
    Fixture f;
    f.options.locale = "pt_BR";
    CHECK(f.read("lang pt take 1\nlang pt_br take 2\nlang de take 3\nlang pt_BRx take 4\n"
                 "lang\tpt  take 5") == "take=1;take=2;take=5");
    CHECK(f.diagnostics.error_count() == 0);
    f.read("lang pt");
    CHECK(f.diagnostics.error_count() == 1);
}

TEST_CASE("config locale: the environment is asked in SpamAssassin's order") {
    auto set = [](const char* name, const char* value) {
        if (value)
            setenv(name, value, 1);
        else
            unsetenv(name);
    };
    const struct {
        const char *language, *all, *messages, *lang, *expected;
    } rows[] = {
        {nullptr, nullptr, nullptr, nullptr, "en_US"},
        {nullptr, nullptr, nullptr, "C", "en_US"},
        {nullptr, nullptr, nullptr, "de_DE.UTF-8", "de_DE"},
        {nullptr, "fr_FR@euro", nullptr, "de_DE.UTF-8", "fr_FR"},
        {"pl:en", "fr_FR", nullptr, "de_DE", "pl"},
        {"", "", "it", "de_DE", "it"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        set("LANGUAGE", row.language);
        set("LC_ALL", row.all);
        set("LC_MESSAGES", row.messages);
        set("LANG", row.lang);
        CHECK(locale_from_environment() == row.expected);
    }
}

TEST_CASE("config if: blocks nest, else turns around, an outer false stays false") {
    const std::pair<const char*, const char*> rows[] = {
        {"if 1\ntake 1\nelse\ntake 2\nendif\ntake 3", "take=1;take=3"},
        {"if 0\ntake 1\nelse\ntake 2\nendif", "take=2"},
        {"if 0\nif 1\ntake 1\nelse\ntake 2\nendif\nelse\ntake 3\nendif", "take=3"},
        {"ifplugin Mail::SpamAssassin::Plugin::Here\ntake 1\nendif", "take=1"},
        {"ifplugin Mail::SpamAssassin::Plugin::Gone\ntake 1\nendif", ""},
        {"if plugin(Mail::SpamAssassin::Plugin::Gone) || version >= 3.3\ntake 1\nendif", "take=1"},
        {"if (version == 4.000001) # comment\ntake 1\nendif # end", "take=1"},
        {"if can(Mail::SpamAssassin::Conf::feature_x)\ntake 1\nendif", "take=1"},
        {"if !has(Mail::SpamAssassin::Conf::feature_y)\ntake 1\nendif", "take=1"},
        {"if (local_tests_only)\ntake 1\nendif", ""},
        {"if perl_version >= 5.018000\ntake 1\nendif", "take=1"},
        {"if (1 + 2 * 3 == 7 && 7 -2 == 5)\ntake 1\nendif", "take=1"},
        {"if plugin(Mail::SpamAssassin::Plugin::RaciallyCharged)\ntake 1\nendif", "take=1"},
    };
    for (const auto& [text, expected] : rows) {
        CAPTURE(text);
        Fixture f;
        CHECK(f.read(text) == expected);
        CHECK(f.diagnostics.all().empty());
    }
}

TEST_CASE("config if: what is wrong with a block is said, and counted as SpamAssassin counts") {
    const struct {
        const char *text, *seen;
        size_t errors;
    } rows[] = {
        {"if\ntake 1", "take=1", 1},
        {"endif", "", 1},
        {"else", "", 1},
        {"if 1\nendif now\nendif", "", 1},
        {"if 1\ntake 1", "take=1", 1},                        // never closed
        {"if version >= 3.3.0\ntake 1\nendif", "take=1", 2},  // no block opened, so a stray endif
        {"if 1 +\ntake 1\nendif", "", 0},                     // a warning, not an error
        {"if can(nothing)\ntake 1\nendif", "", 1},
        {"if can()\ntake 1\nendif", "", 1},
        {"if a\ntake 1\nendif", "take=1", 2},
        {"if 1/0\ntake 1\nendif", "", 0},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        Fixture f;
        CHECK(f.read(row.text) == row.seen);
        CHECK(f.diagnostics.error_count() == row.errors);
    }
}

TEST_CASE("config if: an unclosed block ends with its file") {
    Fixture f;
    f.read("if 0\ntake 1");
    CHECK(f.read("take 2") == "take=2");
    CHECK(f.errors() == "config: unclosed 'if' found in test.cf (line 1)\n");
}

TEST_CASE("config if: a condition is decided once per wording") {
    Fixture f;
    f.read("if (local_tests_only)\ntake 1\nendif");
    f.conditions.local = true;
    CHECK(f.read("if (local_tests_only)\ntake 2\nendif\nif local_tests_only\ntake 3\nendif") ==
          "take=3");
}

TEST_CASE("config require_version: another version skips the rest of the block or file") {
    Fixture f;
    CHECK(f.read("require_version @@VERSION@@\nrequire_version 4.000001\ntake 1\n"
                 "require_version 3.4\ntake 2") == "take=1");
    CHECK(f.diagnostics.error_count() == 1);
    CHECK(f.read("take 3") == "take=1;take=3");
}

TEST_CASE("config user preferences: the site's settings are out of reach") {
    Fixture f;
    f.options.from_user = true;
    CHECK(f.read("take 1\nsite_only 2\nrule_line 3") == "take=1");
    CHECK(f.diagnostics.error_count() == 2);
    f.options.allow_user_rules = true;
    CHECK(f.read("rule_line 4\nsite_only 5") == "take=1;rule_line=4");
    CHECK(f.diagnostics.error_count() == 3);
}

TEST_CASE("config user preferences: can() answers no in a file of that name") {
    Fixture f;
    f.reader.read_text("if can(Mail::SpamAssassin::Conf::feature_x)\ntake 1\nendif",
                       "/home/joe/.spamassassin/user_prefs", f.settings, f.options);
    CHECK(f.seen().empty());
    CHECK(f.diagnostics.error_count() == 0);
}

TEST_CASE("config include: paths are relative to the file, each file is read once") {
    TemporaryDirectory top;
    const std::string& dir = top.path;
    auto write = [&](const std::string& name, const std::string& text) {
        std::ofstream(dir + "/" + name) << text;
    };
    std::filesystem::create_directory(dir + "/more.d");
    write("main.cf",
          "take a\ninclude sub.inc\ninclude sub.inc\ninclude gone.inc\ntake b\n"
          "include more.d\n");
    write("sub.inc", "take s\nnonsense");
    write("more.d/2.cf", "take 2\n");
    write("more.d/1.cf", "take 1\n");
    write("more.d/0.txt", "take 0\n");
    Fixture f;
    f.reader.read_file(dir + "/main.cf", f.settings, f.options);
    CHECK(f.seen() == "take=a;take=s;take=b;take=1;take=2");
    CHECK(f.errors() == "config: failed to parse line in " + dir + "/sub.inc (line 2): nonsense\n");
    CHECK(f.reader.files_read().size() == 4);
}

TEST_CASE("config include: siblings count as read, and open blocks are closed") {
    TemporaryDirectory top;
    const std::string& dir = top.path;
    auto write = [&](const std::string& name, const std::string& text) {
        std::ofstream(dir + "/" + name) << text;
    };
    write("1.cf", "include 2.cf\ntake 1\nif 0\ninclude 3.inc\ntake after\n");
    write("2.cf", "take 2\n");
    write("3.inc", "take 3\n");
    write("loop.cf", "include ./loop.cf\ntake l\n");
    Fixture f;
    f.reader.read_files(files_in_directory(dir, ".cf"), f.settings, f.options);
    std::string seen = f.seen();
    CHECK(seen.substr(0, 32) == "take=1;take=3;take=after;take=2;");
    // The unclosed block, and the include that nests for ever.
    CHECK(f.errors().find("config: unclosed 'if' found in " + dir + "/1.cf (line 3)\n") == 0);
    CHECK(f.errors().find("nested too deeply") != std::string::npos);
}

TEST_CASE("config files: sorted by name, the official channel first") {
    TemporaryDirectory top;
    const std::string& dir = top.path;
    for (const char* name : {"b.cf", "A.CF", "updates_spamassassin_org.cf", "a.pre"})
        std::ofstream(dir + "/" + name) << "\n";
    auto files = files_in_directory(dir, ".cf");
    REQUIRE(files.size() == 3);
    CHECK(files[0] == dir + "/updates_spamassassin_org.cf");
    CHECK(files[1] == dir + "/A.CF");
    CHECK(files_in_directory(dir + "/none", ".cf").empty());
}

TEST_CASE("config stamps: the update version of a file is kept") {
    Fixture f;
    f.read("# UPDATE version 12\n# UPDATE version 13\n # UPDATE version 14\n# UPDATE version x");
    REQUIRE(f.reader.update_versions().size() == 1);
    CHECK(f.reader.update_versions()[0].second == "13");
}

TEST_CASE("config schema: prefixes catch what has no keyword of its own") {
    Schema schema;
    Keyword k;
    k.name = "acl_*";
    schema.add(k);
    k.name = "acl_all";
    schema.add(k);
    CHECK(schema.find("acl_all")->name == "acl_all");
    CHECK(schema.find("acl_x1")->name == "acl_*");
    CHECK(schema.find("acl_") == nullptr);
    CHECK(schema.find("acl_a.b") == nullptr);
}

TEST_CASE("config values: numbers, durations and booleans are checked") {
    double n = 0;
    bool b = false;
    CHECK((parse_number("5.", n) && n == 5));
    CHECK((parse_number("-0.5", n) && n == -0.5));
    CHECK_FALSE(parse_number(".5", n));
    CHECK_FALSE(parse_number("5e3", n));
    CHECK_FALSE(parse_number("", n));
    CHECK((parse_duration("2h", n) && n == 7200));
    CHECK((parse_duration("+1.5 M", n) && n == 90));
    CHECK_FALSE(parse_duration("-1", n));
    CHECK_FALSE(parse_duration("1y", n));
    CHECK((parse_bool("Yes", b) && b));
    CHECK((parse_bool("0", b) && !b));
    CHECK_FALSE(parse_bool("true", b));
}

TEST_CASE("config expressions: nesting without end is an error, not a crash") {
    std::vector<ExpressionToken> tokens(100000, {ExpressionToken::Kind::Operator, "(", {}, {}});
    CHECK_FALSE(evaluate(tokens).ok());
    tokens.assign(100000, {ExpressionToken::Kind::Operator, "!", {}, {}});
    CHECK_FALSE(evaluate(tokens).ok());
}
