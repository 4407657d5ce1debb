// Received headers that are left out on purpose: hand-overs inside one host, and those of software
// that does not write an address down. Skipping is not the same as failing to parse: an unparseable
// header forbids ALL_TRUSTED, a skipped one does not. Also the two formats that do not begin with a
// plain "from ".

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "message/received_formats.h"
#include "message/received_pattern.h"

namespace message {

namespace {

using Pattern = ReceivedPattern;
using Captures = ReceivedPattern::Captures;
constexpr size_t kNone = std::string_view::npos;

bool matches_any(const std::vector<Pattern>& patterns, std::string_view text) {
    Captures c;
    for (const Pattern& pattern : patterns) {
        if (pattern.match(text, c))
            return true;
    }
    return false;
}

std::vector<Pattern> patterns(std::initializer_list<const char*> texts) {
    std::vector<Pattern> list;
    for (const char* text : texts)
        list.emplace_back(text);
    return list;
}

// What stands behind " ID " in a "FROM" header: the id, perhaps in "<>", then perhaps
// " FOR <recipient>". nullopt when there is anything else.
std::optional<std::string_view> id_before_recipient(std::string_view rest) {
    const size_t word_end = std::min(rest.find(' '), rest.size());
    if (word_end < rest.size()) {
        constexpr std::string_view kFor = " FOR <";
        const std::string_view recipient = rest.substr(word_end);
        if (recipient.substr(0, kFor.size()) != kFor || recipient.size() < kFor.size() + 2 ||
            recipient.find('>', kFor.size()) != recipient.size() - 1)
            return std::nullopt;
    }
    std::string_view id = rest.substr(0, word_end);
    if (id.size() > 1 && id.front() == '<')
        id.remove_prefix(1);
    if (id.size() > 1 && id.back() == '>')
        id.remove_suffix(1);
    return id.empty() ? std::nullopt : std::optional(id);
}

}  // namespace

FormatResult read_handover(std::string_view text) {
    // Left out because a later row also skips them: qmail's "by uid", Amazon's peer crosscheck,
    // Raptor's no.name.available and "with local".
    static const std::vector<Pattern> kBeforeScanner = patterns({
        "{_} ({^ @+}@{localhost}) by {_} (",
        "{_} {_} by {_} with {local-esmtp|local-smtp} ",  // Exim
        "127.0.0.1 (AVG SMTP {_} [{_}])",
        "{_}@{_} by {_} ",
        "Unknown/Local (",
        "{localhost} ({(}{_}@{)}{localhost}{)|[}",
        "{_} ({(}{_}@{)}{localhost}) ",
        "{_} ({_}@{_} [{localhost}]) ",
        "(AUTH: {_}) by {_} with ",  // Courier
        "localhost (localhost [[UNIX: localhost]]) by ",
        "{^.+} by {_} with Novell_GroupWise",
    });
    static const Pattern kScanner("{_} by {_} ({.100}) with qmail-scanner");
    static const std::vector<Pattern> kAfterScanner = patterns({
        "{_} ([unix socket]) by {_} (Cyrus v{#*}.{#*}.{#*}) with LMTPA",
        "{_} by {_} {with|via|for|(}",
        "{_} {with|via|for} {_} by{!}",
        "{_} (unverified) by{!}",
        "{_} (unknown) by {_} (SG) with {!}",  // SendGrid
        "{_} ({_} [local]) by {_} (OpenSMTPD) with {!}",
        "([{localhost}]) with MailEnable ",
        "facebook.com ({^)+}) by facebook.com with Thrift id {_}{$}",
        "{_} named {_} by gmailapi.google.com with HTTPREST{$}",
        "{_} id {_}{$}",
        "[<{~} (Jetsend",
    });
    if (matches_any(kBeforeScanner, text))
        return FormatResult::Skipped;
    Captures c;
    if (kScanner.match(text, c))
        return FormatResult::QmailScanner;
    if (text.find("(LSMTP for") != kNone || matches_any(kAfterScanner, text))
        return FormatResult::Skipped;
    return FormatResult::Unrecognized;
}

// simta and Rockliffe.
FormatResult read_capital_from_format(std::string_view text, ReceivedFields& fields) {
    static const Pattern kSimta("{helo} ({rdns} [{ip}]) BY {by} {(}({^)+}) WITH SMTP {)}ID ");
    Captures c;
    if (!kSimta.match(text, c))
        return FormatResult::Unrecognized;
    const std::optional<std::string_view> id = id_before_recipient(text.substr(c.end));
    if (!id)
        return FormatResult::Unrecognized;
    fields.looked_up_dns = true;
    fields.helo = c[Pattern::Helo];
    fields.rdns = c[Pattern::Rdns] == "unverified" ? std::string_view() : c[Pattern::Rdns];
    fields.ip = c[Pattern::Ip];
    fields.by = c[Pattern::By];
    fields.id = *id;
    return FormatResult::Relay;
}

FormatResult read_parenthesized_format(std::string_view text, ReceivedFields& fields) {
    static const Pattern kNortonGateway("{helo*} [{ip}]) by {by} (NAVGW {~}) with ");
    static const std::vector<Pattern> kSkipped = patterns({
        "{_}@localhost) by {_} ",  // sendmail -t
        "{^ @+}@{^)+}) by {_}(jqueuemail) id {^ ;+}",
    });
    Captures c;
    if (kNortonGateway.match(text, c)) {
        fields.helo = c[Pattern::Helo];
        fields.ip = c[Pattern::Ip];
        fields.by = c[Pattern::By];
        return FormatResult::Relay;
    }
    return matches_any(kSkipped, text) ? FormatResult::Skipped : FormatResult::Unrecognized;
}

}  // namespace message
