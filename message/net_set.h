// A set of IPv4 and IPv6 networks, as trusted_networks and its sisters take them: CIDR, plain
// addresses, "10." prefixes, "!net" exclusions, [v6], a.b.c.d-e.f.g.h ranges (SpamAssassin's
// NetSet.pm).

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
bool is_private(const IpAddress& ip);

class NetSet {
public:
    // False when the text is not a network; the set is then unchanged.
    bool add(std::string_view network);
    bool contains(const IpAddress& ip) const;
    bool contains(std::string_view ip_text) const;
    // True if every address of `other` is also in this set (internal must be within trusted).
    bool contains_network(std::string_view network) const;
    bool empty() const { return nets_.empty(); }
    size_t size() const { return nets_.size(); }
    void clear() { nets_.clear(); }

private:
    struct Net {
        std::array<uint8_t, 16> low{};
        std::array<uint8_t, 16> high{};
        bool v4 = false;
        bool exclude = false;
        std::string text;
    };
    static std::optional<Net> parse(std::string_view network);
    std::vector<Net> nets_;  // the first that contains an address decides
};

}  // namespace message

#endif  // MESSAGE_NET_SET_H
