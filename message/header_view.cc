// What a header rule sees: real and pseudo-headers with their modifiers (PerMsgStatus::_get).

#include <algorithm>

#include "message/address.h"
#include "message/header_decode.h"
#include "message/host_name.h"
#include "message/views.h"
#include "regex/regex.h"
#include "util/strings.h"

namespace message {

namespace {

constexpr size_t kAllLimit = 65536;  // bytes of the ALL view

struct Modifiers {
    bool raw = false, addr = false, name = false, host = false, domain = false, ip = false,
         revip = false;
    bool first = false, last = false;
    bool is_list() const { return addr || name || host || ip; }
};

std::string_view split_spec(std::string_view spec, Modifiers& m) {
    size_t colon = spec.find(':');
    if (colon == std::string_view::npos)
        return spec;
    for (auto word : util::split(spec.substr(colon + 1), ':')) {
        if (word == "raw")
            m.raw = true;
        else if (word == "addr")
            m.addr = true;
        else if (word == "name")
            m.name = true;
        else if (word == "host")
            m.host = true;
        else if (word == "domain")
            m.host = m.domain = true;
        else if (word == "ip")
            m.ip = true;
        else if (word == "revip")
            m.ip = m.revip = true;
        else if (word == "first")
            m.first = true;
        else if (word == "last")
            m.last = true;
    }
    return spec.substr(0, colon);
}

// Fields of the pristine header block, each with its folds.
std::vector<std::string> raw_fields(std::string_view block) {
    std::vector<std::string> out;
    size_t at = 0;
    while (at < block.size()) {
        auto line = block.substr(at, block.find('\n', at) == std::string_view::npos
                                         ? std::string_view::npos
                                         : block.find('\n', at) + 1 - at);
        bool starts = !line.starts_with(' ') && !line.starts_with('\t');
        if (starts)
            out.emplace_back(line);
        else if (!out.empty())
            out.back() += line;
        at += line.size();
    }
    // The blank line at the end is no field; /^([^ \t].*?\n)/s would take "\n" for one.
    return out;
}

// s/\r?\n\s+/ /g
std::string unfold(std::string_view raw) {
    std::string out;
    for (size_t i = 0; i < raw.size();) {
        size_t newline = raw[i] == '\r' && i + 1 < raw.size() && raw[i + 1] == '\n' ? i + 1 : i;
        if (raw[newline] == '\n' && newline + 1 < raw.size() && util::is_space(raw[newline + 1])) {
            out += ' ';
            i = newline + 1;
            while (i < raw.size() && util::is_space(raw[i]))
                ++i;
        } else {
            out += raw[i++];
        }
    }
    return out;
}

// The value that decides how a list is joined: one that ends in a newline brings its own.
std::string join(const std::vector<std::string>& values) {
    bool own = values.front().ends_with('\n');
    std::string out;
    for (const auto& value : values) {
        if (!own && &value != &values.front())
            out += '\n';
        out += value;
    }
    return out;
}

struct Patterns {
    regex::Regex host = regex::Regex::literal(
        "(?<![._-])(\\S{1,251}\\.(?<![a-zA-Z0-9-])([a-zA-Z0-9-]+)(?!(?:[a-zA-Z0-9-]|\\.[a-zA-Z0-9])"
        "))(?![._-])",
        "i");
    regex::Regex at_host = regex::Regex::literal(".*\\@(\\S+)");
    regex::Regex ip = regex::Regex::literal(
        "(?<!\\.)\\b((?:(?:1\\d\\d|2[0-4]\\d|25[0-5]|[1-9]\\d|\\d)\\.){3}(?:1\\d\\d|2[0-4]\\d|25[0-"
        "5]|[1-9]\\d|\\d))\\b(?!\\.)");
    regex::Regex single_quotes = regex::Regex::literal("^'(.*?)'$");
};
const Patterns& patterns() {
    static const Patterns p;
    return p;
}

std::string reverse_ip(std::string_view ip) {
    auto octets = util::split(ip, '.');
    std::string out;
    for (auto it = octets.rbegin(); it != octets.rend(); ++it)
        out += (out.empty() ? "" : ".") + std::string(*it);
    return out;
}

}  // namespace

// Builds the views; a friend would do, but Views is an inside type of Message.
class HeaderViewBuilder {
public:
    explicit HeaderViewBuilder(const Message& message, Message::Views& views)
        : message_(message), views_(views) {}

