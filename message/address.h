// Addresses in a header value: "Name <a@b>, c@d (Comment)", broken forms included
// (SpamAssassin's Util::parse_header_addresses, its own parser).
//
// Not handled: the second opinion that SpamAssassin asks of Email::Address::XS where that module
// finds more addresses (nested comments, lists without commas).

#ifndef MESSAGE_ADDRESS_H
#define MESSAGE_ADDRESS_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace message {

struct Mailbox {
    std::optional<std::string> phrase;   // display name or, failing that, comment; not decoded
    std::optional<std::string> address;  // "" for <>
};

std::vector<Mailbox> parse_addresses(std::string_view raw);

}  // namespace message

#endif  // MESSAGE_ADDRESS_H
