#include "message/ip_text.h"

#include <algorithm>

#include "message/net_set.h"
#include "util/strings.h"

namespace message {

namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr std::string_view kV6Prefix = "IPv6:";

bool is_hex_or_colon(char c) {
    return util::is_xdigit(static_cast<unsigned char>(c)) || c == ':';
}

bool is_word_at(std::string_view text, size_t i) {
    return i < text.size() && util::is_word(static_cast<unsigned char>(text[i]));
}

// End of an octet 0..255 without leading zeros that starts at `at`, kNone if there is none. All
// digits there must belong to it.
size_t octet_end(std::string_view text, size_t at) {
    size_t i = at;
    unsigned value = 0;
    while (i < text.size() && util::is_digit(static_cast<unsigned char>(text[i])) && i - at < 4)
        value = value * 10 + static_cast<unsigned>(text[i++] - '0');
    const size_t digits = i - at;
    if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && text[at] == '0'))
        return kNone;
    return i;
}

size_t dotted_quad_end(std::string_view text, size_t at) {
    for (int octet = 0; octet < 4; ++octet) {
        if (octet > 0) {
            if (at >= text.size() || text[at] != '.')
                return kNone;
            ++at;
        }
        at = octet_end(text, at);
        if (at == kNone)
            return kNone;
    }
    return at;
}

// End of a plain IPv4 address at `at`: a word of its own, and no colon in front.
size_t ipv4_end(std::string_view text, size_t at) {
    if (at > 0 && (is_word_at(text, at - 1) || text[at - 1] == ':'))
        return kNone;
    const size_t end = dotted_quad_end(text, at);
    return end == kNone || is_word_at(text, end) ? kNone : end;
}

size_t hex_run_end(std::string_view text, size_t at) {
    while (at < text.size() && is_hex_or_colon(text[at]))
        ++at;
    return at;
}

// The colon-separated groups of a v6 address, or of the part in front of a dotted tail.
struct Groups {
    bool valid = false;
    bool has_gap = false;  // "::"
    size_t before = 0;     // groups in front of the gap (all of them without one)
    size_t after = 0;
    size_t count() const { return before + after; }
    bool fit(size_t exact) const { return valid && (has_gap ? count() < exact : count() == exact); }
};

// Calls fn(index, group); fn returns false to reject the whole.
template <typename Fn>
Groups read_groups(std::string_view text, Fn&& fn) {
    Groups groups;
    size_t i = 0;
    if (text.substr(0, 2) == "::") {
        groups.has_gap = true;
        i = 2;
        if (i == text.size()) {
            groups.valid = true;
            return groups;
        }
    }
    for (;;) {
        const size_t start = i;
        while (i < text.size() && text[i] != ':')
            ++i;
        if (i == start || i - start > 4 || !fn(groups.count(), text.substr(start, i - start)))
            return groups;
        ++(groups.has_gap ? groups.after : groups.before);
        if (i == text.size())
            break;
        if (++i == text.size())
            return groups;  // a lone colon at the end
        if (text[i] == ':') {
            if (groups.has_gap)
                return groups;
            groups.has_gap = true;
            if (++i == text.size())
                break;
        }
    }
    groups.valid = true;
    return groups;
}

// The groups in front of a dotted tail, written with the colon that ends them.
std::string_view without_last_colon(std::string_view prefix) {
    const bool gap_at_end = prefix.size() >= 2 && prefix.substr(prefix.size() - 2) == "::";
    return gap_at_end || prefix.empty() ? prefix : prefix.substr(0, prefix.size() - 1);
}

bool all_zeros(std::string_view group) {
    return group.find_first_not_of('0') == kNone;
}

// All zeros but a final 1, in every spelling that fills eight groups.
bool is_loopback_v6(std::string_view text) {
    if (text.empty() || text.back() != '1')
        return false;
    const Groups groups = read_groups(text, [&](size_t, std::string_view group) {
        const bool last = group.data() + group.size() == text.data() + text.size();
        return last ? all_zeros(group.substr(0, group.size() - 1)) : all_zeros(group);
    });
    return groups.fit(8);
}

