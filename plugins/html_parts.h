// The HTML parts of a message that were rendered, in order: what evals walk through.

#ifndef PLUGINS_HTML_PARTS_H
#define PLUGINS_HTML_PARTS_H

#include <vector>

#include "html/renderer.h"
#include "rules/message_status.h"

namespace plugins {

// Found once a message; the pointers live as long as the message.
const std::vector<const html::Results*>& html_parts(rules::MessageStatus& status);

}  // namespace plugins

#endif  // PLUGINS_HTML_PARTS_H
