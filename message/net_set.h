// A set of IPv4 and IPv6 networks, as trusted_networks and its sisters take them.
//
// The forms are those of SpamAssassin's NetSet.pm: "10.0.0.0/8", "10.0.0.0/255.0.0.0", a plain
// address, a prefix of whole octets ("10.", "192.168"), "[2001:db8::]/32" with or without brackets
// and %zone, an inclusive range "192.0.2.1-192.0.2.9", and each of them behind "!" to exclude. The
// first network that contains an address decides, so that an exclusion must stand in front of what
// it is cut out of; a network that an earlier one contains is not added.
//
// Not handled: host names and the words (any, default, loopback) that NetAddr::IP understands.

#ifndef MESSAGE_NET_SET_H
#define MESSAGE_NET_SET_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace message {

// IPv4 is kept in its v4-mapped form so that one comparison serves both families.
struct IpAddress {
    std::array<uint8_t, 16> bytes{};
    bool is_v4 = false;
    // Plain dotted quad or IPv6 text; no brackets, no zone, no port.
    static std::optional<IpAddress> parse(std::string_view text);
    std::string to_string() const;
    bool operator==(const IpAddress&) const = default;
};

// 10/8, 127/8, 169.254/16, 172.16/12, 192.168/16, 100.64/10, fe80::/10, ::1 and their mapped forms.
// Rules ask the textual question, is_private() of ip_text.h.
bool is_private(const IpAddress& ip);

class NetSet {
public:
    enum class Added {
        Yes,
        Invalid,          // not a network
        AlreadyIncluded,  // contained in an earlier network
        AlreadyExcluded,  // contained in an earlier exclusion
    };

    // 127/8 and ::1, which trusted_networks and internal_networks always hold.
    static NetSet with_loopback();

    // The set is unchanged unless the answer is Yes.
    Added add_network(std::string_view network);
    // False when the text is not a network.
    bool add(std::string_view network) { return add_network(network) != Added::Invalid; }
    bool contains(const IpAddress& ip) const;
    bool contains(std::string_view ip_text) const;
    // True if every address of `other` is also in this set (internal must be within trusted).
    bool contains_network(std::string_view network) const;
    // Drops what is not an exclusion and lies outside `outer` (internal_networks and msa_networks
    // must lie within trusted_networks), and answers the texts of the dropped.
    std::vector<std::string> drop_outside(const NetSet& outer);
    bool empty() const { return nets_.empty(); }
    size_t size() const { return nets_.size(); }
    void clear() { nets_.clear(); }

private:
    struct Net {
        std::array<uint8_t, 16> low{};
        std::array<uint8_t, 16> high{};
        bool exclude = false;
        std::string text;
        bool contains(const Net& other) const { return low <= other.low && other.high <= high; }
    };
    static std::optional<Net> parse(std::string_view network);
    const Net* first_containing(const Net& net) const;
    std::vector<Net> nets_;  // the first that contains an address decides
};

}  // namespace message

#endif  // MESSAGE_NET_SET_H
