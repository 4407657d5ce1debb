// What a header rule sees: real and pseudo-headers with their modifiers (PerMsgStatus::_get).

#include <algorithm>

#include "message/address.h"
#include "message/header_decode.h"
#include "message/host_name.h"
#include "message/ip_text.h"
#include "message/views.h"
#include "util/strings.h"

namespace message {

namespace {

struct Modifiers {
    bool raw = false, addr = false, name = false, host = false, domain = false, ip = false,
         revip = false;
    bool first = false, last = false;
};

std::string_view split_spec(std::string_view spec, Modifiers& m) {
    size_t colon = spec.find(':');
    std::string_view name = spec.substr(0, colon);
    while (colon != std::string_view::npos) {
        spec.remove_prefix(colon + 1);
        colon = spec.find(':');
        std::string_view word = spec.substr(0, colon);
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
    return name;
}

// Calls fn for every line, its newline included.
template <typename Fn>
void for_each_line(std::string_view text, Fn&& fn) {
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        if (line.size() < text.size())
            line = text.substr(0, line.size() + 1);
        fn(line);
        text.remove_prefix(line.size());
    }
}

bool is_fold(std::string_view line) {
    return line.starts_with(' ') || line.starts_with('\t');
}

// The fields of the pristine header block with their folds. Folds in front of the first field, the
// blank line at the end, and a last field without a line end are none.
std::string_view raw_fields(std::string_view block) {
    size_t at = 0, first = block.size(), last = 0;  // where fields start
    for_each_line(block, [&](std::string_view line) {
        if (!is_fold(line)) {
            first = std::min(first, at);
            last = at;
        }
        at += line.size();
    });
    std::string_view field = block.substr(last);
    if (field == "\n" || !field.ends_with('\n'))
        block = block.substr(0, last);
    return block.substr(std::min(first, block.size()));
}

// From the start-th Received header on, or through the end-th; -1 = no bound. Folds are lines like
// others unless they are raw.
std::string_view range_of(std::string_view fields, int start, int end, bool raw) {
    int received = -1;
    size_t begin = fields.size();
    for (size_t at = 0; at < fields.size();) {
        std::string_view rest = fields.substr(at);
        if (util::istarts_with(rest, "Received:"))
            ++received;
        if (start <= received)
            begin = std::min(begin, at);
        do
            at = std::min(fields.find('\n', at), fields.size() - 1) + 1;
        while (raw && is_fold(fields.substr(at)));
        if (end >= 0 && received == end)
            return fields.substr(begin, at - begin);
    }
    return fields.substr(begin);
}

// Line ends with the white space behind them become one blank.
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

// One string of the values, as Check.pm makes it for header rules: values that bring no line end
// of their own get one between them.
std::string join(const std::vector<std::string>& values) {
    bool own = values.front().ends_with('\n');
    size_t size = values.size();
    for (const auto& value : values)
        size += value.size();
    std::string out;
    out.reserve(size);
    for (const auto& value : values) {
        if (!own && &value != &values.front())
            out += '\n';
        out += value;
    }
    return out;
}

bool is_host_glue(char c) {
    return c == '.' || c == '_' || c == '-';
}

// A dot with a known TLD behind it, where a host name may end.
struct HostEnd {
    size_t dot, end;
};

std::vector<HostEnd> host_ends(std::string_view line, const Registry& registry) {
    std::vector<HostEnd> ends;
    auto in_label = [&](size_t i) {
        return i < line.size() && (util::is_alnum(line[i]) || line[i] == '-');
    };
    for (size_t dot = line.find('.'); dot != std::string_view::npos;
         dot = line.find('.', dot + 1)) {
        size_t end = dot + 1;
        while (in_label(end))
            ++end;
        if (end == dot + 1 || (end < line.size() && is_host_glue(line[end])))
            continue;
        if (registry.is_valid_tld(util::lower(line.substr(dot + 1, end - dot - 1))))
            ends.push_back({dot, end});
    }
    return ends;
}

constexpr size_t kMaxHost = 251;  // bytes in front of the last dot

// The longest name that starts at `at` and ends at one of `ends`; "" if none.
std::string_view host_at(std::string_view line, size_t at, const std::vector<HostEnd>& ends) {
    size_t space = at;
    while (space < line.size() && space - at < kMaxHost && !util::is_space(line[space]))
        ++space;
    auto it = std::upper_bound(ends.begin(), ends.end(), space,
                               [](size_t limit, const HostEnd& e) { return limit < e.dot; });
    if (it == ends.begin() || (--it)->dot <= at)
        return {};
    return line.substr(at, it->end - at);
}

bool is_valid_host(std::string_view host) {
    return is_fqdn_valid(idn_to_ascii(host));
}

// Behind the last "@" of a line that a host name follows, first such line.
std::string_view host_behind_at(std::string_view text, const Registry& registry) {
    std::string_view found;
    for_each_line(text, [&](std::string_view line) {
        if (!found.empty() || line.find('@') == std::string_view::npos)
            return;
        auto ends = host_ends(line, registry);
        for (size_t at = line.rfind('@'); at != std::string_view::npos && found.empty();
             at = at == 0 ? std::string_view::npos : line.rfind('@', at - 1))
            found = host_at(line, at + 1, ends);
    });
    return is_valid_host(found) ? found : std::string_view();
}

// The first well-formed host name anywhere.
std::string_view first_host(std::string_view text, const Registry& registry) {
    auto ends = host_ends(text, registry);
    size_t next = 0;  // of `ends`
    for (size_t at = 0; at < text.size() && next < ends.size(); ++at) {
        while (next < ends.size() && ends[next].dot <= at)
            ++next;
        // No end near enough: this cannot be a start.
        if (next == ends.size() || ends[next].dot - at > kMaxHost || util::is_space(text[at]) ||
            (at > 0 && is_host_glue(text[at - 1])))
            continue;
        std::string_view host = host_at(text, at, ends);
        if (host.empty())
            continue;
        if (is_valid_host(host))
            return host;
        at += host.size() - 1;
    }
    return {};
}

// Everything up to white space behind the last "@" of a line.
std::string_view behind_at(std::string_view text) {
    std::string_view found;
    for_each_line(text, [&](std::string_view line) {
        size_t at = found.empty() ? line.rfind('@') : std::string_view::npos;
        while (at != std::string_view::npos && found.empty()) {
            size_t end = at + 1;
            while (end < line.size() && !util::is_space(line[end]))
                ++end;
            found = line.substr(at + 1, end - at - 1);
            at = at == 0 ? std::string_view::npos : line.rfind('@', at - 1);
        }
    });
    return found;
}

// The first address that is no piece of a longer run of words and dots.
std::optional<std::string_view> first_ip(std::string_view text) {
    auto word_at = [&](size_t i) { return i < text.size() && util::is_word(text[i]); };
    for (size_t at = 0; at < text.size(); ++at) {
        if (at > 0 && (text[at - 1] == '.' || word_at(at - 1) == word_at(at)))
            continue;
        if (at == 0 && !word_at(0))
            continue;
        IpEnds ends = ip_address_ends(text, at);
        for (size_t i = 0; i < ends.count; ++i) {
            size_t end = ends.end[i];
            if (word_at(end - 1) != word_at(end) && (end >= text.size() || text[end] != '.'))
                return text.substr(at, end - at);
        }
    }
    return std::nullopt;
}

}  // namespace

class HeaderViewBuilder {
public:
    explicit HeaderViewBuilder(const Message& message, Message::Views& views)
        : message_(message), views_(views) {}

