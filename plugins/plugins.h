// Makes every native plugin known to a registry.

#ifndef PLUGINS_PLUGINS_H
#define PLUGINS_PLUGINS_H

#include "rules/plugin_registry.h"

namespace plugins {

void add_all(rules::PluginRegistry& registry);

}  // namespace plugins

#endif  // PLUGINS_PLUGINS_H
