#include "message/net_set.h"

#include <arpa/inet.h>

#include <algorithm>

#include "util/strings.h"

namespace message {

namespace {

using Bytes = std::array<uint8_t, 16>;

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const Bytes& bytes) {
    return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

bool is_decimal(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return util::is_digit(c); });
}

// Value of decimal digits, leading zeros allowed; nullopt above `limit`.
std::optional<unsigned> decimal(std::string_view text, unsigned limit) {
    if (!is_decimal(text))
        return std::nullopt;
    unsigned value = 0;
    for (char c : text) {
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value > limit)
            return std::nullopt;
    }
    return value;
}

// One to four octets with an optional dot at the end of a short form. `octets` tells how many.
std::optional<Bytes> parse_v4_prefix(std::string_view text, size_t& octets) {
    Bytes bytes{};
    std::copy(kMapped.begin(), kMapped.end(), bytes.begin());
    octets = 0;
    while (octets < 4) {
        const size_t dot = text.find('.');
        const std::optional<unsigned> octet = decimal(text.substr(0, dot), 255);
        if (!octet)
            return std::nullopt;
        bytes[12 + octets++] = static_cast<uint8_t>(*octet);
        if (dot == std::string_view::npos)
            return bytes;
        text.remove_prefix(dot + 1);
        if (text.empty() && octets < 4)
            return bytes;
    }
    return std::nullopt;  // a dot behind the fourth octet
}

// "%eth0" behind a scoped v6 address.
std::string_view without_zone(std::string_view text) {
    const size_t percent = text.rfind('%');
    if (percent == std::string_view::npos)
        return text;
    const std::string_view zone = text.substr(percent + 1);
    const bool plain = std::all_of(zone.begin(), zone.end(), [](unsigned char c) {
        return util::is_alnum(c) || c == '.' || c == '_' || c == '~' || c == '-';
    });
    return plain ? text.substr(0, percent) : text;
}

std::string_view without_brackets(std::string_view text) {
    if (text.size() >= 2 && text.front() == '[' && text.find(']') == text.size() - 1)
        return text.substr(1, text.size() - 2);
    return text;
}

// Length of a prefix from the text behind "/": a number, or a contiguous mask written as an
// address. `width` is 32 or 128.
std::optional<unsigned> parse_mask(std::string_view text, unsigned width) {
    if (is_decimal(text))
        return decimal(text, width);
    const std::optional<IpAddress> mask = IpAddress::parse(text);
    if (!mask || (text.find(':') == std::string_view::npos) != (width == 32))
        return std::nullopt;
    unsigned length = 0;
    const size_t first_byte = width == 32 ? 12 : 0;
    const auto bit = [&](unsigned i) {
        return (mask->bytes[first_byte + i / 8] >> (7 - i % 8)) & 1;
    };
    while (length < width && bit(length))
        ++length;
    for (unsigned i = length; i < width; ++i) {
        if (bit(i))
            return std::nullopt;
    }
    return length;
}

void widen(Bytes& low, Bytes& high, unsigned prefix_length) {
    for (unsigned i = prefix_length; i < 128; ++i) {
        const uint8_t bit = static_cast<uint8_t>(0x80 >> (i % 8));
        low[i / 8] = static_cast<uint8_t>(low[i / 8] & ~bit);
        high[i / 8] = static_cast<uint8_t>(high[i / 8] | bit);
    }
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    IpAddress ip;
    if (text.find(':') == std::string_view::npos) {
        size_t octets = 0;
        const std::optional<Bytes> bytes = parse_v4_prefix(text, octets);
        if (!bytes || octets != 4)
            return std::nullopt;
        ip.bytes = *bytes;
        ip.is_v4 = true;
        return ip;
    }
    char buffer[INET6_ADDRSTRLEN + 1];
    if (text.size() >= sizeof buffer || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::copy(text.begin(), text.end(), buffer);
    buffer[text.size()] = '\0';
    if (inet_pton(AF_INET6, buffer, ip.bytes.data()) != 1)
        return std::nullopt;
    ip.is_v4 = is_mapped(ip.bytes);
    return ip;
}

std::string IpAddress::to_string() const {
    char buffer[INET6_ADDRSTRLEN];
    const char* text = is_v4 ? inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer)
                             : inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
    return text ? text : "";
}

