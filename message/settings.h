// What the message library needs to be told before it parses: limits and the few configuration
// values that shape the views. Plain data; config keywords fill it elsewhere (rules/core_settings).

#ifndef MESSAGE_SETTINGS_H
#define MESSAGE_SETTINGS_H

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message/net_set.h"
#include "message/registry.h"

namespace message {

// Every cap on hostile input, with SpamAssassin's values where it has one.
struct ParseLimits {
    size_t max_header_key = 256;     // bytes of a header name
    size_t max_header_value = 8192;  // bytes of a header value
    size_t max_headers = 65536;      // bytes of all headers together (truncated_header beyond)
    size_t max_mime_parts = 1000;    // (mimepart_limit_exceeded beyond)
    size_t max_mime_depth = 20;      // nested message/rfc822
    size_t max_uris = 10000;         // distinct URIs taken from one message
    size_t max_uri_length = 8192;
    size_t max_redirect_targets = 32;  // URIs followed inside one URI (SpamAssassin: no cap)
    size_t max_received = 10000;  // Received headers parsed into relays (max_headers bites first)
};

struct MessageSettings {
    ParseLimits limits;
    bool normalize_charset = true;
    size_t body_part_scan_size = 50000;      // 0 = all
    size_t rawbody_part_scan_size = 500000;  // 0 = all

    // Trust path.
    NetSet trusted_networks = NetSet::with_loopback();
    NetSet internal_networks = NetSet::with_loopback();
    NetSet msa_networks;
    bool trusted_networks_configured = false;
    bool internal_networks_configured = false;
    bool msa_networks_configured = false;
    std::vector<std::string> originating_ip_headers = {"X-Yahoo-Post-IP", "X-Originating-IP",
                                                       "X-Apparently-From", "X-SenderIP"};
    std::string envelope_sender_header;
    bool always_trust_envelope_sender = false;

    // URIs.
    std::shared_ptr<const Registry> registry;  // util_rb_tld, util_rb_2tld, util_rb_3tld
    // Answers the target that a redirector URI carries in its path (redirector_pattern lines), or
    // nullopt: the first group of the first pattern that matches and whose first group is set and
    // has a "." in it. Regexes are not this library's business, so it is handed in.
    std::function<std::optional<std::string>(std::string_view uri)> redirector_target;
    bool parse_dkim_uris = true;
};

}  // namespace message

#endif  // MESSAGE_SETTINGS_H
