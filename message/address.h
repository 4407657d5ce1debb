// Addresses in a header value: "Name <a@b>, c@d (Comment)", broken forms included.
//
// Two parsers, as in SpamAssassin's Util::parse_header_addresses: a forgiving one, and where that
// finds fewer addresses than the commas promise, the one that knows the grammar (address_list.h),
// if it finds more.

#ifndef MESSAGE_ADDRESS_H
#define MESSAGE_ADDRESS_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace message {

struct Mailbox {
    std::optional<std::string> phrase;   // display name or, failing that, comment; not decoded
    std::optional<std::string> address;  // user@host; nullopt for <> and what is no address
};

std::vector<Mailbox> parse_addresses(std::string_view raw);

}  // namespace message

#endif  // MESSAGE_ADDRESS_H
