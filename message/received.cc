#include <algorithm>

#include "message/ip_text.h"
#include "message/received_formats.h"
#include "message/relay.h"
#include "util/strings.h"

namespace message {

namespace {

constexpr size_t kNone = std::string_view::npos;

bool is_digit(char c) {
    return util::is_digit(static_cast<unsigned char>(c));
}
bool is_word(char c) {
    return util::is_word(static_cast<unsigned char>(c));
}

// White space collapsed to single blanks, none at the ends, no semicolons at the end.
std::string collapse(std::string_view value) {
    std::string text;
    text.reserve(value.size() + 1);
    for (unsigned char c : value) {
        if (!util::is_space(c))
            text += static_cast<char>(c);
        else if (!text.empty() && text.back() != ' ')
            text += ' ';
    }
    if (!text.empty() && text.back() == ' ')
        text.pop_back();
    while (!text.empty() && text.back() == ';') {
        text.pop_back();
        if (!text.empty() && text.back() == ' ')
            text.pop_back();
    }
    return text;
}

// Drops what `accept` takes from the end of `text`; false if that is less than one byte.
template <typename Accept>
bool drop_back(std::string_view& text, Accept accept) {
    size_t end = text.size();
    while (end > 0 && accept(text[end - 1]))
        --end;
    const bool any = end < text.size();
    text = text.substr(0, end);
    return any;
}

bool drop_text(std::string_view& text, std::string_view literal) {
    if (text.size() < literal.size() || text.substr(text.size() - literal.size()) != literal)
        return false;
    text.remove_suffix(literal.size());
    return true;
}

// Length of the header in front of "; Tue, 23 May 2006 13:06:35 -0400". Read from the end.
size_t length_without_date(std::string_view text) {
    constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::string_view kDays[] = {"Mon, ", "Tue, ", "Wed, ", "Thu, ",
                                          "Fri, ", "Sat, ", "Sun, "};
    const auto separates = [](char c) { return c == ' ' || c == ';'; };
    std::string_view rest = text;
    if (!drop_back(rest, [](char c) { return c != ' '; }) || !drop_text(rest, " "))
        return text.size();
    if (!drop_back(rest, is_digit) || !drop_text(rest, ":") || !drop_back(rest, is_digit))
        return text.size();
    if (drop_text(rest, ":") && !drop_back(rest, is_digit))
        return text.size();
    if (!drop_text(rest, " ") || !drop_back(rest, is_digit) || !drop_text(rest, " "))
        return text.size();
    const auto drop_month = [&] {
        return std::any_of(std::begin(kMonths), std::end(kMonths),
                           [&](std::string_view month) { return drop_text(rest, month); });
    };
    if (!drop_month() || !drop_text(rest, " ") || !drop_back(rest, is_digit))
        return text.size();
    for (std::string_view day : kDays) {
        std::string_view before = rest;
        if (drop_text(before, day) && drop_back(before, separates))
            return before.size();
    }
    return drop_back(rest, separates) ? rest.size() : text.size();
}

// "from name by name;" without any detail says nothing, unless the name is an address.
bool is_bare_handover(std::string_view text) {
    if (!util::istarts_with(text, "from "))
        return false;
    const size_t name_end = text.find(' ', 5);
    if (name_end == kNone || name_end == 5 || !util::istarts_with(text.substr(name_end), " by "))
        return false;
    const size_t by = name_end + 4;
    size_t end = text.find_first_of(" ;", by);
    if (end == kNone || end == by)
        return false;
    if (text[end] == ' ')
        ++end;
    if (text.substr(end, 1) != ";")
        return false;
    const std::string_view name = text.substr(5, name_end - 5);
    const bool is_address = name.size() > 2 && name.front() == '[' && name.back() == ']' &&
                            std::all_of(name.begin() + 1, name.end() - 1,
                                        [](char c) { return is_digit(c) || c == '.'; });
    return !is_address;
}

bool is_local_delivery(std::string_view text) {
    constexpr std::string_view kLocal = "with local for";
    for (size_t at = text.find(kLocal); at != kNone; at = text.find(kLocal, at + 1)) {
        const size_t end = at + kLocal.size();
        if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end])))
            return true;
    }
    return false;
}

std::string_view find_id(std::string_view text) {
    constexpr std::string_view kId = " id ";
    for (size_t at = text.find(kId); at != kNone; at = text.find(kId, at + 1)) {
        size_t start = at + kId.size();
        if (text.substr(start, 1) == "<")
            ++start;
        const size_t end = std::min(text.find_first_of(" <>;", start), text.size());
        if (end - start >= 3)
            return text.substr(start, end - start);
    }
    return {};
}