// The zeros and "ffff:" in front of a v4-mapped address. IP_PRIVATE and LOCALHOST know only some
// spellings of the gap, and two of them only with short zeros; ours is the same choice.
bool is_mapped_prefix(std::string_view prefix) {
    if (prefix.size() < 5 || !util::iequals(prefix.substr(prefix.size() - 5), "ffff:"))
        return false;
    prefix.remove_suffix(5);
    size_t last_width = 0;
    const Groups zeros =
        read_groups(without_last_colon(prefix), [&](size_t, std::string_view group) {
            last_width = group.size();
            return all_zeros(group);
        });
    if (!zeros.valid)
        return false;
    if (!zeros.has_gap)
        return zeros.before == 5;
    if (zeros.before == 0)
        return zeros.after <= 4;
    if (zeros.after == 0)
        return zeros.before <= 4;
    switch (zeros.before) {
        case 1:
            return zeros.after <= 3;
        case 2:
            return zeros.after == 1 && last_width <= 2;
        case 3:
            return zeros.after == 1 && last_width == 1;
        default:
            return false;
    }
}

// Where the v6 text starts when one may stand at `at`: behind an "IPv6:" prefix, or at `at` itself
// unless a hex digit or colon runs into it.
size_t v6_start(std::string_view text, size_t at) {
    if (util::istarts_with(text.substr(at), kV6Prefix))
        return at + kV6Prefix.size();
    return at > 0 && is_hex_or_colon(text[at - 1]) ? kNone : at;
}

std::string_view without_final_newline(std::string_view text) {
    return text.substr(0, text.size() - (!text.empty() && text.back() == '\n'));
}

bool is_private_v4(std::string_view text) {
    const size_t first_end = octet_end(text, 0);
    if (first_end == kNone || first_end >= text.size() || text[first_end] != '.')
        return false;
    const std::string_view first = text.substr(0, first_end);
    if (first == "10" || first == "127")
        return true;
    const size_t second_end = octet_end(text, first_end + 1);
    if (second_end == kNone || second_end >= text.size() || text[second_end] != '.')
        return false;
    const std::string_view second = text.substr(first_end + 1, second_end - first_end - 1);
    unsigned value = 0;
    for (char c : second)
        value = value * 10 + static_cast<unsigned>(c - '0');
    if (first == "169")
        return value == 254;
    if (first == "172")
        return value >= 16 && value <= 31;
    if (first == "192")
        return value == 168;
    return first == "100" && value >= 64 && value <= 127;
}

}  // namespace

IpEnds ip_address_ends(std::string_view text, size_t at) {
    IpEnds ends;
    if (at >= text.size())
        return ends;
    const char c = text[at];
    if (!is_hex_or_colon(c) && c != 'I' && c != 'i')
        return ends;
    if (util::is_digit(static_cast<unsigned char>(c))) {
        if (const size_t end = ipv4_end(text, at); end != kNone) {
            ends.add(end);
            return ends;
        }
    }
    const size_t start = v6_start(text, at);
    if (start == kNone)
        return ends;
    const size_t run = hex_run_end(text, start);
    const std::string_view groups = text.substr(start, run - start);
    const size_t last_colon = groups.rfind(':');
    if (last_colon == kNone)
        return ends;
    const auto any = [](size_t, std::string_view) { return true; };
    if (run < text.size() && text[run] == '.') {
        const size_t tail = start + last_colon + 1;
        const size_t end = dotted_quad_end(text, tail);
        if (end != kNone && !(end < text.size() && is_hex_or_colon(text[end])) &&
            read_groups(without_last_colon(groups.substr(0, last_colon + 1)), any).fit(6))
            ends.add(end);
    }
    if (read_groups(groups, any).fit(8))
        ends.add(run);
    return ends;
}

IpEnds localhost_ends(std::string_view text, size_t at) {
    constexpr std::string_view kName = "localhost", kDomain = ".localdomain", kV4 = "127.0.0.1";
    IpEnds ends;
    if (at >= text.size())
        return ends;
    const std::string_view rest = text.substr(at);
    if (util::istarts_with(rest, kName)) {
        if (util::istarts_with(rest.substr(kName.size()), kDomain))
            ends.add(at + kName.size() + kDomain.size());
        ends.add(at + kName.size());
        return ends;
    }
    if (rest.substr(0, kV4.size()) == kV4 && ipv4_end(text, at) == at + kV4.size()) {
        ends.add(at + kV4.size());
        return ends;
    }
    const size_t start = v6_start(text, at);
    if (start == kNone || start >= text.size())
        return ends;
    const size_t run = hex_run_end(text, start);
    const std::string_view groups = text.substr(start, run - start);
    if (is_loopback_v6(groups)) {
        ends.add(run);
        return ends;
    }
    const size_t last_colon = groups.rfind(':');
    if (last_colon == kNone)
        return ends;
    const size_t tail = start + last_colon + 1, end = tail + kV4.size();
    if (text.substr(tail, kV4.size()) == kV4 &&
        !(end < text.size() && is_hex_or_colon(text[end])) &&
        is_mapped_prefix(groups.substr(0, last_colon + 1)))
        ends.add(end);
    return ends;
}

