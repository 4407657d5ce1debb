// Mail::SpamAssassin::Plugin::FromNameSpoof: an address in the display name of From that is not the
// address the mail comes from.

#include <algorithm>
#include <set>

#include "message/uri.h"
#include "plugins/correspondents.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/address_lists.h"
#include "rules/core_settings.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

constexpr std::string_view kListPrefix = "FNS_";

struct FromNameSettings {
    double extra_chars = 50;
    int level = 1;
    std::set<std::string, std::less<>> ignored_signers;  // lower case
    std::set<std::string> ignored_headers;
};

struct FromNameFacts {
    bool found = false, contains_email = false;
    bool address_differs = false, domain_differs = false, owner_differs = false;
    bool equals_reply_to = false, equals_to = false;
    // Rules that wait for the names of DKIM signers.
    bool waiting = false;
    std::vector<std::pair<rules::RuleId, std::function<bool(const FromNameFacts&)>>> queue;
};

using Answer = std::function<bool(const FromNameFacts&)>;

std::string domain_of(MessageStatus& s, const std::string& address) {
    return message::uri_host_and_domain("mailto:" + address, s.message().settings()).domain;
}

class FromNameSpoof : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::FromNameSpoof"; }

    void register_in(rules::Registration& r) override {
        using config::ValueType;
        r.keyword({.name = "fns_add_addrlist",
                   .help = "\"(OWNER) addresses\": addresses that belong to one owner.",
                   .set = with_list(
                       [](config::Settings& s, const std::string& list, std::string_view address) {
                           s.edit<rules::AddressLists>().edit(list).add(address);
                       })});
        r.keyword({.name = "fns_remove_addrlist",
                   .help = "\"(OWNER) addresses\": takes addresses from an owner.",
                   .set = with_list(
                       [](config::Settings& s, const std::string& list, std::string_view address) {
                           s.edit<rules::AddressLists>().edit(list).remove(address);
                       })});
        r.keyword({.name = "fns_extrachars",
                   .type = ValueType::Number,
                   .default_value = "50",
                   .help = "Characters besides the address that a display name may have.",
                   .set = config::set_number(&FromNameSettings::extra_chars)});
        r.keyword({.name = "fns_ignore_dkim",
                   .help = "Signers whose mail is not looked at.",
                   .set = [](config::Settings& s, const config::Directive& d,
                             config::Diagnostics& diagnostics) {
                       if (d.value.empty())
                           return config::report_missing(d, diagnostics);
                       for (auto word : util::words(d.value))
                           s.edit<FromNameSettings>().ignored_signers.insert(util::lower(word));
                   }});
        r.keyword({.name = "fns_ignore_headers",
                   .help = "Mail with one of these headers is not looked at.",
                   .set = [](config::Settings& s, const config::Directive& d,
                             config::Diagnostics& diagnostics) {
                       if (d.value.empty())
                           return config::report_missing(d, diagnostics);
                       for (auto word : util::words(d.value))
                           s.edit<FromNameSettings>().ignored_headers.emplace(word);
                   }});
        r.keyword({.name = "fns_check",
                   .default_value = "1",
                   .help = "What a spoof is: another address (0), owner (1) or domain (2).",
                   .set = [](config::Settings& s, const config::Directive& d,
                             config::Diagnostics& diagnostics) {
                       if (d.value.empty())
                           return config::report_missing(d, diagnostics);
                       if (d.value.size() != 1 || d.value[0] < '0' || d.value[0] > '2')
                           return config::report_invalid(d, diagnostics);
                       s.edit<FromNameSettings>().level = d.value[0] - '0';
                   }});

        r.eval("check_fromname_spoof", [this](MessageStatus& s, const EvalCall& c) {
            std::string_view argument = c.arg(0);
            int level = s.settings().get<FromNameSettings>().level;
            if (argument.size() == 1 && argument[0] >= '0' && argument[0] <= '2')
                level = argument[0] - '0';
            return answer(s, c, [level](const FromNameFacts& f) {
                return f.address_differs && (level == 0 || (level == 1 && f.owner_differs) ||
                                             (level == 2 && f.domain_differs));
            });
        });
        auto fact = [&](const char* function, bool FromNameFacts::*member) {
            r.eval(function, [this, member](MessageStatus& s, const EvalCall& c) {
                return answer(s, c, [member](const FromNameFacts& f) { return f.*member; });
            });
        };
        fact("check_fromname_different", &FromNameFacts::address_differs);
        fact("check_fromname_domain_differ", &FromNameFacts::domain_differs);
        fact("check_fromname_contains_email", &FromNameFacts::contains_email);
        fact("check_fromname_equals_to", &FromNameFacts::equals_to);
        fact("check_fromname_owners_differ", &FromNameFacts::owner_differs);
        fact("check_fromname_equals_replyto", &FromNameFacts::equals_reply_to);
    }

    void parsed_metadata(MessageStatus& s) override {
        if (!s.settings().get<FromNameSettings>().ignored_signers.empty() &&
            !s.options().local_tests_only)
            s.state<FromNameFacts>().waiting = true;
    }
    void check_tick(MessageStatus& s) override {
        if (s.tag("DKIMDOMAIN"))
            finish(s);
    }
    void check_cleanup(MessageStatus& s) override { finish(s); }

