// All addresses a message claims to come from and to go to, over every header that may say so
// (SpamAssassin's all_from_addrs and all_to_addrs). Found once a message; distinct.

#ifndef PLUGINS_CORRESPONDENTS_H
#define PLUGINS_CORRESPONDENTS_H

#include <string>
#include <vector>

#include "rules/message_status.h"

namespace plugins {

const std::vector<std::string>& senders(rules::MessageStatus& status);
const std::vector<std::string>& recipients(rules::MessageStatus& status);

// Every address of one header, as a list-valued ":addr" request gives them.
std::vector<std::string> addresses_of(rules::MessageStatus& status, std::string_view header);

}  // namespace plugins

#endif  // PLUGINS_CORRESPONDENTS_H
