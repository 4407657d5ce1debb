// Mail::SpamAssassin::Plugin::WLBLEval: welcome and block lists of addresses and of hosts in URIs.

#include "message/net_set.h"
#include "plugins/correspondents.h"
#include "plugins/makers.h"
#include "rules/address_lists.h"
#include "util/log.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::AddressLists;
using rules::EvalCall;
using rules::MessageStatus;

// 1 listed, -1 listed but not vouched for by the relay, 0 not listed.
struct Welcome {
    std::optional<int> own, site_default;
};
struct ListedHosts {
    bool found = false;
    std::map<std::string, std::string, std::less<>> by_list;  // list -> host that matched
};

bool any_listed(MessageStatus& s, std::string_view list,
                const std::vector<std::string>& addresses) {
    const rules::AddressList* known = s.settings().get<AddressLists>().find(list);
    if (known == nullptr)
        return false;
    for (const auto& address : addresses)
        if (known->matches(util::lower(address)))
            return true;
    return false;
}

// The relays whose name may vouch for an address: the newest untrusted one, or all trusted ones.
std::vector<const message::Relay*> vouching_relays(MessageStatus& s) {
    const auto& path = s.message().trust_path();
    std::vector<const message::Relay*> out;
    if (!path.untrusted.empty())
        out.push_back(&path.untrusted.front());
    else
        for (const auto& relay : path.trusted)
            out.push_back(&relay);
    return out;
}

bool vouches(const message::Relay& relay, const std::string& domain) {
    size_t close = domain.rfind(']');
    if (domain.starts_with('[') && close != std::string::npos) {
        // "[192.0.2.1]", "[192.0.2]", "[192.0.2.0/24]", "[2001:db8::]/32"
        std::string net = domain.substr(1, close - 1) + domain.substr(close + 1);
        if (relay.ip.empty())
            return false;
        if (net.find_first_not_of("0123456789.") == std::string::npos) {
            if (std::count(net.begin(), net.end(), '.') == 3 && !net.ends_with('.'))
                return net == relay.ip;
            while (net.ends_with('.'))
                net.pop_back();
            return relay.ip.starts_with(net + ".");
        }
        message::NetSet set;
        return set.add(net) && set.contains(relay.ip);
    }
    std::string rdns = relay.lc_rdns();
    std::string wanted = util::lower(domain);
    return rdns == wanted || rdns.ends_with("." + wanted);
}

int welcomed_by_relay(MessageStatus& s, std::string_view list, const std::string& address) {
    const auto& lists = s.settings().get<AddressLists>();
    const rules::AddressDomainList* known = lists.find_domains(list);
    auto relays = vouching_relays(s);
    if (known == nullptr || relays.empty())
        return 0;
    int result = 0;
    known->for_each_match(address, [&](const std::vector<std::string>& domains) {
        for (const auto& domain : domains) {
            for (const message::Relay* relay : relays)
                if (vouches(*relay, domain)) {
                    result = 1;
                    return false;
                }
            result = -1;
        }
        return true;
    });
    if (result < 0)
        if (const auto* exempt = lists.find("welcomelist_allows_relays");
            exempt != nullptr && exempt->matches(address))
            return 0;
    return result;
}

int welcome(MessageStatus& s) {
    auto& state = s.state<Welcome>().own;
    if (state)
        return *state;
    state = 0;
    const auto* list = s.settings().get<AddressLists>().find("welcomelist_from");
    for (const auto& sender : senders(s)) {
        std::string address = util::lower(sender);
        int how = list != nullptr && list->matches(address)
                      ? 1
                      : welcomed_by_relay(s, "welcomelist_from_rcvd", address);
        if (how == 1) {
            state = 1;
            break;
        }
        if (how == -1)
            state = -1;
    }
    return *state;
}

int welcome_by_default(MessageStatus& s) {
    auto& state = s.state<Welcome>().site_default;
    if (state)
        return *state;
    state = 0;
    for (const auto& sender : senders(s)) {
        int how = welcomed_by_relay(s, "def_welcomelist_from_rcvd", util::lower(sender));
        if (how != 0)
            state = how;
        if (how == 1)
            break;
    }
    return *state;
}

bool mailfrom_matches_received(MessageStatus& s) {
    std::string_view sender = s.get("EnvelopeFrom:addr");
    size_t at = sender.rfind('@');
    const auto& registry = s.message().settings().registry;
    if (at == std::string_view::npos || !registry)
        return false;
    std::string domain = util::lower(sender.substr(at + 1));
    size_t dot = domain.find('.', 1);
    if (dot == std::string::npos || dot + 1 >= domain.size())
        return false;
    std::string own = registry->trim_domain(domain);
    for (const message::Relay* relay : vouching_relays(s)) {
        std::string rdns = relay->lc_rdns();
        if (!rdns.empty() && registry->trim_domain(rdns) == own)
            return true;
    }
    return false;
}

