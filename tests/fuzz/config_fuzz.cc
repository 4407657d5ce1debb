// Any bytes as a configuration, over every keyword there is: first as the site's, with all rules
// finished, then as a user's preferences laid over that.

#include <cstdint>
#include <string_view>

#include "config/reader.h"
#include "plugins/plugins.h"
#include "rules/core_settings.h"
#include "rules/rule_set_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    config::Schema schema;
    rules::PluginRegistry registry;
    rules::RuleSetBuilder builder;
    rules::RegistryConditions conditions(registry, false);
    config::Diagnostics diagnostics;
    config::Settings settings;
    plugins::add_all_keywords(schema, registry, builder);
    rules::init_core_settings(settings);
    config::ReadOptions options;
    // Files of this machine are none of the input's business.
    options.max_include_depth = 0;
    config::Reader reader(schema, conditions, diagnostics);
    reader.read_text(
        "loadplugin Mail::SpamAssassin::Plugin::ReplaceTags\n"
        "loadplugin Mail::SpamAssassin::Plugin::MIMEHeader\n",
        "pre", settings, options);
    reader.read_text(text, "fuzz.cf", settings, options);
    rules::RuleSet set = builder.build(settings, registry, diagnostics);
    builder.serve(set);
    options.from_user = true;
    config::Settings mine = settings;
    config::Reader(schema, conditions, diagnostics).read_text(text, "user_prefs", mine, options);
    return 0;
}
