// A list of addresses by the grammar of RFC 5322: mailboxes, groups, comments at any depth, folded
// white space, obsolete routes.
//
// This is the second parser that SpamAssassin asks when its own one (address.h) finds fewer
// addresses than there are commas; there it is Email::Address::XS. Broken input yields what could
// be read: an address that is only a word is a phrase, "Name <broken" a phrase without address.
// Nothing fails; work is linear in the input.

#ifndef MESSAGE_ADDRESS_LIST_H
#define MESSAGE_ADDRESS_LIST_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace message {

struct ListedAddress {
    std::optional<std::string> phrase;   // display name, unquoted
    std::optional<std::string> user;     // local part, unquoted
    std::optional<std::string> host;     // domain or "[literal]"
    std::optional<std::string> comment;  // the last one
    // user@host, the user quoted where it must be; nullopt unless both are there.
    std::optional<std::string> address() const;
};

// The members of groups stand in line with the others; group names are dropped.
std::vector<ListedAddress> parse_address_list(std::string_view text);

}  // namespace message

#endif  // MESSAGE_ADDRESS_LIST_H
