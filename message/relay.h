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

// One hop. Absent values are "". Blanks, NUL and # [ ] ( ) < > | stand as "!" in all but id and
// auth, so that a helo of "[192.0.2.1]" reads "!192.0.2.1!".
struct Relay {
    std::string ip;    // no brackets, zone, "IPv6:" or v4 mapping; "" when only web mail was named
    std::string rdns;  // "" when unknown or not written down
    std::string helo, by, ident, envfrom, id, auth;
    bool has_envfrom = false;  // an empty envfrom may be the "<>" of a bounce
    bool internal = false;     // intl=
    bool msa = false;
    bool ip_private = false;
    // The receiving software looked the name up and found none. False as well when there is a name
    // and when nobody asked for it.
    bool no_reverse_dns = false;
    std::string lc_rdns() const;
    std::string lc_helo() const;
    std::string lc_by() const;
    // "[ ip=... rdns=... helo=... by=... ident=... envfrom=... intl=0 id=... auth=... msa=0 ]"
    std::string as_string() const;
    void append_to(std::string& out) const;
};

struct TrustPath {
    // Newest hop first, as the headers stand.
    std::vector<Relay> trusted, untrusted, internal, external;
    size_t unparseable = 0;
    // Index of the Received header (0 = topmost) that is the last trusted/internal one; -1 none.
    // Skipped and unparseable headers count while trust lasts, and so do the synthetic ones of
    // originating_ip_headers.
    int last_trusted_header = -1;
    int last_internal_header = -1;
    size_t num_relays() const { return trusted.size() + untrusted.size(); }

    // The rules ALL_TRUSTED, NO_RELAYS and UNPARSEABLE_RELAY.
    bool is_all_trusted() const {
        return !trusted.empty() && untrusted.empty() && unparseable == 0;
    }
    bool is_without_relays() const { return num_relays() == 0 && unparseable == 0; }

    // The hop that handed the message to us: newest external. nullptr if there is none.
    const Relay* last_external() const { return external.empty() ? nullptr : &external.front(); }
    // The oldest trusted hop, where the message entered what we trust.
    const Relay* first_trusted() const { return trusted.empty() ? nullptr : &trusted.back(); }
    // The hop whose envfrom is the envelope sender: the newest untrusted, else the oldest trusted.
    const Relay* envelope_hop() const {
        return untrusted.empty() ? first_trusted() : &untrusted.front();
    }

    // X-Spam-Relays-*: relays joined by one blank.
    static std::string as_string(const std::vector<Relay>& relays);
    // Tags RELAYS*REVIP: the addresses for DNS lists, private ones left out.
    static std::vector<std::string> reverse_ips(const std::vector<Relay>& relays);
};

// Which fields of a header block the views ALL-TRUSTED, ALL-INTERNAL, ALL-UNTRUSTED and
// ALL-EXTERNAL hold. The trusted part runs through the first Received header that is not trusted
// any more: our own server wrote that one too. The rest begins at the same header, so both hold it.
struct HeaderRange {
    size_t begin = 0, end = 0;  // fields [begin, end)
};
// `is_received`: for each field, top to bottom, whether it is a Received header. `last` is
// last_trusted_header or last_internal_header.
HeaderRange fields_through_received(const std::vector<bool>& is_received, int last);
HeaderRange fields_from_received(const std::vector<bool>& is_received, int last);

enum class ReceivedKind { Relay, Skipped, Unparseable };
struct ParsedReceived {
    ReceivedKind kind = ReceivedKind::Unparseable;
    Relay relay;
    bool resets_trust = false;  // fetchmail/getmail: forget the trusted chain so far
    // qmail-scanner: the envelope sender of the hand-over that the next older header describes.
    std::optional<std::string> envfrom_of_next;
};

// One Received value, decoded. Linear in its bytes.
ParsedReceived parse_received(std::string_view value);

// `received`: values of all Received headers, topmost first, unfolded. `originating`: (header
// name, value) of the originating_ip_headers present, in the order of the setting, the last value
// where a header occurs more than once.
TrustPath build_trust_path(const std::vector<std::string>& received,
                           const std::vector<std::pair<std::string, std::string>>& originating,
                           const MessageSettings& settings);

}  // namespace message

#endif  // MESSAGE_RELAY_H
