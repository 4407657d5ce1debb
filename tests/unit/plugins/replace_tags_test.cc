#include <doctest/doctest.h>

#include "config/reader.h"
#include "plugins/plugins.h"
#include "rules/core_settings.h"
#include "rules/rule_set_builder.h"

using rules::RuleType;

namespace {

struct Fixture {
    config::Schema schema;
    rules::PluginRegistry plugins;
    rules::RuleSetBuilder builder;
    rules::RegistryConditions conditions{plugins, false};
    config::Diagnostics diagnostics;
    config::Settings settings;
    rules::RuleSet rules;

    explicit Fixture(std::string_view text) {
        ::plugins::add_all_keywords(schema, plugins, builder);
        config::ReadOptions options;
        config::Reader(schema, conditions, diagnostics).read_text(text, "x.cf", settings, options);
        rules = builder.build(settings, plugins, diagnostics);
    }
    const rules::Rule& rule(std::string_view name) {
        rules::RuleId id = rules.find(name);
        REQUIRE(id != rules::kNoRule);
        return rules.rule(id);
    }
};

constexpr std::string_view kTags =
    "loadplugin Mail::SpamAssassin::Plugin::ReplaceTags\n"
    "replace_tag A [a4]\nreplace_tag B <A>+<C>\nreplace_tag C (?:c|<A>)\nreplace_tag Z 0\n"
    "replace_pre P1 (?:\nreplace_post P2 )\nreplace_inter I1 \\s?\n";

std::string replaced(std::string_view regexp, std::string_view more = "") {
    Fixture f(std::string(kTags) + std::string(more) + "body R " + std::string(regexp) +
              "\nreplace_rules R\n");
    return f.rule("R").pattern;
}

}  // namespace

TEST_CASE("replace tags: tags are written out, tags within tags too") {
    const std::pair<const char*, const char*> rows[] = {
        {"/x<A>y/", "x[a4]y"}, {"/<B>/", "[a4]+(?:c|[a4])"},    {"/<Q><A>/", "<Q>[a4]"},
        {"/<Z>/", "<Z>"},      {"/<<A>>/", "<[a4]>"},           {"/(?<!<A>)x/", "(?<![a4])x"},
        {"/plain/", "plain"},  {"/(?<n>y)<A>/", "(?<n>y)[a4]"},
    };
    for (const auto& [before, after] : rows) {
        CAPTURE(before);
        CHECK(replaced(before) == after);
    }
}

TEST_CASE("replace tags: pre, inter and post go around the tags of their round") {
    const std::pair<const char*, const char*> rows[] = {
        {"/<pre P1><post P2><A>x<A>/", "(?:[a4])x(?:[a4])"},
        {"/<inter I1><A><A><A>/", "[a4]\\s?[a4]\\s?[a4]"},
        {"/<inter NOPE><A><A>/", "[a4][a4]"},
        {"/<inter I1><A>x<A>/", "[a4]x[a4]"},
        // The second round has no modifiers any more.
        {"/<inter I1><B><A>/", "[a4]+(?:c|[a4])\\s?[a4]"},
    };
    for (const auto& [before, after] : rows) {
        CAPTURE(before);
        CHECK(replaced(before) == after);
    }
}

TEST_CASE("replace tags: other characters may open and close a tag, regexes included") {
    CHECK(replaced("/x<A>y/", "replace_start {{\nreplace_end }}\n") == "x<A>y");
    CHECK(replaced("/x_A_y/", "replace_start _\nreplace_end _\n") == "x[a4]y");
    CHECK(replaced("/x<A]y/", "replace_end [\\]>]\n") == "x[a4]y");
}

TEST_CASE("replace tags: what does not compile any more stays as it was") {
    CHECK(replaced("/x<A>/", "replace_tag A (\n") == "x<A>");
}

TEST_CASE("replace tags: a tag that contains itself ends") {
    std::string text = replaced("/<A>/", "replace_tag A (?:a|<A>)\n");
    CHECK(text.find("(?:a|(?:a|") == 0);
    CHECK(text.size() < 100);
}

TEST_CASE("replace tags: flags stay, rules that are no regexes stay out of it") {
    Fixture f(std::string(kTags) +
              "header H Subject =~ m{<A>}i\nheader E exists:A\nmeta M H\n"
              "replace_rules H E M NOSUCH\nreplace_rules\n");
    CHECK(f.rule("H").pattern == "[a4]");
    CHECK(f.rule("H").flag_letters == "i");
    CHECK(f.diagnostics.error_count() == 1);
}

TEST_CASE("mimeheader: lines define rules over every part's header") {
    Fixture f(
        "loadplugin Mail::SpamAssassin::Plugin::MIMEHeader\n"
        "mimeheader A Content-Type =~ /a/i\n"
        "mimeheader B Content-Type:raw !~ /b/ [if-unset: x]\n"
        "mimeheader C Foo=~/ab/\nmimeheader BAD0 Foo=~/a=~b/\ntflags A multiple range=2-\nmeta M "
        "A\npriority M -7\n"
        "mimeheader BAD1 Foo:addr =~ /a/\nmimeheader BAD2 Foo =~ /(/\nmimeheader 1 F =~ /a/\n");
    CHECK(f.diagnostics.error_count() == 4);
    CHECK(f.rule("A").type == RuleType::MimeHeader);
    CHECK(f.rule("A").header == "Content-Type");
    CHECK(f.rule("A").range == std::pair(2, 1000));
    CHECK(f.rule("A").priority == -7);
    CHECK(f.rule("B").header == "Content-Type:raw");
    CHECK(f.rule("B").negated);
    CHECK(f.rule("B").if_unset == "x");
    CHECK(f.rule("C").header == "Foo");
    CHECK(f.rules.find("BAD1") == rules::kNoRule);
}

TEST_CASE("accepted plugins: keywords count only when the plugin is loaded, and are checked") {
    Fixture without("use_razor2 1\n");
    CHECK(without.diagnostics.error_count() == 1);
    Fixture with(
        "loadplugin Mail::SpamAssassin::Plugin::Razor2\nuse_razor2 1\nuse_razor2 x\n"
        "full RAZOR eval:check_razor2()\n");
    CHECK(with.diagnostics.error_count() == 1);
    CHECK(with.settings.get<rules::CoreSettings>().other_or("use_razor2", "") == "1");
    CHECK(with.plugins.find_eval("check_razor2") != nullptr);
    CHECK(with.rule("RAZOR").priority == -100);
}

TEST_CASE("accepted plugins: every class of SpamAssassin's is known") {
    rules::PluginRegistry registry;
    plugins::add_all(registry);
    auto rows = registry.table();
    CHECK(rows.size() >= 53);
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK((row.name.starts_with("Mail::SpamAssassin::Plugin::") ||
               row.name.starts_with("Miharu::")));
        CHECK((row.state == "native" || row.state == "accepted and inert"));
    }
}
