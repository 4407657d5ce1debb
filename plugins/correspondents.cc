#include "plugins/correspondents.h"

#include <algorithm>

#include "plugins/patterns.h"

namespace plugins {

namespace {

struct Correspondents {
    bool senders_found = false, recipients_found = false;
    std::vector<std::string> senders, recipients;
};

void add_distinct(std::vector<std::string>& list, std::string address) {
    if (std::find(list.begin(), list.end(), address) == list.end())
        list.push_back(std::move(address));
}

// tr/././s
std::string squeeze_dots(std::string address) {
    address.erase(std::unique(address.begin(), address.end(),
                              [](char a, char b) { return a == '.' && b == '.'; }),
                  address.end());
    return address;
}

bool looks_like_domain(std::string_view domain) {
    // At least two labels of letters, digits and hyphens, not starting or ending with a hyphen.
    if (domain.empty() || domain.size() > 253 || domain.find('.') == std::string_view::npos)
        return false;
    for (auto label : util::split(domain, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
            return false;
        for (unsigned char c : label)
            if (!util::is_alnum(c) && c != '-' && c != '_' && c < 0x80)
                return false;
    }
    return true;
}

}  // namespace

std::vector<std::string> addresses_of(rules::MessageStatus& status, std::string_view header) {
    std::vector<std::string> out;
    auto value = status.message().get(std::string(header) + ":addr");
    if (!value)
        return out;
    std::string_view all = *value;
    if (all.ends_with('\n'))
        all.remove_suffix(1);
    for (auto address : util::split(all, '\n'))
        out.emplace_back(address);
    return out;
}

const std::vector<std::string>& senders(rules::MessageStatus& status) {
    auto& c = status.state<Correspondents>();
    if (c.senders_found)
        return c.senders;
    c.senders_found = true;
    // A resent message comes from whoever resent it last.
    auto resent = addresses_of(status, "Resent-From:first");
    if (!resent.empty()) {
        for (auto& address : resent)
            add_distinct(c.senders, std::move(address));
        return c.senders;
    }
    for (const char* header :
         {"From", "Envelope-Sender", "Resent-Sender", "X-Envelope-From", "EnvelopeFrom"})
        for (auto& address : addresses_of(status, header))
            if (!address.empty())
                add_distinct(c.senders, squeeze_dots(std::move(address)));
    return c.senders;
}

const std::vector<std::string>& recipients(rules::MessageStatus& status) {
    auto& c = status.state<Correspondents>();
    if (c.recipients_found)
        return c.recipients;
    c.recipients_found = true;
    for (const char* header : {"Resent-To:first", "Resent-Cc:first"})
        for (auto& address : addresses_of(status, header))
            add_distinct(c.recipients, std::move(address));
    if (!c.recipients.empty())
        return c.recipients;
    // Servers near the recipient may say whom the message is for.
    static const Pattern received_for(" for <?(\\S+\\@(\\S+?))>?;");
    auto received = status.message().root().header_values("Received");
    regex::MatchData m;
    for (size_t i = 0; i < received.size() && i < 3; ++i)
        if (received_for(received[i], m) && looks_like_domain(m.text(2)))
            add_distinct(c.recipients, std::string(m.text(1)));
    for (const char* header : {"To", "Apparently-To", "Delivered-To", "Envelope-Recipients",
                               "Apparently-Resent-To", "X-Envelope-To", "Envelope-To",
                               "X-Delivered-To", "X-Original-To", "X-Rcpt-To", "X-Real-To", "Cc"})
        for (auto& address : addresses_of(status, header))
            add_distinct(c.recipients, std::move(address));
    return c.recipients;
}

}  // namespace plugins
