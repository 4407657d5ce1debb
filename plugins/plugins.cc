#include "plugins/plugins.h"

#include "plugins/accepted_keywords.h"
#include "plugins/makers.h"

namespace plugins {

void add_all(rules::PluginRegistry& registry) {
    registry.add_known(make_mime_header);
    registry.add_known(make_replace_tags);
    add_accepted(registry);
}

}  // namespace plugins
