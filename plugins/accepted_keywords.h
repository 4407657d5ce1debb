// Plugins that are accepted but do nothing: see the table in the .cc.

#ifndef PLUGINS_ACCEPTED_KEYWORDS_H
#define PLUGINS_ACCEPTED_KEYWORDS_H

#include "rules/plugin_registry.h"

namespace plugins {

// After all native plugins, whose names then are taken.
void add_accepted(rules::PluginRegistry& registry);

}  // namespace plugins

#endif  // PLUGINS_ACCEPTED_KEYWORDS_H