    std::vector<std::string> build(std::string_view spec) {
        Modifiers m;
        std::string_view name = split_spec(spec, m);
        if (name == "ALL")
            return one(m.raw ? raw_fields(message_.pristine_headers()) : all());
        if (name == "ALL-TRUSTED")
            return range(-1, message_.trust_path().last_trusted_header + 1, m.raw);
        if (name == "ALL-INTERNAL")
            return range(-1, message_.trust_path().last_internal_header + 1, m.raw);
        if (name == "ALL-UNTRUSTED")
            return range(message_.trust_path().last_trusted_header + 1, -1, m.raw);
        if (name == "ALL-EXTERNAL")
            return range(message_.trust_path().last_internal_header + 1, -1, m.raw);
        std::vector<std::string> values = unparsed(name, m);
        if (values.empty())
            return values;
        if (m.first)
            values.resize(1);
        else if (m.last)
            values = {values.back()};
        if (m.addr || m.name)
            values = mailboxes(values, m);
        if (m.host)
            values = hosts(values, m);
        else if (m.ip)
            values = addresses_in(values, m.revip);
        return values;
    }

    std::string all() const {
        std::string out;
        size_t size = 0;
        for_each_field([&](const HeaderField& field) { size += line_size(field); });
        out.reserve(size);
        for_each_field([&](const HeaderField& field) {
            out.append(field.name).append(": ").append(field.decoded) += '\n';
        });
        return out;
    }

