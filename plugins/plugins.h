// Makes every native plugin known to a registry, and every keyword to a schema.

#ifndef PLUGINS_PLUGINS_H
#define PLUGINS_PLUGINS_H

#include "config/schema.h"
#include "rules/plugin_registry.h"
#include "rules/rule_set_builder.h"

namespace plugins {

void add_all(rules::PluginRegistry& registry);

// add_all(), and the keywords of the core, of rules and of the plugins. The schema's setters hold
// on to the registry and the builder.
void add_all_keywords(config::Schema& schema, rules::PluginRegistry& registry,
                      rules::RuleSetBuilder& builder);

}  // namespace plugins

#endif  // PLUGINS_PLUGINS_H
