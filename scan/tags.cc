#include "scan/tags.h"

#include <fmt/core.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <memory>

#include "message/date.h"
#include "rules/core_settings.h"
#include "rules/rule_set.h"
#include "scan/report.h"
#include "util/strings.h"
#include "util/version.h"

namespace scan {

namespace {

constexpr int kMostStars = 50;

std::string full_host_name() {
    static const std::string name = [] {
        char own[256] = "localhost";
        ::gethostname(own, sizeof own - 1);
        std::string found = own;
        if (found.find('.') == std::string::npos) {
            struct addrinfo hints = {}, *results = nullptr;
            hints.ai_flags = AI_CANONNAME;
            if (::getaddrinfo(own, nullptr, &hints, &results) == 0) {
                if (results->ai_canonname != nullptr &&
                    std::string_view(results->ai_canonname).find('.') != std::string_view::npos)
                    found = results->ai_canonname;
                ::freeaddrinfo(results);
            }
        }
        return found;
    }();
    return name;
}

std::string separator(std::optional<std::string_view> arguments) {
    return std::string(arguments.value_or(","));
}

std::string pad(double score, const std::string& shown, std::optional<std::string_view> arguments) {
    // SCORE(0), SCORE( ): widened to 3 + the length of the argument.
    if (!arguments || arguments->empty())
        return shown;
    char filler = arguments->front();
    size_t width = 3 + arguments->size();
    std::string out = shown;
    if (filler == '0') {
        bool negative = score < 0;
        std::string digits = negative ? shown.substr(1) : shown;
        while (digits.size() + negative < width)
            digits.insert(0, 1, '0');
        return (negative ? "-" : "") + digits;
    }
    while (out.size() < width)
        out.insert(0, 1, ' ');
    return out;
}

const message::Relay* newest(const std::vector<message::Relay>& relays) {
    return relays.empty() ? nullptr : &relays.front();
}
const message::Relay* oldest(const std::vector<message::Relay>& relays) {
    return relays.empty() ? nullptr : &relays.back();
}

std::string reversed(const std::string& ip) {
    auto parts = util::split(ip, '.');
    std::string out;
    for (auto it = parts.rbegin(); it != parts.rend(); ++it)
        out += (out.empty() ? "" : ".") + std::string(*it);
    return out;
}

using Arguments = std::optional<std::string_view>;
using Value = std::function<std::optional<std::string>(const TagContext&, Arguments)>;

std::string subtests(const TagContext& c, Arguments a, bool collapsed) {
    auto names = c.verdict.subtests;
    std::sort(names.begin(), names.end());
    std::string out;
    for (size_t i = 0; i < names.size();) {
        size_t n = 1;
        while (collapsed && i + n < names.size() && names[i + n] == names[i])
            ++n;
        out += (out.empty() ? "" : separator(a)) + names[i];
        if (n > 1)
            out += fmt::format("({})", n);
        i += n;
    }
    return out.empty() ? "none" : out;
}

std::string tests(const TagContext& c, Arguments a, bool scores) {
    std::map<std::string, std::string> by_name;
    auto names = c.verdict.sorted_tests();
    std::map<std::string, std::string> score_texts;
    for (const auto& hit : c.verdict.hits)
        score_texts[hit.rule] = hit.score_text;
    std::string out;
    for (const auto& name : names)
        out += (out.empty() ? "" : separator(a)) + name + (scores ? "=" + score_texts[name] : "");
    return out.empty() ? "none" : out;
}

const std::map<std::string, Value, std::less<>>& table() {
    static const std::map<std::string, Value, std::less<>> t = [] {
        std::map<std::string, Value, std::less<>> m;
        auto score = [](const TagContext& c, Arguments a) {
            return pad(c.verdict.score, c.verdict.shown_score(), a);
        };
        m["SCORE"] = m["HITS"] = score;
        m["REQD"] = [](const TagContext& c, Arguments) { return c.verdict.shown_required_score(); };
        m["YESNO"] = [](const TagContext& c, Arguments a) {
            std::string_view yes = "Yes", no = "No";
            if (a) {
                size_t comma = a->find(',');
                yes = a->substr(0, comma);
                no = comma == std::string_view::npos ? std::string_view() : a->substr(comma + 1);
                if (comma == std::string_view::npos)
                    no = "No";
            }
            return std::string(c.verdict.is_spam ? yes : no);
        };
        m["YESNOCAPS"] = [](const TagContext& c, Arguments) {
            return std::string(c.verdict.is_spam ? "YES" : "NO");
        };
        m["VERSION"] = [](const TagContext&, Arguments) { return std::string(kCompatibleVersion); };
        m["SUBVERSION"] = [](const TagContext&, Arguments) { return std::string("2024-03-25"); };
        m["RULESVERSION"] = [](const TagContext& c, Arguments) { return c.rules_version; };
        m["HOSTNAME"] = [](const TagContext& c, Arguments) { return host_name(c.status); };
        m["REMOTEHOSTNAME"] = [](const TagContext& c, Arguments) {
            const auto& host = c.status.options().remote_host;
            return host.empty() ? std::string("localhost") : host;
        };
        m["REMOTEHOSTADDR"] = [](const TagContext& c, Arguments) {
            const auto& address = c.status.options().remote_address;
            return address.empty() ? std::string("127.0.0.1") : address;
        };
        m["CONTACTADDRESS"] = [](const TagContext& c, Arguments) {
            return c.status.settings().get<rules::CoreSettings>().report_contact;
        };
        m["DATE"] = [](const TagContext&, Arguments) {
            return message::format_date(std::time(nullptr));
        };
        m["STARS"] = [](const TagContext& c, Arguments a) {
            std::string star = a && !a->empty() ? std::string(*a) : "*";
            std::string out;
            for (int i = 0; i < std::min(kMostStars, static_cast<int>(c.verdict.score)); ++i)
                out += star;
            return out;
        };
        m["TESTS"] = [](const TagContext& c, Arguments a) { return tests(c, a, false); };
        m["TESTSSCORES"] = [](const TagContext& c, Arguments a) { return tests(c, a, true); };
        m["SUBTESTS"] = [](const TagContext& c, Arguments a) { return subtests(c, a, false); };
        m["SUBTESTSCOLLAPSED"] = [](const TagContext& c, Arguments a) {
            return subtests(c, a, true);
        };
        m["AUTOLEARN"] = [](const TagContext& c, Arguments) { return c.verdict.autolearn; };
        m["AUTOLEARNSCORE"] = [](const TagContext& c, Arguments) {
            return perl_number(c.verdict.autolearn_points);
        };
        m["BAYES"] = [](const TagContext& c, Arguments) {
            return fmt::format("{:.4f}", c.verdict.bayes_score.value_or(0.5));
        };
        m["REPORT"] = [](const TagContext& c, Arguments) {
            return "\n" +
                   report_lines(
                       c.verdict.hits,
                       static_cast<size_t>(
                           c.status.settings().get<rules::CoreSettings>().report_wrap_width));
        };
        m["SUMMARY"] = [](const TagContext& c, Arguments) {
            return summary_lines(
                c.verdict.hits,
                static_cast<size_t>(
                    c.status.settings().get<rules::CoreSettings>().report_wrap_width));
        };
        m["PREVIEW"] = [](const TagContext& c, Arguments) {
            return content_preview(c.status.message().body_lines(), 1);
        };
        m["SUBJPREFIX"] = [](const TagContext& c, Arguments) {
            return c.verdict.subject_prefix.value_or("");
        };
        m["TIMING"] = [](const TagContext& c, Arguments) {
            return c.timing ? c.timing() : std::string();
        };
        m["HEADER"] = [](const TagContext& c, Arguments a) {
            std::string value(a ? c.status.get(*a) : std::string_view());
            if (value.ends_with('\n'))
                value.pop_back();
            return value;
        };
        m["SC"] = m["SCTYPE"] = [](const TagContext& c, Arguments) {
            return c.status.tag("SCTYPE").value_or("no");
        };
        m["SCRULE"] = [](const TagContext& c, Arguments) {
            return c.status.tag("SCRULE").value_or("none");
        };
        m["ADDEDHEADER"] = m["ADDEDHEADERHAM"] =
            m["ADDEDHEADERSPAM"] = [](const TagContext&, Arguments) { return std::string(); };
        // The trust path.
        auto relays = [&m](const char* name,
                           std::vector<message::Relay> message::TrustPath::*list) {
            m[name] = [list](const TagContext& c, Arguments) {
                return message::TrustPath::as_string(c.status.message().trust_path().*list);
            };
            m[std::string(name) + "REVIP"] = [list](const TagContext& c, Arguments) {
                std::string out;
                for (const auto& ip :
                     message::TrustPath::reverse_ips(c.status.message().trust_path().*list))
                    out += (out.empty() ? "" : " ") + ip;
                return out;
            };
        };
        relays("RELAYSTRUSTED", &message::TrustPath::trusted);
        relays("RELAYSUNTRUSTED", &message::TrustPath::untrusted);
        relays("RELAYSINTERNAL", &message::TrustPath::internal);
        relays("RELAYSEXTERNAL", &message::TrustPath::external);
        auto of_relay = [&m](const char* name, auto which, auto what) {
            m[name] = [which, what](const TagContext& c, Arguments) {
                const message::Relay* relay = which(c.status.message().trust_path());
                return relay == nullptr ? std::string() : what(*relay);
            };
        };
        auto last_external = [](const message::TrustPath& p) { return newest(p.external); };
        auto first_trusted = [](const message::TrustPath& p) { return oldest(p.trusted); };
        auto ip = [](const message::Relay& r) { return r.ip; };
        auto revip = [](const message::Relay& r) { return reversed(r.ip); };
        of_relay("LASTEXTERNALIP", last_external, ip);
        of_relay("LASTEXTERNALREVIP", last_external, revip);
        of_relay("LASTEXTERNALRDNS", last_external, [](const message::Relay& r) { return r.rdns; });
        of_relay("LASTEXTERNALHELO", last_external, [](const message::Relay& r) { return r.helo; });
        of_relay("FIRSTTRUSTEDIP", first_trusted, ip);
        of_relay("FIRSTTRUSTEDREVIP", first_trusted, revip);
        auto domain_of = [](const char* header) {
            return [header](const TagContext& c, Arguments) {
                const auto& settings = c.status.message().settings();
                std::string_view address = c.status.get(header);
                return message::uri_host_and_domain(address, settings).domain;
            };
        };
        m["SENDERDOMAIN"] = domain_of("EnvelopeFrom:addr");
        m["AUTHORDOMAIN"] = domain_of("From:addr");
        return m;
    }();
    return t;
}

}  // namespace

std::string host_name(const rules::MessageStatus& status) {
    const auto& configured = status.settings().get<rules::CoreSettings>().report_hostname;
    return configured.empty() ? full_host_name() : configured;
}

TagSource make_tag_source(const TagContext& context) {
    return [&context](std::string_view name, Arguments arguments) -> std::optional<std::string> {
        auto it = table().find(name);
        if (it != table().end())
            return it->second(context, arguments);
        if (const auto* plugin = context.plugins.find_tag(name))
            return (*plugin)(context.status, arguments.value_or(""));
        return context.status.tag(name);
    };
}

}  // namespace scan
