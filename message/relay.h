// The hops of a message, read from its Received headers, and where trust in them ends.
//
// Follows SpamAssassin's Received.pm pattern for pattern: each header yields a relay, is skipped
// (local hand-over), or is unparseable, and the tables printed by X-Spam-Relays-* are equal.

#ifndef MESSAGE_RELAY_H
#define MESSAGE_RELAY_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message/settings.h"

namespace message {

struct Relay {
    std::string ip, rdns, helo, by, ident, envfrom, id, auth;
    bool internal = false;  // intl=
    bool msa = false;
    bool ip_private = false;
    bool no_reverse_dns = false;
    std::string lc_rdns() const;
    std::string lc_helo() const;
    std::string lc_by() const;
    // "[ ip=... rdns=... helo=... by=... ident=... envfrom=... intl=0 id=... auth=... msa=0 ]"
    std::string as_string() const;
};

struct TrustPath {
    // Newest hop first, as the headers stand.
    std::vector<Relay> trusted, untrusted, internal, external;
    size_t unparseable = 0;
    // Index of the Received header (0 = topmost) that is the last trusted/internal one; -1 none.
    int last_trusted_header = -1;
    int last_internal_header = -1;
    size_t num_relays() const { return trusted.size() + untrusted.size(); }
    // X-Spam-Relays-*: relays joined by one blank.
    static std::string as_string(const std::vector<Relay>& relays);
};

enum class ReceivedKind { Relay, Skipped, Unparseable };
struct ParsedReceived {
    ReceivedKind kind = ReceivedKind::Unparseable;
    Relay relay;
    bool resets_trust = false;  // fetchmail/getmail: forget the trusted chain so far
};

// One unfolded, trimmed Received value.
ParsedReceived parse_received(std::string_view value);

// `received`: values of all Received headers, topmost first, unfolded. `originating`: (header
// name, value) of the originating_ip_headers present.
TrustPath build_trust_path(const std::vector<std::string>& received,
                           const std::vector<std::pair<std::string, std::string>>& originating,
                           const MessageSettings& settings);

}  // namespace message

#endif  // MESSAGE_RELAY_H