    static size_t line_size(const HeaderField& field) {
        return field.name.size() + field.decoded.size() + 3;
    }

private:
    // Calls fn for every field that ALL shows.
    template <typename Fn>
    void for_each_field(Fn&& fn) const {
        const auto& fields = message_.header_fields();
        size_t limit = message_.settings().limits.max_headers;
        size_t size = 0;
        for (const HeaderField& field : fields)
            size += line_size(field);
        std::vector<bool> kept;  // empty: all
        if (size > limit)
            kept = kept_within(limit);
        for (size_t i = 0; i < fields.size(); ++i)
            if (kept.empty() || kept[i])
                fn(fields[i]);
    }

    // What is cut when there is too much: fields are counted name by name, in the order in which
    // the names first stand, and counting stops at the first one too many.
    std::vector<bool> kept_within(size_t limit) const {
        const auto& fields = message_.header_fields();
        std::vector<bool> kept(fields.size(), false);
        util::StringMap<size_t> group_of;
        std::vector<std::vector<size_t>> groups;
        for (size_t i = 0; i < fields.size(); ++i) {
            auto [it, fresh] = group_of.emplace(util::lower(fields[i].name), groups.size());
            if (fresh)
                groups.emplace_back();
            groups[it->second].push_back(i);
        }
        size_t size = 0;
        for (const auto& group : groups)
            for (size_t i : group) {
                size += line_size(fields[i]);
                if (size > limit)
                    return kept;
                kept[i] = true;
            }
        return kept;
    }

    // Before any modifier but :raw has done its work.
    std::vector<std::string> unparsed(std::string_view name, const Modifiers& m) {
        std::vector<std::string> values;
        if (util::iequals(name, "EnvelopeFrom")) {
            if (auto sender = envelope_from())
                values.push_back(std::move(*sender));
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
        } else {
            if (m.raw || m.addr || m.name) {
                for_each_named(util::trim(name),
                               [&](const HeaderField& field) { values.push_back(field.raw); });
            } else {
                collect(name, false, values);
            }
            if (values.empty())
                if (auto metadata = message_.metadata(name))
                    values.emplace_back(*metadata);
        }
        return values;
    }

    // FNV-1a of the name, case ignored.
    static uint32_t name_hash(std::string_view name) {
        uint32_t hash = 2166136261U;
        for (char c : name)
            hash = (hash ^ static_cast<unsigned char>(util::to_lower(c))) * 16777619U;
        return hash;
    }

    // Calls fn for every field of that name.
    template <typename Fn>
    void for_each_named(std::string_view name, Fn&& fn) const {
        const auto& fields = message_.header_fields();
        auto& hashes = views_.name_hashes;
        if (hashes.empty()) {
            hashes.reserve(fields.size());
            for (const HeaderField& field : fields)
                hashes.push_back(name_hash(field.name));
        }
        const uint32_t wanted = name_hash(name);
        for (size_t i = 0; i < hashes.size(); ++i)
            if (hashes[i] == wanted && util::iequals(fields[i].name, name))
                fn(fields[i]);
    }

    void collect(std::string_view name, bool raw, std::vector<std::string>& values) const {
        for_each_named(name, [&](const HeaderField& field) {
            if (raw) {
                values.push_back(unfold(field.raw));
                return;
            }
            std::string& value = values.emplace_back();
            value.reserve(field.decoded.size() + 1);
            value.append(field.decoded) += '\n';
        });
    }

    // Of ALL or ALL:raw, which know nothing of trust.
    std::vector<std::string> range(int start, int end, bool raw) const {
        return one(range_of(message_.get_or(raw ? "ALL:raw" : "ALL", ""), start, end, raw));
    }

    static std::vector<std::string> one(std::string_view text) {
        return text.empty() ? std::vector<std::string>()
                            : std::vector<std::string>{std::string(text)};
    }

    const std::vector<Mailbox>& parsed(const std::string& value) const {
        auto& lists = views_.address_lists;
        for (const auto& [text, mailboxes] : lists)
            if (text == value)
                return mailboxes;
        if (lists.size() == Message::Views::kAddressLists)
            lists.erase(lists.begin());
        return lists.emplace_back(value, parse_addresses(value)).second;
    }

