#include "scan/tag_source.h"

#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "message/date.h"
#include "message/host_name.h"
#include "rules/core_settings.h"
#include "scan/report.h"
#include "scan/tags.h"
#include "util/strings.h"

namespace scan {

namespace {

using Arguments = std::optional<std::string_view>;

std::string or_if_empty(const std::string& text, std::string_view fallback) {
    return text.empty() ? std::string(fallback) : text;
}

// Tags of the message, the clock and the client.
std::optional<std::string> scan_tag(std::string_view name, Arguments arguments,
                                    const TagContext& c) {
    if (name == "HOSTNAME")
        return shown_host_name(c.status);
    if (name == "REMOTEHOSTNAME")
        return or_if_empty(c.status.options().remote_host, "localhost");
    if (name == "REMOTEHOSTADDR")
        return or_if_empty(c.status.options().remote_address, "127.0.0.1");
    if (name == "DATE")
        return message::format_date(std::time(nullptr));
    if (name == "PREVIEW")
        return content_preview(c.status.message().body_lines(), 1);
    if (name == "TIMING")
        return c.timing ? c.timing() : std::string();
    if (name == "HEADER")
        return arguments && !arguments->empty() ? std::string(c.status.get(*arguments))
                                                : std::string();
    return relay_tag(name, c.status.message().trust_path());
}

// Tags that are known, and empty, also when nothing has set them (PerMsgStatus::new).
bool is_known_tag(std::string_view name) {
    static constexpr std::string_view kNames[] = {"ASN",
                                                  "ASNCIDR",
                                                  "AWL",
                                                  "AWLCOUNT",
                                                  "AWLMEAN",
                                                  "AWLPRESCORE",
                                                  "BAYESTC",
                                                  "BAYESTCHAMMY",
                                                  "BAYESTCLEARNED",
                                                  "BAYESTCSPAMMY",
                                                  "DCCB",
                                                  "DCCR",
                                                  "DCCREP",
                                                  "DKIMDOMAIN",
                                                  "DKIMIDENTITY",
                                                  "DKIMSELECTOR",
                                                  "EXTRACTTEXTCHARS",
                                                  "EXTRACTTEXTEXTENSIONS",
                                                  "EXTRACTTEXTFLAGS",
                                                  "EXTRACTTEXTTOOLS",
                                                  "EXTRACTTEXTTYPES",
                                                  "EXTRACTTEXTURIS",
                                                  "EXTRACTTEXTWORDS",
                                                  "HAMMYTOKENS",
                                                  "PYZOR",
                                                  "RBL",
                                                  "REPORT",
                                                  "SPAMMYTOKENS",
                                                  "SUBJPREFIX",
                                                  "SUMMARY",
                                                  "TOKENSUMMARY"};
    return std::ranges::find(kNames, name) != std::end(kNames);
}

std::vector<std::string> ascii_domains(std::string_view lines) {
    std::vector<std::string_view> seen;
    std::vector<std::string> domains;
    for (auto line : util::split(lines, '\n')) {
        if (line.empty() || std::ranges::find(seen, line) != seen.end())
            continue;
        seen.push_back(line);
        domains.push_back(message::idn_to_ascii(line));
    }
    return domains;
}

}  // namespace

TagSource make_tag_source(const TagContext& context) {
    return [&context](std::string_view name, Arguments arguments) -> std::optional<std::string> {
        // A header template that names itself would never end.
        if (name.starts_with("ADDEDHEADER"))
            return std::nullopt;
        auto value = verdict_tag(name, arguments, context.verdict,
                                 context.status.settings().get<rules::CoreSettings>());
        if (!value)
            value = scan_tag(name, arguments, context);
        if (value)
            return value;
        if (const auto* plugin = context.plugins.find_tag(name))
            return (*plugin)(context.status, arguments.value_or(""));
        value = context.status.tag(name);
        if (!value && name == "LANGUAGES")
            return std::string(context.status.message().metadata("X-Languages").value_or(""));
        if (!value && is_known_tag(name))
            return std::string();
        return value;
    };
}

void set_domain_tags(rules::MessageStatus& status) {
    auto& message = status.message();
    auto sender = ascii_domains(message.get_or("EnvelopeFrom:first:addr:host", ""));
    if (!sender.empty()) {
        status.set_tag("SENDERDOMAIN", sender.front());
        message.put_metadata("X-SenderDomain", sender.front());
    }
    auto authors = ascii_domains(message.get_or("From:addr:host", ""));
    if (!authors.empty()) {
        message.put_metadata("X-AuthorDomain", util::join(authors, " "));
        status.set_tag_values("AUTHORDOMAIN", std::move(authors));
    }
}

const std::string& full_host_name() {
    static const std::string name = [] {
        char own[256] = "localhost";
        ::gethostname(own, sizeof own - 1);
        std::string found = own;
        if (found.find('.') == std::string::npos) {
            // The first of the names that are this one with a domain.
            if (const hostent* host = ::gethostbyname(own)) {
                std::vector<std::string> names{host->h_name};
                for (char** alias = host->h_aliases; *alias != nullptr; ++alias)
                    names.emplace_back(*alias);
                for (const auto& candidate : names)
                    if (candidate.starts_with(std::string(own) + ".")) {
                        found = candidate;
                        break;
                    }
            }
        }
        std::erase_if(found, [](char c) { return c == '(' || c == ')'; });
        return found;
    }();
    return name;
}

std::string shown_host_name(const rules::MessageStatus& status) {
    return or_if_empty(status.settings().get<rules::CoreSettings>().report_hostname,
                       full_host_name());
}

}  // namespace scan
