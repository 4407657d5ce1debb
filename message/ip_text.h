// IP addresses as they are written in mail: where one may stand in a text, and what kind it is.
//
// These are textual questions, and the answers are SpamAssassin's (IP_ADDRESS, IPV4_ADDRESS,
// LOCALHOST and IP_PRIVATE of its Constants.pm): "256.1.1.1" holds no address, "IPv6:" may stand in
// front of a v6 one, and "::ffff:7f00:1" is not private although the same bits written with dots
// are. For arithmetic on addresses see IpAddress in net_set.h. Everything here is linear in its
// input and allocates nothing, except reverse_ip.

#ifndef MESSAGE_IP_TEXT_H
#define MESSAGE_IP_TEXT_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace message {

// The whole text is one address; a newline may end it.
bool is_ip_address(std::string_view text);
bool is_ipv4_address(std::string_view text);

// The first address at or after `from`, with its "IPv6:" prefix if it has one; nullopt if none.
std::optional<std::string_view> find_ip_address(std::string_view text, size_t from = 0);
std::optional<std::string_view> find_ipv4_address(std::string_view text, size_t from = 0);

// The text begins with a private, loopback, link-local or shared (100.64/10) address.
bool is_private(std::string_view ip_text);

// "192.0.2.1" -> "1.2.0.192", a v6 address -> its 32 nibbles (RFC 5782, 2.4); nullopt for the rest.
std::optional<std::string> reverse_ip(std::string_view ip_text);

// Where an address that starts exactly at `at` may end, the longer reading first. A v6 address with
// a dotted tail can also be read without the tail; all else has one reading at most.
struct IpEnds {
    size_t count = 0;
    size_t end[2] = {};
    void add(size_t e) { end[count++] = e; }
};
IpEnds ip_address_ends(std::string_view text, size_t at);
// The same for the ways of writing "localhost": that name, 127.0.0.1, ::1 and mapped forms.
IpEnds localhost_ends(std::string_view text, size_t at);

}  // namespace message

#endif  // MESSAGE_IP_TEXT_H