    std::vector<std::string> mailboxes(const std::vector<std::string>& values,
                                       const Modifiers& m) const {
        std::vector<std::string> out;
        for (const auto& value : values)
            for (const auto& mailbox : parsed(value)) {
                if (m.addr) {
                    if (mailbox.address)
                        out.push_back(*mailbox.address);
                } else if (mailbox.phrase) {
                    out.push_back(m.raw ? *mailbox.phrase : readable_name(*mailbox.phrase));
                }
            }
        return out;
    }

    // Decoded, blanks single, one pair of single quotes gone.
    static std::string readable_name(std::string phrase) {
        std::string decoded = decode_header_text(std::move(phrase), "");
        std::string squeezed;
        for (auto word : util::words(decoded)) {
            if (!squeezed.empty())
                squeezed += ' ';
            squeezed += word;
        }
        if (squeezed.empty())
            return decoded;
        if (squeezed.size() > 1 && squeezed.front() == '\'' && squeezed.back() == '\'')
            return squeezed.substr(1, squeezed.size() - 2);
        return squeezed;
    }

    std::vector<std::string> hosts(const std::vector<std::string>& values,
                                   const Modifiers& m) const {
        std::vector<std::string> out;
        static const Registry empty;
        const Registry& registry =
            message_.settings().registry ? *message_.settings().registry : empty;
        for (const auto& value : values) {
            std::string_view host;
            if (m.addr) {
                host = behind_at(value);
            } else {
                host = host_behind_at(value, registry);
                if (host.empty())
                    host = first_host(value, registry);
            }
            if (!host.empty() && host != "0")
                out.push_back(m.domain ? registry.trim_domain(host, true) : std::string(host));
        }
        return out;
    }

    static std::vector<std::string> addresses_in(const std::vector<std::string>& values,
                                                 bool reversed) {
        std::vector<std::string> out;
        for (const auto& value : values) {
            auto ip = first_ip(value);
            if (!ip)
                continue;
            if (!reversed)
                out.emplace_back(*ip);
            else if (auto turned = reverse_ip(*ip))
                out.push_back(std::move(*turned));
        }
        return out;
    }

    std::optional<std::string> first_address(const std::string& header) {
        if (util::iequals(header, "EnvelopeFrom"))  // a configuration that asks for itself
            return std::nullopt;
        auto values = build(header + ":first:addr");
        if (values.empty())
            return std::nullopt;
        return std::move(values.front());
    }

    // Does the header stand below a Received line?
    bool is_below_received(std::string_view name) const {
        bool received = false, below = false;
        for_each_field([&](const HeaderField& field) {
            below = below || (received && util::iequals(field.name, name));
            received = received || util::iequals(field.name, "Received");
            // An encoded word may have brought a line end into the value, and a name behind it.
            size_t end = field.decoded.find('\n');
            if (end == std::string::npos)
                return;
            for_each_line(std::string_view(field.decoded).substr(end + 1), [&](auto line) {
                below = below || (received && util::istarts_with(line, std::string(name) + ":"));
                received = received || util::istarts_with(line, "Received:");
            });
        });
        return below;
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
        if (x_sender && x_sender->find('@') != std::string::npos) {
            bool fetched = false;
            for_each_named("Received", [&](const HeaderField& field) {
                fetched = fetched || field.decoded.find("(fetchmail") != std::string::npos;
            });
            if (fetched)
                return std::nullopt;
        }
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

const std::vector<std::string>& Message::values(std::string_view spec) const {
    return header_view(spec).values;
}

const Message::HeaderView& Message::header_view(std::string_view spec) const {
    auto it = views_->headers.find(spec);
    if (it != views_->headers.end())
        return it->second;
    HeaderView view;
    view.values = HeaderViewBuilder(*this, *views_).build(spec);
    if (view.values.size() > 1)
        view.joined = join(view.values);
    return views_->headers.emplace(spec, std::move(view)).first->second;
}

std::optional<std::string_view> Message::get(std::string_view spec) const {
    const HeaderView& view = header_view(spec);
    if (view.values.empty())
        return std::nullopt;
    return view.values.size() == 1 ? view.values.front() : view.joined;
}

std::string_view Message::get_or(std::string_view spec, std::string_view fallback) const {
    return get(spec).value_or(fallback);
}

std::vector<std::string> Message::addresses(std::string_view header) const {
    return values(std::string(header) + ":addr");
}

bool Message::exceeds_header_limit() const {
    size_t size = 0;
    for (const HeaderField& field : header_fields())
        size += HeaderViewBuilder::line_size(field);
    return size > settings_->limits.max_headers;
}

}  // namespace message