// The helo behind `key` at a word's start, as far as it looks like one.
std::string_view find_helo(std::string_view text, std::string_view key) {
    const auto in_helo = [](char c) {
        return util::is_alnum(static_cast<unsigned char>(c)) ||
               std::string_view("-.^+_&:=?!@%*$\\/").find(c) != kNone;
    };
    for (size_t at = text.find(key); at != kNone; at = text.find(key, at + 1)) {
        if (at > 0 && is_word(text[at - 1]))
            continue;
        const size_t start = at + key.size();
        size_t end = start;
        while (end < text.size() && in_helo(text[end]))
            ++end;
        if (end > start)
            return text.substr(start, end - start);
    }
    return {};
}

std::string_view find_any_helo(std::string_view text) {
    if (const std::string_view helo = find_helo(text, "helo="); !helo.empty())
        return helo;
    const std::string_view helo = find_helo(text, "HELO "), ehlo = find_helo(text, "EHLO ");
    if (helo.empty() || ehlo.empty())
        return helo.empty() ? ehlo : helo;
    return helo.data() < ehlo.data() ? helo : ehlo;
}

std::string_view find_by(std::string_view text) {
    constexpr std::string_view kBy = " by ";
    const size_t at = text.find(kBy);
    if (at == kNone)
        return {};
    const size_t start = at + kBy.size();
    return text.substr(start, std::min(text.find(' ', start), text.size()) - start);
}

// Behind "envelope-from ", "envelope-sender=", "return-path: ": a word, up to the last place where
// a name could end.
std::optional<std::string_view> find_envelope_sender(std::string_view text) {
    size_t at = 0;
    for (;; ++at) {
        at = text.find_first_of("eErR", at);
        if (at == kNone)
            return std::nullopt;
        const std::string_view rest = text.substr(at);
        size_t length = 0;
        if (util::istarts_with(rest, "return-path")) {
            length = 11;
            if (rest.substr(length, 1) == ":")
                ++length;
            if (rest.substr(length, 1) != " ")
                continue;
        } else if (util::istarts_with(rest, "envelope-")) {
            if (util::istarts_with(rest.substr(9), "sender"))
                length = 15;
            else if (util::istarts_with(rest.substr(9), "from"))
                length = 13;
            else
                continue;
            const std::string_view next = rest.substr(length, 1);
            if (next != " " && next != "=")
                continue;
        } else {
            continue;
        }
        const size_t start = at + length + 1;
        const size_t word_end = std::min(text.find(' ', start), text.size());
        for (size_t end = word_end; end > start; --end) {
            if (is_word(text[end - 1]) != (end < text.size() && is_word(text[end])))
                return text.substr(start, end - start);
        }
    }
}

// The first address in brackets.
std::string_view find_bracketed_address(std::string_view text) {
    for (size_t at = text.find('['); at != kNone; at = text.find('[', at + 1)) {
        const IpEnds ends = ip_address_ends(text, at + 1);
        for (size_t i = 0; i < ends.count; ++i) {
            if (ends.end[i] < text.size() && text[ends.end[i]] == ']')
                return text.substr(at + 1, ends.end[i] - at - 1);
        }
    }
    return {};
}

// Bytes that would blur the fields of a relay's text become "!".
std::string flag_odd_bytes(std::string_view value) {
    constexpr std::string_view kOdd("\0#[]()<>|", 9);
    std::string text(value);
    for (char& c : text) {
        if (util::is_space(static_cast<unsigned char>(c)) || kOdd.find(c) != kNone)
            c = '!';
    }
    return text;
}

std::string clean_envelope_sender(std::string_view value) {
    value.remove_prefix(std::min(value.find_first_not_of('<'), value.size()));
    while (!value.empty() && value.back() == '>')
        value.remove_suffix(1);
    return flag_odd_bytes(value);
}

// "::ffff:192.0.2.1" -> "192.0.2.1"
std::string_view without_v4_mapping(std::string_view ip) {
    const size_t prefix_end = std::min(ip.find_first_not_of("0:"), ip.size());
    const std::string_view prefix = ip.substr(0, prefix_end);
    if (std::count(prefix.begin(), prefix.end(), ':') < 2 || prefix.back() != ':' ||
        !util::istarts_with(ip.substr(prefix_end), "ffff:"))
        return ip;
    const std::string_view v4 = ip.substr(prefix_end + 5);
    size_t dots = 0;
    bool empty_octet = true;
    for (char c : v4) {
        if (c == '.') {
            if (empty_octet)
                return ip;
            ++dots;
        } else if (!is_digit(c)) {
            return ip;
        }
        empty_octet = c == '.';
    }
    return dots == 3 && !empty_octet ? v4 : ip;
}

