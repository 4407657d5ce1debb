// The text of doc/plugins.md, made from the plugin registry.

#ifndef TESTS_SUPPORT_PLUGIN_TABLE_H
#define TESTS_SUPPORT_PLUGIN_TABLE_H

#include <algorithm>
#include <string>
#include <string_view>

#include "plugins/plugins.h"

inline std::string plugin_table() {
    std::string out =
        "# Plugins\n\n"
        "Generated from the plugin registry: `plugin_table > doc/plugins.md`. A unit test "
        "compares.\n"
        "\n"
        "- *native*: everything it does is done here.\n"
        "- *accepted and inert*: its keywords are read and checked and its functions never hit.\n"
        "- *unknown*: `loadplugin` warns with file and line, rules under `ifplugin` are skipped, "
        "the\n"
        "  rest goes on. The same holds for every class that is not listed.\n"
        "\n"
        "Names are below `Mail::SpamAssassin::Plugin`, if they have no `::`.\n"
        "\n"
        "| plugin | state | functions |\n|---|---|---|\n";
    rules::PluginRegistry registry;
    plugins::add_all(registry);
    auto rows = registry.table();
    constexpr std::string_view kPrefix = "Mail::SpamAssassin::Plugin::";
    for (auto& row : rows)
        if (row.name.starts_with(kPrefix))
            row.name.erase(0, kPrefix.size());
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const auto& row : rows) {
        out += "| " + row.name + " | " + row.state + " |";
        for (const auto& function : row.evals)
            out += " `" + function + "`";
        out += row.evals.empty() ? " – |\n" : " |\n";
    }
    out += "| every other class | unknown | – |\n";
    return out;
}

#endif  // TESTS_SUPPORT_PLUGIN_TABLE_H