bool is_ipv4_address(std::string_view text) {
    text = without_final_newline(text);
    return ipv4_end(text, 0) == text.size();
}

bool is_ip_address(std::string_view text) {
    text = without_final_newline(text);
    const IpEnds ends = ip_address_ends(text, 0);
    for (size_t i = 0; i < ends.count; ++i) {
        if (ends.end[i] == text.size())
            return true;
    }
    return false;
}

std::optional<std::string_view> find_ip_address(std::string_view text, size_t from) {
    for (size_t at = from; at < text.size(); ++at) {
        if (const IpEnds ends = ip_address_ends(text, at); ends.count > 0)
            return text.substr(at, ends.end[0] - at);
        // Nothing can start further inside a run of hex digits and colons.
        while (at + 1 < text.size() && is_hex_or_colon(text[at]) && is_hex_or_colon(text[at + 1]))
            ++at;
    }
    return std::nullopt;
}

std::optional<std::string_view> find_ipv4_address(std::string_view text, size_t from) {
    // IPV4_ADDRESS, unlike IP_ADDRESS, does not mind a colon in front.
    for (size_t at = from; at < text.size(); ++at) {
        if (!util::is_digit(static_cast<unsigned char>(text[at])) ||
            (at > 0 && is_word_at(text, at - 1)))
            continue;
        const size_t end = dotted_quad_end(text, at);
        if (end != kNone && !is_word_at(text, end))
            return text.substr(at, end - at);
    }
    return std::nullopt;
}

bool is_private(std::string_view ip_text) {
    if (ip_text.empty())
        return false;
    if (util::is_digit(static_cast<unsigned char>(ip_text[0])) && is_private_v4(ip_text))
        return true;
    const size_t start = v6_start(ip_text, 0);
    const std::string_view text = ip_text.substr(start);
    if (text.size() >= 5 && util::istarts_with(text, "fe") && text[4] == ':' &&
        std::string_view("89abAB").find(text[2]) != kNone &&
        util::is_xdigit(static_cast<unsigned char>(text[3])))
        return true;
    const size_t run = hex_run_end(text, 0);
    if (is_loopback_v6(text.substr(0, run)))
        return true;
    const size_t last_colon = text.substr(0, run).rfind(':');
    return last_colon != kNone && run < text.size() && text[run] == '.' &&
           is_private_v4(text.substr(last_colon + 1)) &&
           is_mapped_prefix(text.substr(0, last_colon + 1));
}

std::optional<std::string> reverse_ip(std::string_view ip_text) {
    if (ip_text.find(':') == kNone) {
        std::string reversed;
        size_t octets = 0;
        for (std::string_view rest = ip_text;;) {
            const size_t dot = rest.find('.');
            const std::string_view octet = rest.substr(0, dot);
            if (octet.empty() || octet.size() > 3 || ++octets > 4 ||
                !std::all_of(octet.begin(), octet.end(),
                             [](unsigned char c) { return util::is_digit(c); }))
                return std::nullopt;
            reversed.insert(0, reversed.empty() ? "" : ".");
            reversed.insert(0, octet);
            if (dot == kNone)
                break;
            rest.remove_prefix(dot + 1);
        }
        return octets == 4 ? std::optional(reversed) : std::nullopt;
    }
    const std::optional<IpAddress> ip = IpAddress::parse(ip_text);
    if (!ip)
        return std::nullopt;
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string reversed;
    reversed.reserve(63);
    for (size_t i = ip->bytes.size(); i-- > 0;) {
        if (!reversed.empty())
            reversed += '.';
        reversed += kHex[ip->bytes[i] & 15];
        reversed += '.';
        reversed += kHex[ip->bytes[i] >> 4];
    }
    return reversed;
}

}  // namespace message
