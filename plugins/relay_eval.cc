// Mail::SpamAssassin::Plugin::RelayEval: what the hops of a message say about it.

#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/plugin.h"
#include "util/strings.h"

namespace plugins {

namespace {

using message::Relay;
using rules::EvalCall;
using rules::MessageStatus;

// The last two labels of a host, or three under a short top-level domain; addresses as they are.
std::string host_to_domain(const std::string& host) {
    bool has_letter = false;
    for (unsigned char c : host)
        has_letter |= util::is_alpha(c);
    if (!has_letter)
        return host;
    // As Perl's split: trailing empty fields do not count.
    auto labels = util::split(host, '.');
    while (!labels.empty() && labels.back().empty())
        labels.pop_back();
    auto tail = [&](size_t n) {
        std::string out;
        for (size_t i = labels.size() - n; i < labels.size(); ++i)
            out += (i > labels.size() - n ? "." : "") + std::string(labels[i]);
        return out;
    };
    static constexpr std::string_view country_domains[] = {"ie", "fr", "de"};
    auto is_long = [](std::string_view label) {
        size_t run = 0;
        for (unsigned char c : label) {
            run = util::is_space(c) ? 0 : run + 1;
            if (run >= 3)
                return true;
        }
        for (auto two : country_domains)
            if (label.find(two) != std::string_view::npos)
                return true;
        return false;
    };
    if (labels.size() > 1 && is_long(labels.back()))
        return tail(2);
    if (labels.size() > 2)
        return tail(3);
    return host;
}

struct ForgedReceived {
    bool computed = false;
    int mismatch_from = 0, mismatch_ip_helo = 0;
};

class RelayEval : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::RelayEval"; }

    void register_in(rules::Registration& r) override {
        auto path = [](MessageStatus& s) -> const message::TrustPath& {
            return s.message().trust_path();
        };
        r.eval("check_all_trusted", [path](MessageStatus& s, const EvalCall&) -> double {
            const auto& p = path(s);
            return !p.trusted.empty() && p.untrusted.empty() && p.unparseable == 0;
        });
        r.eval("check_no_relays", [path](MessageStatus& s, const EvalCall&) -> double {
            const auto& p = path(s);
            return p.trusted.empty() && p.untrusted.empty() && p.unparseable == 0;
        });
        r.eval("check_relays_unparseable", [path](MessageStatus& s, const EvalCall&) -> double {
            return path(s).unparseable > 0;
        });
        r.eval("check_for_illegal_ip", [](MessageStatus&, const EvalCall&) -> double { return 0; });
        r.eval("check_for_numeric_helo",
               [this](MessageStatus& s, const EvalCall&) -> double { return numeric_helo(s); });
        r.eval("helo_ip_mismatch",
               [this](MessageStatus& s, const EvalCall&) -> double { return helo_ip_mismatch(s); });
        r.eval("check_for_sender_no_reverse", [path](MessageStatus& s, const EvalCall&) -> double {
            const auto& untrusted = path(s).untrusted;
            return !untrusted.empty() && untrusted.back().rdns.find('.') != std::string::npos &&
                   !untrusted.back().ip_private;
        });
        r.eval("check_for_from_domain_in_received_headers",
               [](MessageStatus& s, const EvalCall& c) -> double {
                   return from_domain_in_received(s, std::string(c.arg(0)), c.arg(1) == "true");
               });
        r.eval(
            "check_for_no_rdns_dotcom_helo",
            [this](MessageStatus& s, const EvalCall&) -> double { return no_rdns_dotcom_helo(s); });
        r.eval("check_for_forged_received_trail",
               [this](MessageStatus& s, const EvalCall&) -> double {
                   return forged(s).mismatch_from > 1;
               });
        r.eval("check_for_forged_received_ip_helo",
               [this](MessageStatus& s, const EvalCall&) -> double {
                   return forged(s).mismatch_ip_helo > 0;
               });
    }

private:
    bool numeric_helo(MessageStatus& s) const {
        std::string relays = message::TrustPath::as_string(s.message().trust_path().untrusted);
        regex::MatchData m;
        return numeric_helo_(relays, m) && !private_(m.text(1));
    }