    std::vector<std::string> build(std::string_view spec) {
        Modifiers m;
        std::string_view name = split_spec(spec, m);
        std::vector<std::string> values;
        if (name == "ALL")
            return all(m.raw);
        if (name == "ALL-TRUSTED")
            return range(-1, message_.trust_path().last_trusted_header + 1, m.raw);
        if (name == "ALL-INTERNAL")
            return range(-1, message_.trust_path().last_internal_header + 1, m.raw);
        if (name == "ALL-UNTRUSTED")
            return range(message_.trust_path().last_trusted_header + 1, -1, m.raw);
        if (name == "ALL-EXTERNAL")
            return range(message_.trust_path().last_internal_header + 1, -1, m.raw);
        if (util::iequals(name, "EnvelopeFrom")) {
            if (auto sender = envelope_from())
                values.push_back(*sender);
        } else if (util::iequals(name, "X-Spam-Relays-Untrusted")) {
            values.push_back(TrustPath::as_string(message_.trust_path().untrusted));
        } else if (util::iequals(name, "X-Spam-Relays-Trusted")) {
            values.push_back(TrustPath::as_string(message_.trust_path().trusted));
        } else if (util::iequals(name, "X-Spam-Relays-External")) {
            values.push_back(TrustPath::as_string(message_.trust_path().external));
        } else if (util::iequals(name, "X-Spam-Relays-Internal")) {
            values.push_back(TrustPath::as_string(message_.trust_path().internal));
        } else if (util::iequals(name, "ToCc")) {
            collect("To", m.raw, values);
            collect("Cc", m.raw, values);
        } else if (name == "MESSAGEID") {
            for (const char* id :
                 {"X-Message-Id", "Resent-Message-Id", "X-Original-Message-ID", "Message-Id"})
                collect(id, m.raw, values);
            std::erase(values, "");
        } else if (m.raw || m.addr || m.name) {
            for (const auto& field : message_.header_fields())
                if (util::iequals(field.name, util::trim(name)))
                    values.push_back(field.raw);
        } else {
            collect(name, false, values);
        }
        if (values.empty())
            if (auto metadata = message_.metadata(name))
                values.emplace_back(*metadata);
        if (values.empty())
            return values;
        if (m.first)
            values.resize(1);
        else if (m.last)
            values = {values.back()};
        if (m.addr || m.name)
            values = mailboxes(values, m, name);
        if (m.host)
            values = hosts(values, m);
        else if (m.ip)
            values = addresses_in(values, m.revip);
        return values;
    }

private:
    void collect(std::string_view name, bool raw, std::vector<std::string>& values) const {
        for (const auto& field : message_.header_fields())
            if (util::iequals(field.name, name))
                values.push_back(raw ? unfold(field.raw) : field.decoded + "\n");
    }

    std::vector<std::string> all(bool raw) {
        if (raw) {
            auto fields = raw_fields(message_.pristine_headers());
            return fields;
        }
        std::vector<std::string> out;
        size_t size = 0;
        for (const auto& field : message_.header_fields()) {
            size += field.name.size() + field.decoded.size() + 3;
            if (size > kAllLimit) {
                views_.defects.insert("truncated_header");
                break;
            }
            out.push_back(field.name + ": " + field.decoded + "\n");
        }
        return out;
    }

    // Fields from the start-th Received header on, or through the end-th; -1 = no bound.
    std::vector<std::string> range(int start, int end, bool raw) {
        std::vector<std::string> out;
        int received = -1;
        for (auto& field : all(raw)) {
            if (util::istarts_with(field, "Received:"))
                ++received;
            bool after_start = start < 0 || start <= received;
            if (after_start && (end < 0 || received < end)) {
                out.push_back(std::move(field));
            } else if (end >= 0 && received == end) {
                out.push_back(std::move(field));
                break;
            }
        }
        return out;
    }

    std::vector<std::string> mailboxes(const std::vector<std::string>& values, const Modifiers& m,
                                       std::string_view name) const {
        std::vector<std::string> out;
        for (const auto& value : values)
            for (auto& mailbox : parse_addresses(value)) {
                if (m.addr) {
                    if (mailbox.address)
                        out.push_back(std::move(*mailbox.address));
                } else if (mailbox.phrase) {
                    out.push_back(m.raw ? *mailbox.phrase : readable_name(*mailbox.phrase, name));
                }
            }
        return out;
    }

    static std::string readable_name(const std::string& phrase, std::string_view header) {
        std::string decoded = decode_header(phrase, "PMS:get:" + std::string(header));
        if (util::trim(decoded).empty())
            return decoded;
        std::string squeezed;
        for (auto word : util::words(decoded))
            squeezed += (squeezed.empty() ? "" : " ") + std::string(word);
        regex::MatchData m;
        if (patterns().single_quotes.search(squeezed, m))
            return std::string(m.text(1)) + squeezed.substr(m.end());
        return squeezed;
    }

