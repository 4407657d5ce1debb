// URIs of a message: found in rendered text, taken from HTML, cleaned into every form that a rule
// should see (SpamAssassin's get_uri_detail_list, Util::uri_list_canonicalize).

#ifndef MESSAGE_URI_H
#define MESSAGE_URI_H

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "message/settings.h"

namespace message {

// One URI as found, with all that became of it.
struct Uri {
    std::string raw;
    std::set<std::string>
        types;  // "a", "img", "parsed", "schemeless", "unlinked", "domainkeys", ...
    std::vector<std::string> cleaned;      // raw and every canonical form, in SpamAssassin's order
    std::vector<std::string> anchor_text;  // for "a"
    std::set<std::string> domains;         // registered domains of all forms
    std::map<std::string, std::string> hosts;  // host -> registered domain
    bool nofollow = false;
};

// A URI found in running text.
struct TextUri {
    std::string raw;  // as written
    std::string uri;  // with scheme
    bool schemeless = false;
};

// URIs in a rendered text block, in order (PerMsgStatus::_process_text_uri_list).
std::vector<TextUri> find_text_uris(std::string_view text, const MessageSettings& settings);

// Every canonical form of the given URIs, the given ones first; distinct.
std::vector<std::string> canonicalize(const std::vector<std::string>& uris,
                                      const MessageSettings& settings);

struct HostAndDomain {
    std::string host, domain;
};
// Host and registered domain of a URI; both "" where it has none (Util::uri_to_domain).
HostAndDomain uri_host_and_domain(std::string_view uri, const MessageSettings& settings);

}  // namespace message

#endif  // MESSAGE_URI_H
