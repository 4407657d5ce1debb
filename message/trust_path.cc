#include <algorithm>

#include "message/ip_text.h"
#include "message/relay.h"
#include "util/strings.h"

namespace message {

namespace {

// Puts the digit of the first " key=D " in its place, as the text of a relay may itself hold one.
void set_flag(std::string& text, std::string_view key, bool value) {
    for (size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
        const size_t digit = at + key.size();
        if (digit + 1 < text.size() && util::is_digit(static_cast<unsigned char>(text[digit])) &&
            text[digit + 1] == ' ') {
            text[digit] = value ? '1' : '0';
            return;
        }
    }
}

}  // namespace

std::string Relay::lc_rdns() const {
    return util::lower(rdns);
}
std::string Relay::lc_helo() const {
    return util::lower(helo);
}
std::string Relay::lc_by() const {
    return util::lower(by);
}

void Relay::append_to(std::string& out) const {
    const size_t start = out.size();
    out.append("[ ip=").append(ip).append(" rdns=").append(rdns);
    out.append(" helo=").append(helo).append(" by=").append(by);
    out.append(" ident=").append(ident).append(" envfrom=");
    if (envfrom != "0")
        out.append(envfrom);
    out.append(" intl=").append(internal ? "1" : "0");
    out.append(" id=").append(id).append(" auth=").append(auth).append(" msa=");
    if (auth.find(" msa=") == std::string::npos) {
        out.append(msa ? "1 ]" : "0 ]");
        return;
    }
    // Authentication comes from the header and may imitate what follows it.
    out.append("0 ]");
    std::string tail = out.substr(start);
    set_flag(tail, " msa=", msa);
    out.replace(start, std::string::npos, tail);
}

std::string Relay::as_string() const {
    std::string out;
    append_to(out);
    return out;
}

std::string TrustPath::as_string(const std::vector<Relay>& relays) {
    std::string out;
    out.reserve(relays.size() * 200);
    for (const Relay& relay : relays) {
        if (!out.empty())
            out += ' ';
        relay.append_to(out);
    }
    return out;
}

std::vector<std::string> TrustPath::reverse_ips(const std::vector<Relay>& relays) {
    std::vector<std::string> reversed;
    for (const Relay& relay : relays) {
        if (relay.ip_private)
            continue;
        if (std::optional<std::string> reverse = reverse_ip(relay.ip))
            reversed.push_back(std::move(*reverse));
    }
    return reversed;
}

namespace {

// Walks down the hops, newest first, and remembers how far trust has come.
class TrustWalk {
public:
    explicit TrustWalk(const MessageSettings& settings)
        : settings_(settings),
          configured_(settings.trusted_networks_configured ||
                      settings.internal_networks_configured),
          // One list stands for the other when only one is given.
          trusted_networks_(settings.trusted_networks_configured || !configured_
                                ? settings.trusted_networks
                                : settings.internal_networks),
          internal_networks_(settings.internal_networks_configured || !configured_
                                 ? settings.internal_networks
                                 : settings.trusted_networks) {}

    void take(std::string_view value) {
        // A qmail-scanner header describes the hand-over of the header below it.
        std::optional<std::string> envfrom = std::move(envfrom_of_next_);
        envfrom_of_next_.reset();
        ParsedReceived parsed = parse_received(value);
        if (parsed.kind != ReceivedKind::Relay) {
            if (parsed.kind == ReceivedKind::Unparseable)
                ++path_.unparseable;
            if (parsed.resets_trust && fetch_counts_)
                forget();
            if (parsed.envfrom_of_next && !parsed.envfrom_of_next->empty() &&
                *parsed.envfrom_of_next != "0")
                envfrom_of_next_ = std::move(parsed.envfrom_of_next);
            if (in_trusted_)
                ++path_.last_trusted_header;
            if (in_internal_)
                ++path_.last_internal_header;
            return;
        }
        Relay& relay = parsed.relay;
        if (envfrom) {
            relay.envfrom = std::move(*envfrom);
            relay.has_envfrom = true;
        }
        if (in_trusted_ && !past_msa_)
            judge(relay);
        relay.internal = in_internal_;
        place(std::move(relay));
    }

    TrustPath take_path() { return std::move(path_); }

private:
    void judge(Relay& relay) {
        const bool authenticated = !relay.auth.empty();
        if (!configured_) {
            if (!relay.ip_private && !authenticated)
                in_trusted_ = in_internal_ = false;
            return;
        }
        if (!authenticated && !trusted_networks_.contains(relay.ip)) {
            in_trusted_ = in_internal_ = false;
            return;
        }
        if (in_internal_ && !authenticated && !internal_networks_.contains(relay.ip))
            in_internal_ = false;
        if (settings_.msa_networks.contains(relay.ip)) {
            past_msa_ = true;
            relay.msa = true;
        }
    }

    void place(Relay&& relay) {
        fetch_counts_ = in_trusted_;
        if (in_internal_) {
            ++path_.last_internal_header;
            path_.internal.push_back(relay);
        } else {
            path_.external.push_back(relay);
        }
        if (in_trusted_) {
            ++path_.last_trusted_header;
            path_.trusted.push_back(std::move(relay));
        } else {
            path_.untrusted.push_back(std::move(relay));
        }
    }

    // A fetch from a mailbox inside the trusted part: what lies above is our own business.
    void forget() {
        path_.trusted.clear();
        path_.internal.clear();
        path_.external.clear();
    }

    const MessageSettings& settings_;
    const bool configured_;
    const NetSet& trusted_networks_;
    const NetSet& internal_networks_;
    TrustPath path_;
    bool in_trusted_ = true;
    bool in_internal_ = true;
    bool past_msa_ = false;
    bool fetch_counts_ = true;
    std::optional<std::string> envfrom_of_next_;
};

}  // namespace

TrustPath build_trust_path(const std::vector<std::string>& received,
                           const std::vector<std::pair<std::string, std::string>>& originating,
                           const MessageSettings& settings) {
    TrustWalk walk(settings);
    const size_t count = std::min(received.size(), settings.limits.max_received);
    for (size_t i = 0; i < count; ++i)
        walk.take(received[i]);
    for (const auto& [name, value] : originating) {
        if (const auto ip = find_ip_address(value))
            walk.take("from X-Originating-IP: " + std::string(*ip));
    }
    return walk.take_path();
}

namespace {

// Index of the Received header with the given number among its kind; the size if there is none.
size_t nth_received(const std::vector<bool>& is_received, int number) {
    for (size_t i = 0; i < is_received.size(); ++i) {
        if (is_received[i] && number-- == 0)
            return i;
    }
    return is_received.size();
}

}  // namespace

HeaderRange fields_through_received(const std::vector<bool>& is_received, int last) {
    return {0, std::min(nth_received(is_received, last + 1) + 1, is_received.size())};
}

HeaderRange fields_from_received(const std::vector<bool>& is_received, int last) {
    return {nth_received(is_received, last + 1), is_received.size()};
}

}  // namespace message