    std::vector<std::string> hosts(const std::vector<std::string>& values,
                                   const Modifiers& m) const {
        std::vector<std::string> out;
        const auto& registry = message_.settings().registry;
        for (const auto& value : values) {
            std::string host;
            regex::MatchData match;
            if (m.addr) {
                if (patterns().at_host.search(value, match))
                    host = std::string(match.text(1));
            } else if (registry) {
                auto valid = [&](const regex::MatchData& found) {
                    return registry->is_valid_tld(found.text(2)) &&
                           is_fqdn_valid(idn_to_ascii(found.text(1)));
                };
                // Behind the last '@', else the first host name there is.
                size_t at = value.rfind('@');
                if (at != std::string::npos && patterns().host.search(value, match, at + 1) &&
                    match.start() == at + 1 && valid(match))
                    host = std::string(match.text(1));
                if (host.empty())
                    regex::for_each_match(patterns().host, value, match,
                                          [&](const regex::MatchData& found) {
                                              if (valid(found))
                                                  host = std::string(found.text(1));
                                              return host.empty();
                                          });
            }
            if (host.empty() || host == "0")
                continue;
            out.push_back(m.domain && registry ? registry->trim_domain(host, true) : host);
        }
        return out;
    }

    static std::vector<std::string> addresses_in(const std::vector<std::string>& values,
                                                 bool reversed) {
        std::vector<std::string> out;
        regex::MatchData m;
        for (const auto& value : values)
            if (patterns().ip.search(value, m))
                out.push_back(reversed ? reverse_ip(m.text(1)) : std::string(m.text(1)));
        return out;
    }

    std::optional<std::string> first_address(const std::string& header) {
        auto values = build(header + ":first:addr");
        if (values.empty())
            return std::nullopt;
        return values.front();
    }

    // Does the header stand below a Received line?
    bool is_below_received(std::string_view name) const {
        bool received = false;
        for (const auto& field : message_.header_fields()) {
            received |= util::iequals(field.name, "Received");
            if (received && util::iequals(field.name, name))
                return true;
        }
        return false;
    }

    // Who sent this, by the envelope; "" is the null sender, nullopt means nobody knows.
    std::optional<std::string> envelope_from() {
        const MessageSettings& settings = message_.settings();
        auto acceptable = [](const std::string& sender) {
            size_t at = sender.find('@');
            return sender.empty() || (at != std::string::npos && at > 0);
        };
        if (!settings.envelope_sender_header.empty()) {
            auto sender = first_address(settings.envelope_sender_header);
            return sender && acceptable(*sender) ? sender : std::nullopt;
        }
        if (const Relay* hop = message_.trust_path().envelope_hop())
            if ((hop->has_envfrom || !hop->envfrom.empty()) && acceptable(hop->envfrom))
                return hop->envfrom;
        // Fetched mail with an X-Sender carries the envelope of whoever fetched it.
        auto x_sender = first_address("X-Sender");
        if (x_sender && x_sender->find('@') != std::string::npos)
            for (auto value : message_.root().header_values("Received"))
                if (value.find("(fetchmail") != std::string_view::npos)
                    return std::nullopt;
        if (auto sender = first_address("X-Envelope-From"))
            return is_below_received("X-Envelope-From") ? std::nullopt : sender;
        for (const char* header : {"Envelope-Sender", "Return-Path"})
            if (auto sender = first_address(header); sender && !is_below_received(header))
                return sender;
        return std::nullopt;
    }

    const Message& message_;
    Message::Views& views_;
};

std::optional<std::string_view> Message::get(std::string_view spec) const {
    auto it = views_->headers.find(spec);
    if (it == views_->headers.end()) {
        Views::HeaderView view;
        view.values = HeaderViewBuilder(*this, *views_).build(spec);
        if (!view.values.empty())
            view.joined = join(view.values);
        it = views_->headers.emplace(std::string(spec), std::move(view)).first;
    }
    if (!it->second.joined)
        return std::nullopt;
    return *it->second.joined;
}

std::string_view Message::get_or(std::string_view spec, std::string_view fallback) const {
    return get(spec).value_or(fallback);
}

std::vector<std::string> Message::addresses(std::string_view header) const {
    std::string spec = std::string(header) + ":addr";
    get(spec);
    return views_->headers.find(spec)->second.values;
}

}  // namespace message