std::string clean_ip(std::string_view ip) {
    if (util::istarts_with(ip, "ipv6:"))
        ip.remove_prefix(5);
    if (!ip.empty() && ip.front() == '[')
        ip.remove_prefix(1);
    if (!ip.empty() && ip.back() == ']')
        ip.remove_suffix(1);
    return flag_odd_bytes(without_v4_mapping(ip));
}

std::string clean_rdns(std::string_view rdns) {
    while (!rdns.empty() && rdns.back() == '.')
        rdns.remove_suffix(1);
    if (util::iequals(rdns, "unknown") || rdns.substr(0, 1) == "[")
        return {};
    return flag_odd_bytes(rdns);
}

Relay make_relay(ReceivedFields&& fields) {
    Relay relay;
    relay.ip = clean_ip(fields.ip);
    relay.rdns = clean_rdns(fields.rdns);
    relay.helo = flag_odd_bytes(fields.helo);
    if (!fields.by.empty() && fields.by.back() == ';')
        fields.by.remove_suffix(1);
    relay.by = flag_odd_bytes(fields.by);
    relay.ident = flag_odd_bytes(fields.ident);
    if (fields.envfrom)
        relay.envfrom = clean_envelope_sender(*fields.envfrom);
    relay.has_envfrom = fields.envfrom.has_value();
    relay.id = std::string(fields.id);
    relay.auth = std::move(fields.auth);
    relay.ip_private = is_private(std::string_view(relay.ip));
    relay.no_reverse_dns = relay.rdns.empty() && fields.looked_up_dns;
    return relay;
}

// Perl's idea of a string that counts as nothing.
bool is_false(std::string_view text) {
    return text.empty() || text == "0";
}

}  // namespace

ParsedReceived parse_received(std::string_view value) {
    ParsedReceived parsed;
    std::string header = collapse(value);
    const bool parenthesized = !header.empty() && header[0] == '(';
    if (!util::istarts_with(std::string_view(header).substr(parenthesized ? 1 : 0), "from ") ||
        is_local_delivery(header) || is_bare_handover(header)) {
        parsed.kind = ReceivedKind::Skipped;
        return parsed;
    }
    header.resize(length_without_date(header));
    if (const size_t at = header.find(")by "); at != kNone)
        header.insert(at + 1, 1, ' ');

    const std::string_view text = header;
    ReceivedFields fields;
    fields.id = find_id(text);
    fields.helo = find_any_helo(text);
    fields.by = find_by(text);
    fields.auth = find_authentication(text);

    FormatResult result = FormatResult::Unrecognized;
    std::string_view body = text;
    constexpr std::string_view kFrom = "from ", kCapitalFrom = "FROM ", kParenthesized = "(from ";
    if (text.substr(0, kFrom.size()) == kFrom) {
        body = text.substr(kFrom.size());
        fields.envfrom = find_envelope_sender(body);
        result = read_from_format(body, fields);
    } else if (text.substr(0, kCapitalFrom.size()) == kCapitalFrom) {
        body = text.substr(kCapitalFrom.size());
        result = read_capital_from_format(body, fields);
    } else if (text.substr(0, kParenthesized.size()) == kParenthesized) {
        body = text.substr(kParenthesized.size());
        result = read_parenthesized_format(body, fields);
    }
    switch (result) {
        case FormatResult::Fetched:
            parsed.kind = ReceivedKind::Skipped;
            parsed.resets_trust = true;
            return parsed;
        case FormatResult::QmailScanner:
            parsed.kind = ReceivedKind::Skipped;
            if (fields.envfrom)
                parsed.envfrom_of_next = clean_envelope_sender(*fields.envfrom);
            return parsed;
        case FormatResult::Skipped:
            parsed.kind = ReceivedKind::Skipped;
            return parsed;
        case FormatResult::Unrecognized:
            if (fields.ip.empty())
                fields.ip = find_bracketed_address(body);
            if (fields.ip.empty() || is_false(fields.by))
                return parsed;
            break;
        case FormatResult::Relay:
            break;
    }
    parsed.kind = ReceivedKind::Relay;
    parsed.relay = make_relay(std::move(fields));
    return parsed;
}

}  // namespace message
