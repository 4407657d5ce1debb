// The template tags a verdict and the configuration answer alone. Those that look at the message
// (preview, headers), at the clock or at plugins are in tag_source.h.

#ifndef SCAN_TAGS_H
#define SCAN_TAGS_H

#include <optional>
#include <string>
#include <string_view>

#include "message/relay.h"
#include "rules/core_settings.h"
#include "scan/verdict.h"

namespace scan {

// nullopt when the tag is none of these.
std::optional<std::string> verdict_tag(std::string_view name,
                                       std::optional<std::string_view> arguments,
                                       const Verdict& verdict, const rules::CoreSettings& settings);

// FIRSTTRUSTEDIP, LASTEXTERNALRDNS ... and RELAYSTRUSTED, RELAYSTRUSTEDREVIP ...; nullopt when the
// tag is none of these, or a list of reversed addresses that is empty.
std::optional<std::string> relay_tag(std::string_view name, const message::TrustPath& path);

// "4.3.2.1" for an IPv4 address, nibbles for IPv6, "" for anything else.
std::string reversed_address(std::string_view ip);

}  // namespace scan

#endif  // SCAN_TAGS_H