private:
    using ListChange = std::function<void(config::Settings&, const std::string&, std::string_view)>;

    // "(name) address address ..."
    static config::Setter with_list(ListChange change) {
        return [change](config::Settings& s, const config::Directive& d,
                        config::Diagnostics& diagnostics) {
            // The name ends at the first bracket that blanks and more follow.
            std::string_view v = d.value;
            size_t close = 1;
            while ((close = v.find(')', close + 1)) != std::string_view::npos &&
                   (close + 1 >= v.size() || !util::is_space(v[close + 1])))
                ;
            if (!v.starts_with('(') || close == std::string_view::npos)
                return config::report_missing(d, diagnostics);
            std::string list = std::string(kListPrefix) + util::lower(v.substr(1, close - 1));
            for (auto word : util::words(v.substr(close + 1)))
                change(s, list, util::lower(word));
        };
    }

    double answer(MessageStatus& s, const EvalCall& c, Answer what) const {
        auto& f = s.state<FromNameFacts>();
        if (f.waiting) {
            f.queue.emplace_back(c.rule, std::move(what));
            return rules::kPending;
        }
        find(s, f);
        return what(f) ? 1 : 0;
    }

    void finish(MessageStatus& s) const {
        auto& f = s.state<FromNameFacts>();
        if (!f.waiting)
            return;
        f.waiting = false;
        find(s, f);
        for (const auto& [rule, what] : f.queue) {
            if (what(f))
                s.got_hit(rule);
            else
                s.rule_ready(rule);
        }
        f.queue.clear();
    }

    void find(MessageStatus& s, FromNameFacts& f) const {
        if (f.found)
            return;
        f.found = true;
        const auto& own = s.settings().get<FromNameSettings>();
        for (auto signer : util::words(s.tag("DKIMDOMAIN").value_or("")))
            if (own.ignored_signers.count(util::lower(signer)) != 0)
                return;
        for (const auto& header : own.ignored_headers) {
            auto value = s.get(header);
            if (!value.empty() && value != "0")
                return;
        }
        std::string address = util::lower(s.get("From:addr"));
        std::string domain = domain_of(s, address);
        if (domain.empty())
            return;
        std::string shown = util::lower(s.get("From:name"));
        regex::MatchData m;
        if (shown.find('@') == std::string::npos || !email_(shown, m))
            return;
        std::string name_address(m.text(1));
        std::string name_domain = domain_of(s, name_address);
        if (name_domain.empty())
            return;
        f.contains_email = true;
        // What else stands in the name: punctuation counts twice.
        auto odd = [](std::string_view text) {
            return std::count_if(text.begin(), text.end(), [](unsigned char c) {
                return !util::is_digit(c) && !(c >= 'a' && c <= 'z');
            });
        };
        auto length = [](const std::string& text) { return static_cast<double>(text.size()); };
        double extra = length(shown) - length(name_address) +
                       static_cast<double>(odd(shown) - odd(name_address));
        if (extra > own.extra_chars)
            return;

        std::string name_owner = owner_of(s, name_address, name_domain);
        std::string owner = owner_of(s, address, domain);
        f.address_differs = name_address != address;
        f.domain_differs = name_domain != domain;
        f.owner_differs = name_owner != owner;
        f.equals_reply_to = name_address == util::lower(s.get("Reply-To:addr"));
        const auto& to = recipients(s);
        f.equals_to = std::find(to.begin(), to.end(), name_address) != to.end();
        if (f.address_differs || f.owner_differs) {
            s.set_tag("FNSFNAMEADDR", name_address);
            s.set_tag("FNSFNAMEDOMAIN", name_domain);
            s.set_tag("FNSFNAMEOWNER", name_owner);
            s.set_tag("FNSFADDRADDR", address);
            s.set_tag("FNSFADDRDOMAIN", domain);
            s.set_tag("FNSFADDROWNER", owner);
        }
    }

    // The owner by list, else the first label of the registered domain.
    static std::string owner_of(MessageStatus& s, const std::string& address,
                                const std::string& domain) {
        const auto& lists = s.settings().get<rules::AddressLists>().lists;
        auto listed = [&](const std::string& a) -> std::string {
            for (auto it = lists.lower_bound(kListPrefix);
                 it != lists.end() && it->first.starts_with(kListPrefix); ++it)
                if (it->second->matches(a))
                    return it->first.substr(kListPrefix.size());
            return {};
        };
        std::string owner = listed(address);
        size_t at = address.find('@');
        if (owner.empty() && at != std::string::npos && at > 0 && at + 1 < address.size() &&
            address.compare(at + 1, std::string::npos, domain) != 0)
            owner = listed(address.substr(0, at + 1) + domain);
        if (!owner.empty())
            return owner;
        size_t dot = domain.find('.');
        return dot == 0 ? domain : domain.substr(0, dot);
    }

    Pattern email_{"\\b([\\w.!#$%&'*+\\/=?^`{|}~-]+\\@\\w[\\w-]*\\.\\w[\\w.-]++)\\b", "i"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_from_name_spoof() {
    return std::make_unique<FromNameSpoof>();
}

}  // namespace plugins
