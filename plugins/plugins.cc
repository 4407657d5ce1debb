#include "plugins/plugins.h"

namespace plugins {

void add_all(rules::PluginRegistry&) {}

}  // namespace plugins
