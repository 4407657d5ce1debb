// Authentication-Results and ARC-Authentication-Results headers as
// Mail::SpamAssassin::Plugin::AuthRes reads them: what servers of ours found out about SPF, DKIM
// and the like.

#ifndef PLUGINS_AUTH_RES_H
#define PLUGINS_AUTH_RES_H

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/message_status.h"

namespace plugins {

struct AuthResult {
    std::string authserv;  // lower case
    std::string result;    // "pass", "fail" ...
    std::string reason;
    std::map<std::string, std::map<std::string, std::string>> properties;  // ptype -> name -> value
    int arc_index = 0;  // 0: not from an ARC header
};

// By method ("spf", "dkim" ...), in the order of the headers.
using AuthResults = std::map<std::string, std::vector<AuthResult>, std::less<>>;

struct AuthServers {
    std::set<std::string, std::less<>> trusted, ignored;  // lower case; no trusted ones: all are
};

// Adds the results of one header field; false, and nothing added, if any of it is not understood.
bool parse_auth_results(std::string_view name, std::string_view value, const AuthServers& servers,
                        AuthResults& results);

// What this message has, empty when the plugin is not loaded. Known from parsed_metadata() on, to
// plugins whose order is not below -10.
const AuthResults& auth_results(rules::MessageStatus& status);

}  // namespace plugins

#endif  // PLUGINS_AUTH_RES_H
