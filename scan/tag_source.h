// All template tags of one scan: those of the verdict (tags.h), of the message, of the plugins, and
// what rules and plugins have set while matching.

#ifndef SCAN_TAG_SOURCE_H
#define SCAN_TAG_SOURCE_H

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
    std::function<std::string()> timing;
};

// The context must outlive the source.
TagSource make_tag_source(const TagContext& context);

// SENDERDOMAIN and AUTHORDOMAIN, in ASCII form, as tags and as metadata (X-SenderDomain ...) that
// rules and plugins see. Before anything is matched.
void set_domain_tags(rules::MessageStatus& status);

// This machine's name, with its domain where that can be found out. Looked up once.
const std::string& full_host_name();
// The same, or report_hostname where that is set.
std::string shown_host_name(const rules::MessageStatus& status);

}  // namespace scan

#endif  // SCAN_TAG_SOURCE_H
