// Mail::SpamAssassin::Plugin::HeaderEval: tests over header fields that one regex cannot say.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "message/date.h"
#include "plugins/arguments.h"
#include "plugins/locales.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/core_settings.h"
#include "rules/plugin.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

// When the message says it was written, and when the servers say they saw it.
struct Dates {
    bool header_computed = false, received_computed = false, diff_computed = false;
    std::optional<std::time_t> header;
    std::vector<std::time_t> received;
    std::optional<std::time_t> fetchmail;
    double diff = 0;
};

struct Hotmail {
    bool computed = false;
    bool forged = false, missing = false;
};

struct Recipients {
    bool computed = false;
    bool sorted = false;
    double similar = 0;
};

bool ends_with_domain(std::string_view address, std::string_view domain) {
    // /\bDOMAIN$/i ($ also matches before a final newline)
    if (address.ends_with('\n'))
        address.remove_suffix(1);
    if (address.size() < domain.size() ||
        !util::iequals(address.substr(address.size() - domain.size()), domain))
        return false;
    size_t at = address.size() - domain.size();
    return at == 0 || !util::is_word(address[at - 1]);
}

// The last two labels of what follows the last '@'.
std::string second_level_domain(std::string_view address) {
    size_t at = address.rfind('@');
    if (at == std::string_view::npos)
        return {};
    std::string_view domain = address.substr(at + 1);
    size_t last = domain.rfind('.');
    if (last == std::string_view::npos || last + 1 == domain.size() || last == 0)
        return std::string(domain);
    size_t before = domain.rfind('.', last - 1);
    if (before == std::string_view::npos || before == 0 || before + 1 == last)
        return std::string(domain);
    return std::string(domain.substr(before + 1));
}

class HeaderEval : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::HeaderEval"; }

    void register_in(rules::Registration& r) override {
        auto add = [&](const char* function,
                       bool (HeaderEval::*test)(MessageStatus&, const EvalCall&) const) {
            r.eval(function, [this, test](MessageStatus& s, const EvalCall& c) -> double {
                return (this->*test)(s, c);
            });
        };
        add("check_for_fake_aol_relay_in_rcvd", &HeaderEval::fake_aol_relay);
        add("check_for_faraway_charset_in_headers", &HeaderEval::faraway_charset);
        r.eval("check_for_unique_subject_id",
               [](MessageStatus&, const EvalCall&) -> double { return 0; });
        add("check_illegal_chars", &HeaderEval::illegal_chars);
        add("check_for_forged_hotmail_received_headers", &HeaderEval::forged_hotmail);
        add("check_for_no_hotmail_received_headers", &HeaderEval::no_hotmail);
        add("check_for_msn_groups_headers", &HeaderEval::msn_groups);
        add("check_for_forged_eudoramail_received_headers", &HeaderEval::forged_eudoramail);
        add("check_for_forged_yahoo_received_headers", &HeaderEval::forged_yahoo);
        add("check_for_forged_juno_received_headers", &HeaderEval::forged_juno);
        add("check_for_forged_gmail_received_headers", &HeaderEval::forged_gmail);
        add("check_for_matching_env_and_hdr_from", &HeaderEval::matching_env_and_hdr_from);
        add("sorted_recipients", &HeaderEval::sorted_recipients);
        add("similar_recipients", &HeaderEval::similar_recipients);
        add("check_for_missing_to_header", &HeaderEval::missing_to);
        add("check_for_forged_gw05_received_headers", &HeaderEval::forged_gw05);
        add("check_for_shifted_date", &HeaderEval::shifted_date);
        add("received_within_months", &HeaderEval::received_within_months);
        add("subject_is_all_caps", &HeaderEval::subject_is_all_caps);
        add("check_for_to_in_subject", &HeaderEval::to_in_subject);
        add("check_outlook_message_id", &HeaderEval::outlook_message_id);
        add("check_messageid_not_usable", &HeaderEval::messageid_not_usable);
        add("check_header_count_range", &HeaderEval::header_count_range);
        add("check_unresolved_template", &HeaderEval::unresolved_template);
        add("check_ratware_name_id", &HeaderEval::ratware_name_id);
        add("check_ratware_envelope_from", &HeaderEval::ratware_envelope_from);
        add("gated_through_received_hdr_remover", &HeaderEval::gated);
        add("check_equal_from_domains", &HeaderEval::unequal_from_domains);
    }