bool is_private(const IpAddress& ip) {
    const Bytes& b = ip.bytes;
    if (is_mapped(b)) {
        const unsigned first = b[12], second = b[13];
        return first == 10 || first == 127 || (first == 169 && second == 254) ||
               (first == 172 && second >= 16 && second < 32) || (first == 192 && second == 168) ||
               (first == 100 && second >= 64 && second < 128);
    }
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
        return true;
    return b[15] == 1 &&
           std::all_of(b.begin(), b.end() - 1, [](uint8_t byte) { return byte == 0; });
}

NetSet NetSet::with_loopback() {
    NetSet set;
    set.add("127.0.0.0/8");
    set.add("::1");
    return set;
}

std::optional<NetSet::Net> NetSet::parse(std::string_view network) {
    Net net;
    net.text = std::string(network);
    std::string_view text = util::trim_left(network);
    if (!text.empty() && text.front() == '!') {
        net.exclude = true;
        text = util::trim_left(text.substr(1));
    }

    if (const size_t dash = text.find('-'); dash != std::string_view::npos) {
        const std::string_view from = text.substr(0, dash), to = text.substr(dash + 1);
        const std::optional<IpAddress> low = IpAddress::parse(util::trim(from));
        const std::optional<IpAddress> high = IpAddress::parse(util::trim(to));
        if (!low || !high || low->is_v4 != high->is_v4 || high->bytes < low->bytes)
            return std::nullopt;
        net.low = low->bytes;
        net.high = high->bytes;
        return net;
    }

    std::optional<std::string_view> mask;
    if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
        mask = text.substr(slash + 1);
        text = text.substr(0, slash);
    }
    text = without_zone(without_brackets(text));

    const size_t digits_end = std::min(text.find_first_not_of("0123456789"), text.size());
    const bool looks_v4 = digits_end > 0 && (digits_end == text.size() || text[digits_end] == '.');
    unsigned length = 128;
    if (looks_v4) {
        size_t octets = 0;
        const std::optional<Bytes> bytes = parse_v4_prefix(text, octets);
        if (!bytes)
            return std::nullopt;
        net.low = *bytes;
        length = 96 + 8 * static_cast<unsigned>(octets);
    } else {
        const std::optional<IpAddress> ip = IpAddress::parse(text);
        if (!ip)
            return std::nullopt;
        net.low = ip->bytes;
    }
    if (mask) {
        const std::optional<unsigned> given = parse_mask(*mask, looks_v4 ? 32 : 128);
        if (!given)
            return std::nullopt;
        length = *given + (looks_v4 ? 96 : 0);
    }
    net.high = net.low;
    widen(net.low, net.high, length);
    return net;
}

const NetSet::Net* NetSet::first_containing(const Net& net) const {
    const auto found =
        std::find_if(nets_.begin(), nets_.end(), [&](const Net& own) { return own.contains(net); });
    return found == nets_.end() ? nullptr : &*found;
}

NetSet::Added NetSet::add_network(std::string_view network) {
    // Long lists are taken as they are: the check would be quadratic.
    constexpr size_t kMaxChecked = 200;
    std::optional<Net> net = parse(network);
    if (!net)
        return Added::Invalid;
    if (nets_.size() < kMaxChecked) {
        if (const Net* covering = first_containing(*net))
            return covering->exclude ? Added::AlreadyExcluded : Added::AlreadyIncluded;
    }
    nets_.push_back(std::move(*net));
    return Added::Yes;
}

bool NetSet::contains(const IpAddress& ip) const {
    for (const Net& net : nets_) {
        if (net.low <= ip.bytes && ip.bytes <= net.high)
            return !net.exclude;
    }
    return false;
}

bool NetSet::contains(std::string_view ip_text) const {
    if (nets_.empty())
        return false;
    const std::optional<IpAddress> ip = IpAddress::parse(ip_text);
    return ip && contains(*ip);
}

bool NetSet::contains_network(std::string_view network) const {
    const std::optional<Net> net = parse(network);
    if (!net)
        return false;
    const Net* covering = first_containing(*net);
    return covering && !covering->exclude;
}

std::vector<std::string> NetSet::drop_outside(const NetSet& outer) {
    std::vector<std::string> dropped;
    std::vector<Net> kept;
    for (Net& net : nets_) {
        const Net* covering = net.exclude ? nullptr : outer.first_containing(net);
        if (net.exclude || (covering && !covering->exclude))
            kept.push_back(std::move(net));
        else
            dropped.push_back(std::move(net.text));
    }
    nets_ = std::move(kept);
    return dropped;
}

}  // namespace message