    bool helo_ip_mismatch(MessageStatus& s) const {
        for (const Relay& relay : s.message().trust_path().untrusted) {
            if (!is_ipv4_(relay.helo) || private_(relay.helo) || !is_ipv4_(relay.ip) ||
                private_(relay.ip) || relay.helo == relay.ip)
                continue;
            std::string network = relay.helo.substr(0, relay.helo.rfind('.') + 1);
            if (!relay.ip.starts_with(network))
                return true;
        }
        return false;
    }

    static bool from_domain_in_received(MessageStatus& s, const std::string& domain, bool desired) {
        auto from_pattern = regex::Regex::compile("\\b" + quote(domain), {.caseless = true});
        if (!from_pattern || !from_pattern->search(s.get("From:addr")))
            return false;
        const auto& path = s.message().trust_path();
        std::string relays = message::TrustPath::as_string(path.trusted) + "\n" +
                             message::TrustPath::as_string(path.untrusted);
        auto pattern =
            regex::Regex::compile(" rdns=\\S*\\b" + domain + " [^\\]]*by=\\S*\\b" + domain + " ");
        bool found = pattern && pattern->search(relays);
        return found == desired;
    }

    // The oldest public hop decides, whatever the others say; so in SpamAssassin.
    bool no_rdns_dotcom_helo(MessageStatus& s) const {
        bool result = false;
        for (const Relay& relay : s.message().trust_path().untrusted) {
            if (relay.ip_private)
                continue;
            result = relay.no_reverse_dns && dotcom_(relay.helo);
        }
        return result;
    }

    const ForgedReceived& forged(MessageStatus& s) const {
        auto& state = s.state<ForgedReceived>();
        if (state.computed)
            return state;
        state.computed = true;
        const auto& relays = s.message().trust_path().untrusted;
        std::string previous;  // "from" domain of the hop above
        for (size_t i = 0; i < relays.size(); ++i) {
            std::string by = host_to_domain(relays[i].lc_by());
            std::string from = host_to_domain(relays[i].lc_rdns());
            std::string helo = host_to_domain(relays[i].lc_helo());
            std::string above = previous;
            previous = from;
            if (!domain_(by))
                continue;
            if ((from == "localhost" || from == "localhost.localdomain") &&
                relays[i].ip == "127.0.0.1")
                previous.clear();
            regex::MatchData h, f;
            if (relays[i].ip != helo && quad_(helo, h) && quad_(relays[i].ip, f) &&
                h.text(1) != f.text(1) && !private_(helo))
                ++state.mismatch_ip_helo;
            if (i > 0 && domain_(above) && by != above &&
                !(by == "msn.com" && above == "hotmail.com"))
                ++state.mismatch_from;
        }
        return state;
    }

    // By its first digits alone: "10.999.1.1" counts as private.
    Pattern private_{
        "^(?:10|127|169\\.254|172\\.(?:1[6-9]|2[0-9]|3[01])|192\\.168|100\\.(?:6[4-9]|[7-9][0-9]|1["
        "01][0-9]|12[0-7]))"
        "\\."};
    Pattern numeric_helo_{"\\bhelo=(@IP4@)(?=[\\000-\\040,;\\[()<>]|\\z)", "i"};
    Pattern is_ipv4_{"^(?:@IP4@)$"};
    Pattern dotcom_{
        "(?:\\.|^)(?:lycos\\.com|lycos\\.co\\.uk|hotmail\\.com|localhost\\.com|excite\\.com|"
        "caramail\\.com|cs\\.com|aol\\."
        "com|msn\\.com|yahoo\\.com|drizzle\\.com)$",
        "i"};
    Pattern domain_{"^\\w+(?:[\\w.-]+\\.)+\\w+$"};
    Pattern quad_{"^(\\d+\\.\\d+)\\.\\d+\\.\\d+$"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_relay_eval() {
    return std::make_unique<RelayEval>();
}

}  // namespace plugins