private:
    bool fake_aol_relay(MessageStatus& s, const EvalCall&) const {
        std::string_view raw = s.get("Received");
        if (!aol_relay_(raw))
            return false;
        std::string received = squeeze(raw);
        return !aol_version_(received) && !aol_esmtp_(received);
    }

    bool faraway_charset(MessageStatus& s, const EvalCall&) const {
        auto locales = ok_locales(s.settings().get<rules::CoreSettings>().ok_locales);
        if (is_all(locales))
            return false;
        for (const char* header : {"From:raw", "Subject:raw"}) {
            bool faraway = false;
            regex::MatchData m;
            regex::for_each_match(encoded_word_.re(), s.get(header), m,
                                  [&](const regex::MatchData& word) {
                                      faraway = !is_charset_ok(word.text(1), locales);
                                      return !faraway;
                                  });
            if (faraway)
                return true;
        }
        return false;
    }

    static bool is_illegal(unsigned char b) {
        return b >= 0x7F || (b < 0x20 && b != '\t' && b != '\n' && b != '\r');
    }

    bool illegal_chars(MessageStatus& s, const EvalCall& c) const {
        std::string header(c.arg(0));
        if (!header.ends_with(":raw"))
            header += ":raw";
        std::string_view text = s.get(header);
        if (util::trim(text).empty())
            return false;
        size_t high = 0, controls = 0, tolerated = 0, deletes = 0;
        for (unsigned char b : text) {
            if (!is_illegal(b))  // nearly all
                continue;
            high += b >= 0x80;
            controls += b < 0x20;
            deletes += b == 0x7F;
            tolerated += b == 0xA2 || b == 0xA3 || b == 0xAE;
        }
        if (high > 0 && controls == 0 && util::is_valid_utf8(text))
            return false;
        size_t illegal = controls + deletes + high;
        if (illegal > 0 && util::iequals(header, "subject:raw") && tolerated == 1)
            --illegal;
        double count = static_cast<double>(illegal);
        return count / static_cast<double>(text.size()) >= number(c.arg(1)) &&
               count >= number(c.arg(2));
    }

    bool gated(MessageStatus& s) const {
        std::string_view list = s.get("Mailing-List");
        std::string_view received = s.get("Received");
        if (ezmlm_list_(list) && ezmlm_delivered_(s.get("Delivered-To")) &&
            ezmlm_received_(received))
            return true;
        return !s.message().get("Received") || msn_gate_(received);
    }
    bool gated(MessageStatus& s, const EvalCall&) const { return gated(s); }

    const Hotmail& hotmail(MessageStatus& s) const {
        auto& state = s.state<Hotmail>();
        if (state.computed)
            return state;
        state.computed = true;
        // What forged and missing come to need before all else.
        constexpr std::string_view kDomain = "hotmail.com";
        std::string_view raw = s.get("Received");
        if (raw.find(kDomain) == std::string_view::npos &&
            !ends_with_domain(s.get("From:addr"), kDomain))
            return state;
        std::string received = squeeze(raw);
        if (hotmail_pickup_(received) || msn_groups(s))
            return state;
        bool ip = has_ip_(s.get("X-Originating-Ip"));
        bool originator = hotmail_originator_(s.get("X-OriginatorOrg"));
        if (gated(s))
            return state;
        if (ip)
            for (const Pattern& route : hotmail_with_ip_)
                if (route(received))
                    return state;
        if (originator && (outlook_outbound_(received) || outlook_prod_(received)))
            return state;
        if (says_hotmail_(received))
            state.forged = true;
        else
            state.missing = ends_with_domain(s.get("From:addr"), kDomain);
        return state;
    }
    bool forged_hotmail(MessageStatus& s, const EvalCall&) const { return hotmail(s).forged; }
    bool no_hotmail(MessageStatus& s, const EvalCall&) const { return hotmail(s).missing; }

    bool msn_groups(MessageStatus& s) const {
        regex::MatchData to, via;
        if (!msn_group_to_(s.get("To"), to) || !msn_group_pickup_(s.get("Received"), via))
            return false;
        std::string list(to.text(1)), server(via.text(1));
        std::string_view id = s.get("Message-Id");
        auto matches = [](const std::string& pattern, std::string_view text) {
            auto re = regex::Regex::compile(pattern);
            return re && re->search(text);
        };
        if (list == "notifications")
            return matches("^<\\S+\\@" + server, id);
        return matches("^<" + list + "-\\S+\\@groups\\.msn\\.com>", id) &&
               matches(list + "-bounce\\@groups\\.msn\\.com", s.get("EnvelopeFrom:addr"));
    }
    bool msn_groups(MessageStatus& s, const EvalCall&) const { return msn_groups(s); }

    bool forged_eudoramail(MessageStatus& s, const EvalCall&) const {
        if (!ends_with_domain(s.get("From:addr"), "eudoramail.com") || gated(s))
            return false;
        return !(whowhere_(squeeze(s.get("Received"))) && has_ip_(s.get("X-Sender-Ip")));
    }

    bool forged_yahoo(MessageStatus& s, const EvalCall&) const {
        std::string_view from = s.get("From:addr");
        if (!ends_with_domain(from, "yahoo.com"))
            return false;
        std::string_view raw = s.get("Received");
        if (!s.get("Resent-From").empty() && !s.get("Resent-To").empty() &&
            !s.get("X-Received").empty())
            raw = s.get("X-Received");
        std::string received = squeeze(raw);
        if (gated(s))
            return false;
        const auto& path = s.message().trust_path();
        if (yahoo_rdns_(message::TrustPath::as_string(path.trusted)) ||
            yahoo_first_rdns_(message::TrustPath::as_string(path.untrusted)))
            return false;
        for (const Pattern& route : yahoo_routes_)
            if (route(received))
                return false;
        return !(yahoo_bulk_(received) && yahoo_reply_(from));
    }

    bool forged_juno(MessageStatus& s, const EvalCall&) const {
        if (!ends_with_domain(s.get("From:addr"), "juno.com") || gated(s))
            return false;
        std::string_view origin = s.get("X-Originating-IP"), mailer = s.get("X-Mailer"),
                         received = s.get("Received");
        if (!origin.empty())
            return (!juno_received_(received) && !juno_cookie_(received)) ||
                   mailer.find("Juno ") == std::string_view::npos;
        if (juno_mailcom_(received)) {
            if (!mailcom_(mailer))
                return true;
        } else if (juno_webmail_(received)) {
            if (!webmail_version_(mailer))
                return true;
        } else {
            return true;
        }
        return !has_ip_(origin);
    }

    bool forged_gmail(MessageStatus& s, const EvalCall&) const {
        if (!ends_with_domain(s.get("From:addr"), "gmail.com"))
            return false;
        std::string_view xreceived = s.get("X-Received");
        if (gmail_x_v4_(xreceived) || gmail_x_v6_(xreceived) || googlemail_(s.get("Received")))
            return false;
        return !(s.get("X-Gm-Message-State").size() >= 60 &&
                 s.get("X-Google-Smtp-Source").size() >= 60);
    }

    bool matching_env_and_hdr_from(MessageStatus& s, const EvalCall&) const {
        return util::iequals(s.get("EnvelopeFrom:addr"), s.get("From:addr"));
    }

    const Recipients& recipients(MessageStatus& s) const {
        auto& state = s.state<Recipients>();
        if (state.computed)
            return state;
        state.computed = true;
        constexpr size_t kSortedCount = 7, kSimilarCount = 5, kMost = 256;
        std::vector<std::string> all;
        for (const char* header : {"ToCc", "Bcc"}) {
            for (auto& address : s.message().addresses(header))
                all.push_back(std::move(address));
            if (all.size() >= kSimilarCount)
                break;
        }
        std::vector<std::string> distinct;  // without immediate repetitions
        std::string previous;
        for (auto& address : all) {
            if (!util::iequals(address, previous)) {
                previous = address;
                distinct.push_back(address);
            }
            if (distinct.size() == kMost)
                break;
        }
        state.sorted =
            distinct.size() >= kSortedCount && std::is_sorted(distinct.begin(), distinct.end());
        if (distinct.size() >= kSimilarCount) {
            std::vector<std::string_view> users, hosts, domains;
            for (const auto& address : distinct) {
                users.push_back(std::string_view(address).substr(0, 2));
                // An address without '@' leaves no host, and the hosts after it move up.
                if (size_t at = address.find('@'); at != std::string::npos) {
                    domains.push_back(std::string_view(address).substr(at + 1));
                    hosts.push_back(domains.back().substr(0, 2));
                }
            }
            hosts.resize(distinct.size());
            domains.resize(distinct.size());
            size_t hits = 0, combinations = 0;
            for (size_t i = 0; i < distinct.size(); ++i)
                for (size_t j = i + 1; j < distinct.size(); ++j, ++combinations)
                    hits +=
                        (users[i] == users[j]) + (hosts[i] == hosts[j] && domains[i] != domains[j]);
            state.similar = static_cast<double>(hits) / static_cast<double>(combinations);
        }
        return state;
    }
    bool sorted_recipients(MessageStatus& s, const EvalCall&) const { return recipients(s).sorted; }
    bool similar_recipients(MessageStatus& s, const EvalCall& c) const {
        double similar = recipients(s).similar;
        return at_least(similar, c.arg(0)) && below(similar, c.arg(1));
    }

    bool missing_to(MessageStatus& s, const EvalCall&) const {
        return s.get("To").empty() && s.get("Apparently-To").empty();
    }

    bool forged_gw05(MessageStatus& s, const EvalCall&) const {
        regex::MatchData m;
        return gw05_(s.get("Received"), m) && m.text(2).find('.') == std::string_view::npos;
    }

    static const std::optional<std::time_t>& header_date(MessageStatus& s) {
        auto& dates = s.state<Dates>();
        if (!dates.header_computed) {
            dates.header_computed = true;
            for (const char* name : {"Resent-Date", "Date"})
                for (auto value : s.message().root().header_values(name))
                    if (!dates.header && !value.empty())
                        dates.header = message::parse_date(value);
        }
        return dates.header;
    }

    const std::vector<std::time_t>& received_dates(MessageStatus& s) const {
        auto& dates = s.state<Dates>();
        if (dates.received_computed)
            return dates.received;
        dates.received_computed = true;
        std::vector<std::string_view> lines;
        for (auto line : util::split(s.get("Received"), '\n'))
            if (!util::trim(line).empty())
                lines.push_back(line);
        if (lines.empty())
            return dates.received;
        // Hand-over on this machine, by fetchmail above all, says when mail was fetched, not
        // received.
        std::vector<std::string_view> local;
        size_t first = 0;
        if (from_localhost_(lines[0]) || qmail_uid_(lines[0]))
            local.push_back(lines[first++]);
        if (first < lines.size() && fetchmail_(lines[first]))
            local.push_back(lines[first++]);
        else if (!local.empty()) {
            local.clear();
            first = 0;
        }
        auto date_of = [&](std::string_view line) -> std::optional<std::time_t> {
            regex::MatchData m;
            return received_date_(line, m) ? message::parse_date(m.text(1)) : std::nullopt;
        };
        std::time_t now = std::time(nullptr);
        for (auto line : local)
            if (auto when = date_of(line); when && now >= *when)
                dates.fetchmail = std::max(dates.fetchmail.value_or(*when), *when);
        for (; first < lines.size(); ++first)
            if (auto when = date_of(lines[first]))
                dates.received.push_back(*when);
        return dates.received;
    }

    // The Date header minus the nearest Received date, seconds.
    double date_diff(MessageStatus& s) const {
        auto& dates = s.state<Dates>();
        if (dates.diff_computed)
            return dates.diff;
        dates.diff_computed = true;
        const auto& header = header_date(s);
        if (!header)
            return 0;
        std::vector<double> diffs;
        for (std::time_t when : received_dates(s))
            diffs.push_back(static_cast<double>(*header - when));
        if (diffs.empty())
            return 0;
        // The sender's own hop agrees by nature.
        if (diffs.size() > 1 && diffs.back() == 0)
            diffs.pop_back();
        dates.diff = *std::min_element(diffs.begin(), diffs.end(), [](double a, double b) {
            return std::fabs(a) < std::fabs(b);
        });
        return dates.diff;
    }

    bool shifted_date(MessageStatus& s, const EvalCall& c) const {
        double hours = date_diff(s) / 3600;
        return at_least(hours, c.arg(0)) && below(hours, c.arg(1));
    }

    bool received_within_months(MessageStatus& s, const EvalCall& c) const {
        std::vector<double> possible;
        const auto& header = header_date(s);
        const auto& received = received_dates(s);
        if (header)
            possible.push_back(static_cast<double>(*header));
        if (!received.empty())
            possible.push_back(static_cast<double>(received.front()));
        if (auto fetched = s.state<Dates>().fetchmail)
            possible.push_back(static_cast<double>(*fetched));
        if (header && !received.empty())
            possible.push_back(static_cast<double>(*header) - date_diff(s));
        double chosen = 0;
        if (!possible.empty()) {
            std::sort(possible.begin(), possible.end(), std::greater<>());
            chosen = possible[(possible.size() - 1) / 2];
        }
        constexpr double kMonth = 31556952.0 / 12;
        double months = (static_cast<double>(std::time(nullptr)) - chosen) / kMonth;
        return (c.arg(0).empty() || at_least(months, c.arg(0))) &&
               (c.arg(1).empty() || below(months, c.arg(1)));
    }

    bool subject_is_all_caps(MessageStatus& s, const EvalCall&) const {
        std::string_view subject = util::trim(s.get("Subject"));
        regex::MatchData m;
        if (reply_prefix_(subject, m))
            subject.remove_prefix(m.end());
        bool has_blank = false, has_letter = false, has_lower = false;
        for (unsigned char c : subject) {
            has_blank |= util::is_space(c);
            has_letter |= util::is_alpha(c);
            has_lower |= c >= 'a' && c <= 'z';
        }
        if (!has_blank || subject.size() < 10 || has_lower || !has_letter)
            return false;
        return !caps_charset_(s.get("Subject:raw"));
    }

    bool to_in_subject(MessageStatus& s, const EvalCall& c) const {
        std::string to(s.get("To:addr"));
        if (to.empty())
            return false;
        std::string_view subject = s.get("Subject");
        if (c.arg(0) == "user")
            to = strip_domain(to);
        if (!may_contain(subject, to))
            return false;
        std::string q = quote(to), pattern;
        if (c.arg(0) == "address") {
            pattern = "\\b" + q + "\\b";
        } else if (c.arg(0) == "user") {
            pattern = "^(?:(?:re|fw):\\s*(?:\\w+\\s+)?" + q + "$|(?-i:" + q +
                      ")\\s*[,:;!?-](?:$|\\s)|" + q + "$|,\\s*" + q + "[,:;!?-]$)";
        } else {
            return false;
        }
        auto re = regex::Regex::compile(pattern, {.caseless = true});
        return re && re->search(subject);
    }

    // s/\@.*//, which stops at a newline.
    static std::string strip_domain(const std::string& address) {
        size_t at = address.find('@');
        if (at == std::string::npos)
            return address;
        size_t end = address.find('\n', at);
        return address.substr(0, at) + (end == std::string::npos ? "" : address.substr(end));
    }

    bool outlook_message_id(MessageStatus& s, const EvalCall&) const {
        regex::MatchData m;
        if (!outlook_id_(s.get("MESSAGEID"), m))
            return false;
        // The id carries the high half of a FILETIME; the constants turn seconds into its units.
        constexpr double kScale = 0.0023283064365387, kOffset = 27111902.8329849, kFudge = 250;
        double token =
            static_cast<double>(std::strtoul(std::string(m.text(1)).c_str(), nullptr, 16));
        auto far_from = [&](std::optional<std::time_t> when) {
            double expected = std::trunc(static_cast<double>(when.value_or(0)) * kScale + kOffset);
            return std::fabs(token - expected) >= kFudge;
        };
        if (!far_from(message::parse_date(s.get("Date"))))
            return false;
        return far_from(message::parse_date(s.get("Received")));
    }

    bool messageid_not_usable(MessageStatus& s, const EvalCall&) const {
        std::string_view received = s.get("Received");
        return unsubscribe_(s.get("List-Unsubscribe")) || gated(s) ||
               received.find("/CWT/DCE)") != std::string_view::npos ||
               received.find("iPlanet Messaging Server") != std::string_view::npos;
    }

    bool header_count_range(MessageStatus& s, const EvalCall& c) const {
        auto values = s.message().root().header_values(c.arg(0));
        std::sort(values.begin(), values.end());
        double distinct =
            static_cast<double>(std::unique(values.begin(), values.end()) - values.begin());
        return distinct >= number(c.arg(1)) && distinct <= number(c.arg(2));
    }

    bool unresolved_template(MessageStatus& s, const EvalCall&) const {
        std::string_view all = s.get("ALL");
        if (all.find('%') == std::string_view::npos)
            return false;
        for (auto line : util::split(all, '\n'))
            if (template_(line) && !template_exempt_(line))
                return true;
        return false;
    }

    bool ratware_name_id(MessageStatus& s, const EvalCall&) const {
        regex::MatchData m;
        if (!ratware_id_(s.get("MESSAGEID"), m))
            return false;
        auto re = regex::Regex::compile("\\\"[^\\\"]+\\\"\\s*<" + quote(m.text(1)) + ">");
        return re && re->search(s.get("From"));
    }

    bool ratware_envelope_from(MessageStatus& s, const EvalCall&) const {
        std::string_view to = s.get("To:addr"), from = s.get("EnvelopeFrom:addr");
        regex::MatchData m;
        if (from.empty() || to.empty() || srs_(from) || !user_at_domain_(to, m) ||
            !s.message().settings().registry)
            return false;
        std::string user(m.text(1));
        if (!may_contain(from, user + "@"))
            return false;
        const auto& registry = *s.message().settings().registry;
        std::string domain = registry.trim_domain(m.text(2));
        if (domain.empty() || !registry.is_domain_valid(domain))
            return false;
        auto re = regex::Regex::compile("\\b" + quote(domain) + "." + quote(user) + "@",
                                        {.caseless = true});
        return re && re->search(from);
    }

    bool unequal_from_domains(MessageStatus& s, const EvalCall&) const {
        std::string from = second_level_domain(s.get("From:addr"));
        std::string envelope = second_level_domain(s.get("EnvelopeFrom:addr"));
        return !from.empty() && !envelope.empty() && !util::iequals(from, envelope);
    }

    Pattern has_ip_{"@IP@"};
    Pattern aol_relay_{"\\srly-[a-z][a-z]\\d\\d\\.", "i"};
    Pattern aol_version_{"\\/AOL-\\d+\\.\\d+\\.\\d+\\)"};
    Pattern aol_esmtp_{"ESMTP id (?:RELAY|MAILRELAY|MAILIN)"};
    Pattern encoded_word_{"=\\?(.+?)\\?.\\?.*?\\?="};
    Pattern ezmlm_list_{"^contact \\S+\\@\\S+\\; run by ezmlm$", "m"};
    Pattern ezmlm_delivered_{"^mailing list \\S+\\@\\S+", "m"};
    Pattern ezmlm_received_{"qmail \\d+ invoked (?:from network|by .{3,20})\\); \\d+ ... \\d+"};
    Pattern msn_gate_{"from groups\\.msn\\.com \\(\\S+\\.msn\\.com "};
    Pattern hotmail_pickup_{"from mail pickup service by hotmail\\.com with Microsoft SMTPSVC;"};
    Pattern hotmail_originator_{"hotmail\\.com|msonline\\-outlook"};
    Pattern hotmail_with_ip_[4] = {
        Pattern("from (?:\\S*\\.)?hotmail.com \\(\\S+\\.hotmail(?:\\.msn)?\\.com[ \\)]"),
        Pattern("from \\S*\\.hotmail.com \\(\\[@IP@\\][ \\):]"),
        Pattern("from \\S+ by \\S+\\.hotmail(?:\\.msn)?\\.com with HTTP\\;"),
        Pattern("from \\[66\\.218.\\S+\\] by \\S+\\.yahoo\\.com"),
    };
    Pattern outlook_outbound_{
        "from \\S*\\.outbound\\.protection\\.outlook\\.com "
        "\\(\\S+\\.outbound\\.protection\\.outlook\\.com[ \\)]"};
    Pattern outlook_prod_{"from \\S*\\.(?:eur|nam)prd\\d+\\.prod\\.outlook\\.com \\(@IP@\\)"};
    Pattern says_hotmail_{"(?:from |HELO |helo=)\\S*hotmail\\.com\\b"};
    Pattern msn_group_to_{"<(\\S+)\\@groups\\.msn\\.com>", "i"};
    Pattern msn_group_pickup_{"from mail pickup service by ((?:p\\d\\d\\.)groups\\.msn\\.com)\\b"};
    Pattern whowhere_{"by \\S*whowhere.com\\;"};
    Pattern yahoo_rdns_{" rdns=\\S+\\.yahoo\\.com "};
    Pattern yahoo_first_rdns_{"^[^\\]]+ rdns=\\S+\\.yahoo\\.com "};
    Pattern yahoo_routes_[5] = {
        Pattern("by web\\S+\\.mail\\S*\\.yahoo\\.com via HTTP"),
        Pattern("by sonic\\S+\\.consmr\\.mail\\S*\\.yahoo\\.com with HTTP"),
        Pattern("by smtp\\S+\\.yahoo\\.com with SMTP"),
        Pattern("from \\[@IP@\\] by \\S+\\.(?:groups|scd|dcn)\\.yahoo\\.com with NNFMP"),
        Pattern("by \\w+\\.\\w+\\.yahoo\\.com \\(\\d+\\.\\d+\\.\\d+\\/\\d+\\.\\d+\\.\\d+\\)(?: "
                "with ESMTP)? id \\w+"),
    };
    Pattern yahoo_bulk_{"\\bmailer\\d+\\.bulk\\.scd\\.yahoo\\.com\\b"};
    Pattern yahoo_reply_{"\\@reply\\.yahoo\\.com$", "i"};
    Pattern juno_received_{"from.*\\b(?:juno|untd)\\.com.*[\\[\\(]@IP@[\\]\\)].*by"};
    Pattern juno_cookie_{" cookie\\.(?:juno|untd)\\.com "};
    Pattern juno_mailcom_{"from.*\\bmail\\.com.*\\[@IP@\\].*by"};
    Pattern mailcom_{"\\bmail\\.com"};
    Pattern juno_webmail_{"from (webmail\\S+\\.untd\\.com) \\(\\1 \\[@IP@\\]\\) by"};
    Pattern webmail_version_{"^Webmail Version \\d"};
    Pattern gmail_x_v4_{"by 10\\.\\S+ with SMTP id \\S+"};
    Pattern gmail_x_v6_{"by 2002\\:a\\d\\d\\:\\w+\\:\\S+ with SMTP id \\S+"};
    Pattern googlemail_{"by smtp\\.googlemail\\.com with ESMTPSA id \\S+"};
    Pattern gw05_{
        "\\nfrom\\s(\\S+)\\sby\\s(\\S+)\\swith\\sESMTP\\;\\s+\\S\\S\\S,\\s+\\d+\\s+\\S\\S\\S\\s+"
        "\\d{4}\\s+\\d\\d:\\d\\d:"
        "\\d\\d\\s+[-+]*\\d{4}\\n$",
        "s"};
    Pattern from_localhost_{"\\bfrom (?:localhost\\s|(?:\\S+ ){1,2}\\S*\\b127\\.0\\.0\\.1\\b)"};
    Pattern qmail_uid_{"qmail \\d+ invoked by uid \\d+"};
    Pattern fetchmail_{"\\bby localhost with \\w+ \\(fetchmail-[\\d.]+"};
    Pattern received_date_{"(\\s.?\\d+ \\S\\S\\S \\d+ \\d+:\\d+:\\d+ \\S+)"};
    Pattern reply_prefix_{"^(?:(?:Re|Fwd|Fw|Aw|Antwort|WG|SV|VB|VS|VL):\\s*)+", "i"};
    Pattern caps_charset_{"=\\?@CAPS@\\?", "i"};
    Pattern outlook_id_{"^<[0-9a-f]{4}([0-9a-f]{8})\\$[0-9a-f]{8}\\$[0-9a-f]{8}\\@"};
    Pattern unsubscribe_{"<mailto:(?:leave-\\S+|\\S+-unsubscribe)\\@\\S+>$", "i"};
    Pattern template_{"%[A-Z][A-Z_-]"};
    Pattern template_exempt_{
        "^(?:X-VMS-To|X-UIDL|X-Face|To|Cc|From|Subject|References|In-Reply-To|(?:X-|Resent-|X-"
        "Original-)?Message-Id):",
        "i"};
    Pattern ratware_id_{"<[A-Z]{28}\\.([^>]+?)>"};
    Pattern srs_{"^SRS\\d[=+-]", "i"};
    Pattern user_at_domain_{"^([^@]+)\\@(.+)$"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_header_eval() {
    return std::make_unique<HeaderEval>();
}

}  // namespace plugins
