// A rule set made of a few configuration lines or files, without plugins.

#ifndef TESTS_UNIT_RULES_RULES_BENCH_H
#define TESTS_UNIT_RULES_RULES_BENCH_H

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "config/reader.h"
#include "rules/core_settings.h"
#include "rules/dns_settings.h"
#include "rules/plugin_registry.h"
#include "rules/rule_set_builder.h"

struct RulesBench {
    config::Schema schema;
    rules::PluginRegistry plugins;
    rules::RuleSetBuilder builder;
    rules::RegistryConditions conditions{plugins, false};
    config::Diagnostics diagnostics;
    config::Settings settings;
    rules::RuleSet rules;

    RulesBench() {
        rules::add_core_keywords(schema);
        rules::add_dns_keywords(schema);
        builder.add_keywords(schema);
        plugins.add_keywords(schema, builder);
        rules::init_core_settings(settings);
    }
    RulesBench& read(std::string_view text) {
        config::ReadOptions options;
        config::Reader(schema, conditions, diagnostics).read_text(text, "x.cf", settings, options);
        return *this;
    }
    RulesBench& read_file(const std::string& path) {
        config::Reader(schema, conditions, diagnostics).read_file(path, settings, {});
        return *this;
    }
    RulesBench& build() {
        rules = builder.build(settings, plugins, diagnostics);
        builder.serve(rules);
        return *this;
    }
    const rules::Rule& rule(std::string_view name) {
        rules::RuleId id = rules.find(name);
        REQUIRE(id != rules::kNoRule);
        return rules.rule(id);
    }
    std::string score(std::string_view name, const config::Settings& s) {
        const auto& scores = s.get<rules::Scores>();
        rules::RuleId id = rules.find(name);
        REQUIRE(scores.has(id));
        return scores.text(id, 0) + " " + scores.text(id, 1) + " " + scores.text(id, 2) + " " +
               scores.text(id, 3);
    }
    std::string score(std::string_view name) { return score(name, settings); }
    size_t errors() const { return diagnostics.error_count(); }
};

#endif  // TESTS_UNIT_RULES_RULES_BENCH_H
