// The template tags of the core: _SCORE_, _TESTS(,)_, _RELAYSTRUSTED_ ... (SpamAssassin's
// PerMsgStatus tag table). Tags of plugins and tags set while matching come from the status.

#ifndef SCAN_TAGS_H
#define SCAN_TAGS_H

#include <functional>
#include <string>

#include "rules/message_status.h"
#include "rules/plugin_registry.h"
#include "scan/template.h"
#include "scan/verdict.h"

namespace scan {

struct TagContext {
    rules::MessageStatus& status;
    const Verdict& verdict;
    const rules::PluginRegistry& plugins;
    std::string rules_version;
    std::function<std::string()> timing;
};

// The context must outlive the source.
TagSource make_tag_source(const TagContext& context);

// This machine's full name, or report_hostname.
std::string host_name(const rules::MessageStatus& status);

}  // namespace scan

#endif  // SCAN_TAGS_H
