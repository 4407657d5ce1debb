// Any bytes as the Received headers of a message, one a line: each alone, then all as one path.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "message/relay.h"
#include "util/check.h"
#include "util/strings.h"

namespace {

// What the relay tables take for structure stands in no value.
void check_clean(const std::string& value) {
    UTIL_CHECK(value.find_first_of(std::string_view(" \t\n\0#[]()<>|", 12)) == std::string::npos);
}

void check_relay(const message::Relay& relay) {
    for (const std::string* value :
         {&relay.ip, &relay.rdns, &relay.helo, &relay.by, &relay.ident, &relay.envfrom})
        check_clean(*value);
    UTIL_CHECK(relay.as_string().size() > 2);
}

message::MessageSettings make_settings() {
    message::MessageSettings settings;
    settings.registry = std::make_shared<message::Registry>();
    return settings;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const message::MessageSettings settings = make_settings();
    std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> headers;
    for (std::string_view line : util::split(text, '\n'))
        headers.emplace_back(line);
    for (const std::string& header : headers) {
        auto parsed = message::parse_received(header);
        if (parsed.kind == message::ReceivedKind::Relay)
            check_relay(parsed.relay);
    }
    // With line feeds inside as well, which unfolding leaves to nobody.
    message::parse_received(text);

    auto path =
        message::build_trust_path(headers, {{"X-Originating-IP", headers.back()}}, settings);
    UTIL_CHECK(path.trusted.size() + path.untrusted.size() ==
               path.internal.size() + path.external.size());
    UTIL_CHECK(path.num_relays() + path.unparseable <= headers.size() + 1);
    UTIL_CHECK(path.last_internal_header <= path.last_trusted_header);
    for (const auto* relays : {&path.trusted, &path.untrusted}) {
        for (const message::Relay& relay : *relays)
            check_relay(relay);
        UTIL_CHECK(message::TrustPath::reverse_ips(*relays).size() <= relays->size());
        message::TrustPath::as_string(*relays);
    }
    return 0;
}