const ListedHosts& listed_hosts(MessageStatus& s) {
    auto& state = s.state<ListedHosts>();
    if (state.found)
        return state;
    state.found = true;
    const auto& lists = s.settings().get<AddressLists>();
    if (lists.uri_hosts.empty())
        return state;
    constexpr size_t kMostKeys = 11;  // of a deep host name the tail counts
    std::set<std::string> seen;
    for (const auto& uri : s.message().uri_details()) {
        if (util::istarts_with(uri.raw, "mailto:"))
            continue;
        for (const auto& [host, domain] : uri.hosts) {
            if (!seen.insert(host).second)
                continue;
            std::vector<std::string_view> keys;
            std::string_view name = host;
            if (name.starts_with('[') && name.ends_with(']')) {
                keys.push_back(name.substr(1, name.size() - 2));
            } else if (message::IpAddress::parse(name) &&
                       name.find(':') == std::string_view::npos) {
                keys.push_back(name);
            } else {
                while (!name.empty()) {
                    keys.push_back(name);
                    size_t dot = name.find('.');
                    if (dot == std::string_view::npos)
                        break;
                    name.remove_prefix(dot + 1);
                }
                if (keys.size() > kMostKeys)
                    keys.erase(keys.begin(), keys.end() - static_cast<ptrdiff_t>(kMostKeys));
            }
            for (const auto& [list, hosts] : lists.uri_hosts)
                for (auto key : keys)
                    if (auto it = hosts->find(key); it != hosts->end()) {
                        if (it->second)
                            state.by_list[list] =
                                key == host ? host : host + " (" + std::string(key) + ")";
                        break;
                    }
        }
    }
    return state;
}

double uri_host_listed(MessageStatus& s, const EvalCall& c, std::string_view list) {
    const auto& listed = listed_hosts(s).by_list;
    auto it = listed.find(list);
    if (it == listed.end())
        return 0;
    s.test_log(c.rule, "URI: " + it->second);
    return 1;
}

class WLBLEval : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::WLBLEval"; }

    void register_in(rules::Registration& r) override {
        auto both = [&](const char* now, const char* old, auto function) {
            r.eval(now, function);
            r.eval(old, function);
        };
        both("check_from_in_blocklist", "check_from_in_blacklist",
             [](MessageStatus& s, const EvalCall&) -> double {
                 return any_listed(s, "blocklist_from", senders(s));
             });
        both("check_to_in_blocklist", "check_to_in_blacklist",
             [](MessageStatus& s, const EvalCall&) -> double {
                 return any_listed(s, "blocklist_to", recipients(s));
             });
        both("check_to_in_welcomelist", "check_to_in_whitelist",
             [](MessageStatus& s, const EvalCall&) -> double {
                 return any_listed(s, "welcomelist_to", recipients(s));
             });
        r.eval("check_to_in_more_spam", [](MessageStatus& s, const EvalCall&) -> double {
            return any_listed(s, "more_spam_to", recipients(s));
        });
        r.eval("check_to_in_all_spam", [](MessageStatus& s, const EvalCall&) -> double {
            return any_listed(s, "all_spam_to", recipients(s));
        });
        both("check_from_in_welcomelist", "check_from_in_whitelist",
             [](MessageStatus& s, const EvalCall&) -> double { return welcome(s) > 0; });
        both("check_forged_in_welcomelist", "check_forged_in_whitelist",
             [](MessageStatus& s, const EvalCall&) -> double {
                 return welcome(s) < 0 && welcome_by_default(s) == 0;
             });
        both("check_from_in_default_welcomelist", "check_from_in_default_whitelist",
             [](MessageStatus& s, const EvalCall&) -> double { return welcome_by_default(s) > 0; });
        both("check_forged_in_default_welcomelist", "check_forged_in_default_whitelist",
             [](MessageStatus& s, const EvalCall&) -> double {
                 return welcome_by_default(s) < 0 && welcome(s) == 0;
             });
        r.eval("check_from_in_list", [](MessageStatus& s, const EvalCall& c) -> double {
            return any_listed(s, c.arg(0), senders(s));
        });
        r.eval("check_to_in_list", [](MessageStatus& s, const EvalCall& c) -> double {
            return any_listed(s, c.arg(0), recipients(s));
        });
        r.eval("check_replyto_in_list", [](MessageStatus& s, const EvalCall& c) -> double {
            std::string_view reply = s.get("Reply-To:addr");
            return !reply.empty() && any_listed(s, c.arg(0), {std::string(reply)});
        });
        r.eval("check_mailfrom_matches_rcvd", [](MessageStatus& s, const EvalCall&) -> double {
            return mailfrom_matches_received(s);
        });
        r.eval("check_uri_host_listed",
               [](MessageStatus& s, const EvalCall& c) { return uri_host_listed(s, c, c.arg(0)); });
        both("check_uri_host_in_blocklist", "check_uri_host_in_blacklist",
             [](MessageStatus& s, const EvalCall& c) { return uri_host_listed(s, c, "BLOCK"); });
        both("check_uri_host_in_welcomelist", "check_uri_host_in_whitelist",
             [](MessageStatus& s, const EvalCall& c) { return uri_host_listed(s, c, "WELCOME"); });
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_wlbl_eval() {
    return std::make_unique<WLBLEval>();
}

}  // namespace plugins
