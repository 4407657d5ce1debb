// The formats, in the order in which SpamAssassin's Received.pm tries them; the order is behaviour,
// because many formats overlap. Rows that an earlier row always takes are left out. All names in
// comments are the software that writes the format.

#include "message/received_formats.h"

#include <algorithm>
#include <vector>

#include "message/ip_text.h"
#include "message/received_pattern.h"
#include "util/strings.h"

namespace message {

namespace {

using Pattern = ReceivedPattern;
using Captures = ReceivedPattern::Captures;
constexpr size_t kNone = std::string_view::npos;

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != kNone;
}

// What a row says beyond its fields.
enum Trait : unsigned {
    kPlain = 0,
    kLooksUp = 1,        // the software looks the name up
    kHeloIsRdns = 2,     // one name stands for both
    kBlankUnknown = 4,   // rdns "unknown" means none
    kIdentInRdns = 8,    // rdns may be "IDENT:user@name" or "user@name"
    kSubFields = 16,     // {sub} holds helo= and ident=
    kDropId = 32,        // what looked like an id is a version
    kHeloOnlyHere = 64,  // no helo in the row: none at all
    kSkip = 128,
};

struct Format {
    Pattern pattern;
    unsigned traits;
    Format(const char* text, unsigned t = kPlain) : pattern(text), traits(t) {}
};
using Formats = std::vector<Format>;

// The value behind `key` up to a blank, the first that has at least `least` bytes. Its key and
// value are cut out: `before` and `after` receive what remains.
std::optional<std::string_view> cut_value(std::string_view text, std::string_view key, size_t least,
                                          std::string_view* before = nullptr,
                                          std::string_view* after = nullptr) {
    for (size_t at = text.find(key); at != kNone; at = text.find(key, at + 1)) {
        const size_t start = at + key.size();
        const size_t end = std::min(text.find(' ', start), text.size());
        if (end - start < least)
            continue;
        if (before)
            *before = text.substr(0, at);
        if (after)
            *after = text.substr(end);
        return text.substr(start, end - start);
    }
    return std::nullopt;
}

void read_sub_fields(std::string_view sub, ReceivedFields& fields) {
    std::string_view before = sub, after;
    if (const auto helo = cut_value(sub, "helo=", 1, &before, &after))
        fields.helo = *helo;
    auto ident = cut_value(before, "ident=", 0);
    if (!ident)
        ident = cut_value(after, "ident=", 0);
    if (ident)
        fields.ident = *ident;
}

void cut_ident_from_rdns(ReceivedFields& fields) {
    constexpr std::string_view kIdent = "IDENT:";
    for (bool marked : {true, false}) {
        if (marked && fields.rdns.substr(0, kIdent.size()) != kIdent)
            continue;
        const size_t start = marked ? kIdent.size() : 0;
        const size_t at = fields.rdns.find('@', start);
        if (at == kNone)
            continue;
        fields.ident = fields.rdns.substr(start, at - start);
        fields.rdns.remove_prefix(at + 1);
    }
}

void take(const Captures& c, unsigned traits, ReceivedFields& fields) {
    if (c.has(Pattern::Ip))
        fields.ip = c[Pattern::Ip];
    if (c.has(Pattern::By))
        fields.by = c[Pattern::By];
    if (c.has(Pattern::Rdns))
        fields.rdns = c[Pattern::Rdns];
    if (c.has(Pattern::Helo))
        fields.helo = c[Pattern::Helo];
    else if (traits & kHeloOnlyHere)
        fields.helo = {};
    if (c.has(Pattern::Ident))
        fields.ident = c[Pattern::Ident];
    if (c.has(Pattern::Id))
        fields.id = c[Pattern::Id];
    if (traits & kLooksUp)
        fields.looked_up_dns = true;
    if (traits & kHeloIsRdns)
        fields.helo = fields.rdns;
    if ((traits & kBlankUnknown) && fields.rdns == "unknown")
        fields.rdns = {};
    if (traits & kIdentInRdns)
        cut_ident_from_rdns(fields);
    if (traits & kSubFields)
        read_sub_fields(c[Pattern::Sub], fields);
    if (traits & kDropId)
        fields.id = {};
}

// The first row that fits completes the fields. nullopt when none does.
std::optional<FormatResult> try_formats(const Formats& formats, std::string_view text,
                                        ReceivedFields& fields) {
    Captures c;
    for (const Format& format : formats) {
        if (!format.pattern.match(text, c))
            continue;
        if (format.traits & kSkip)
            return FormatResult::Skipped;
        take(c, format.traits, fields);
        return FormatResult::Relay;
    }
    return std::nullopt;
}

// "with Microsoft SMTP Server 15.1.2.3" or "with mapi id 15.1.2.3", a comment perhaps between.
bool is_microsoft_server(std::string_view text) {
    static const Pattern kVersion(
        " with {Microsoft SMTP Server|mapi id} {(}({^)+}) {)}{#}.{#}.{#}.{#}");
    Captures c;
    for (size_t at = 0; kVersion.search(text, c, at); at = c.begin + 1) {
        if (c.end == text.size() || text[c.end] == ' ')
            return true;
    }
    return false;
}

std::optional<FormatResult> try_squirrelmail(std::string_view text, ReceivedFields& fields) {
    constexpr std::string_view kBy = "by ", kWith = " with HTTP";
    constexpr size_t kLeast = 10, kMost = 80;
    const size_t last_with = text.rfind(kWith);
    if (last_with == kNone)
        return std::nullopt;
    for (size_t at = 0; at < last_with; ++at) {
        const IpEnds ends = ip_address_ends(text, at);
        for (size_t i = 0; i < ends.count; ++i) {
            const size_t end = ends.end[i];
            const auto is_word = [&](size_t p) {
                return p < text.size() && util::is_word(static_cast<unsigned char>(text[p]));
            };
            if (is_word(end - 1) == is_word(end) ||
                (end < text.size() && (text[end] == '.' || text[end] == '-')))
                continue;
            for (size_t gap = kMost; gap >= kLeast; --gap) {
                const size_t by = end + gap;
                if (by >= text.size() || text.compare(by, kBy.size(), kBy) != 0)
                    continue;
                const size_t start = by + kBy.size();
                const size_t stop = text.find(' ', start);
                if (stop == kNone || stop == start || text.compare(stop, kWith.size(), kWith) != 0)
                    continue;
                fields.ip = text.substr(at, end - at);
                fields.by = text.substr(start, stop - start);
                return FormatResult::Relay;
            }
        }
    }
    return std::nullopt;
}

std::optional<FormatResult> try_exim(std::string_view text, ReceivedFields& fields) {
    static const Pattern kLocal("with local");
    static const Formats kExim = {
        {"[{ip}] ({<sub}{~}{>sub}) by {by} ", kSubFields},
        {"{rdns} ([{ip}]{<sub}{~}{>sub}) by {by} ", kHeloIsRdns | kSubFields},
        {"{rdns} [{ip}]{(}:{#}{)} by {by} ", kHeloIsRdns},
    };
    Captures c;
    for (size_t at = 0; kLocal.search(text, c, at); at = c.begin + 1) {
        if (c.begin > 0 && util::is_word(static_cast<unsigned char>(text[c.begin - 1])))
            continue;
        const std::string_view rest = text.substr(c.end);
        if (rest.substr(0, 1) == " ")
            return FormatResult::Skipped;
        const size_t blank = rest.find(' ');
        if (rest.substr(0, 1) == "-" && blank != kNone && blank >= 2)
            return FormatResult::Skipped;
    }
    if (const auto result = try_formats(kExim, text, fields))
        return result;

    // Odd forms: what single pieces say. They are kept even if they are not enough.
    static const Pattern kHelo(" ({<helo}{_}{>helo}) ");
    static const Pattern kAddress(" [{ip}{(}.{#}{)}] ");
    static const Pattern kBy("by {by} ");
    const size_t blank = text.find(' ');
    if (blank != kNone && blank > 0)
        fields.rdns = text.substr(0, blank);
    if (kHelo.search(text, c))
        fields.helo = c[Pattern::Helo];
    if (kAddress.search(text, c))
        fields.ip = c[Pattern::Ip];
    if (kBy.search(text, c)) {
        fields.by = c[Pattern::By];
        if (!fields.ip.empty())
            return FormatResult::Relay;
    }
    return std::nullopt;
}

// Formats that name their software: once the name is seen, the other named ones are not tried.
std::optional<FormatResult> try_named_software(std::string_view text, ReceivedFields& fields) {
    static const Formats kSmtpSvc = {
        {"{helo*} ([{ip}]{^)40}) by {by} with Microsoft SMTPSVC"},
        {"mail pickup service by {by} with Microsoft SMTPSVC{$}", kSkip},
    };
    static const Formats kMicrosoftServer = {{"{helo} ({?[}{ip}{zone}{?]}) by {by} ", kDropId}};
    static const Formats kXMail = {
        {"{helo} ({<ip}{?[}{_ip}{?]}{>ip}:{#}) by {by}{(} ({_}){)} with [XMail"}};
    static const Formats kEcelerity = {
        {"([{ip}:{#}] helo={helo}) by {by} "},
        {"{_} ([{ip}:{#}]) by {by} "},
    };
    static const Formats kPostfix = {
        {"{helo} ({rdns} [{ip}]) by {by} ", kLooksUp | kBlankUnknown},
        {"{helo} ({rdns}[{ip}]) by {by} ", kLooksUp | kBlankUnknown},
    };
    static const Formats kScalix = {{"{helo} ({? }{ip}) by {by}"}};
    static const Formats kDomino = {{"{helo} ([{ip}]) by {by} (Lotus"}};
    static const Pattern kEcelerityName("(ecelerity{!}");

    if (has(text, " SMTPSVC"))
        return try_formats(kSmtpSvc, text, fields);
    if (is_microsoft_server(text))
        return try_formats(kMicrosoftServer, text, fields);
    if (has(text, "[XMail ")) {
        const auto result = try_formats(kXMail, text, fields);
        if (result) {
            static const Pattern kId(" id <{id}>"), kFrom(" from <{<sub}{_}{>sub}>");
            Captures c;
            if (kId.search(text, c))
                fields.id = c[Pattern::Id];
            if (kFrom.search(text, c))
                fields.envfrom = c[Pattern::Sub];
        }
        return result;
    }
    if (Captures c; kEcelerityName.search(text, c))
        return try_formats(kEcelerity, text, fields);
    if (has(text, "Exim"))
        return try_exim(text, fields);
    if (has(text, " (Postfix) with"))
        return try_formats(kPostfix, text, fields);
    if (has(text, "(Scalix SMTP Relay"))
        return try_formats(kScalix, text, fields);
    if (has(text, " (Lotus Domino "))
        return try_formats(kDomino, text, fields);
    return std::nullopt;
}

// qmail names its protocol SMTP or QMQP, never with an id behind: that would be sendmail.
bool is_qmail(std::string_view text) {
    static const Pattern kHead(
        "{_}{(} ({HELO|EHLO} {_*}){)} ({(}{_}@{)}{?[}{_ip}{?]}){(} (envelope-sender <{_}>){)} by "
        "{_}");
    Captures c;
    if (!kHead.match(text, c))
        return false;
    // " (comments)" and " with ", then the protocol at the end of any text.
    constexpr std::string_view kWith = " with ";
    size_t with = c.end;
    if (text.compare(with, kWith.size(), kWith) != 0) {
        if (text.compare(with, 2, " (") != 0)
            return false;
        with = text.find(") with ", with + 3);
        if (with == kNone)
            return false;
        ++with;
    }
    for (std::string_view protocol : {" SMTP", " QMQP"}) {
        size_t at = with + kWith.size() - 1;
        for (; (at = text.find(protocol, at)) != kNone; ++at) {
            if (text.compare(at + protocol.size(), 4, " id ") != 0)
                return true;
        }
    }
    return false;
}

void read_qmail(std::string_view text, ReceivedFields& fields) {
    static const Formats kQmail = {
        {"{rdns} ({HELO|EHLO} {<helo}{^ ()*}{>helo}) ({ident*}@{?[}{ip}{?]}){(} (envelope-sender "
         "<{_}>){)} by {by}"},
        {"{rdns} ({HELO|EHLO} {<helo}{^ ()*}{>helo}) ({?[}{ip}{?]}){(} (envelope-sender "
         "<{_}>){)} by {by}"},
        {"{rdns} ({ident*}@{?[}{ip}{?]}){(} (envelope-sender <{_}>){)} by {by}", kHeloIsRdns},
        {"{rdns} ({?[}{ip}{?]}){(} (envelope-sender <{_}>){)} by {by}", kHeloIsRdns},
    };
    try_formats(kQmail, text, fields);
    // qmail does not look names up, but whoever called it may have; "unknown" tells nothing.
    if (fields.rdns == "unknown")
        fields.rdns = {};
    else
        fields.looked_up_dns = true;
}

bool is_qmail_ldap(std::string_view text) {
    static const Pattern kLdap(" by {_} (qmail-{_}) with ");
    Captures c;
    return kLdap.search(text, c);
}

std::optional<FormatResult> try_hotmail(std::string_view text, ReceivedFields& fields) {
    static const Pattern kBy("by {<by}{_}.hotmail.msn.com{>by} ");
    static const Pattern kAddress("{ip} ");
    Captures c;
    if (!has(text, ".hotmail.msn.com ") || !kBy.search(text, c))
        return std::nullopt;
    fields.by = c[Pattern::By];
    if (kAddress.match(text, c))
        fields.ip = c[Pattern::Ip];
    return FormatResult::Relay;
}

// Courier's "softdnserr" stands where the name would be.
void forget_soft_error(std::string_view previous_rdns, ReceivedFields& fields) {
    if (fields.rdns == "softdnserr") {
        fields.rdns = previous_rdns;
        fields.looked_up_dns = false;
    }
}

}  // namespace

FormatResult read_from_format(std::string_view text, ReceivedFields& fields) {
    static const Formats kAolWebMail = {{"{ip} by {by} ({_ip}) with HTTP (WebMailUI)"}};
    static const Pattern kWithHttp("{!}with HTTP{!}");
    static const Formats kImp = {{"{ip} ([{_ip}]) by {by}"}};
    static const Formats kSendmail = {
        {"{helo} ({rdns} [{ip}]{&}) by {by} (", kLooksUp | kIdentInRdns}};
    static const Formats kBeforeHotmail = {
        {"{helo} ({rdns} [{ip}]) by {by} with {_} (", kLooksUp},  // Exchange 5.5
        {"{rdns} ([{ip}] helo={helo}) by {by} with "},
        {"{helo} (<unknown{_*}>[{ip}]) by {by} "},
        {"{helo} ({rdns.}[{ip}]) by {by} ", kLooksUp},
        {"{helo} ({ident*}@[{ip}]{&}) by {by} (", kLooksUp},
    };
    static const Formats kBeforeQmail = {
        {"{rdns} ({HELO|EHLO} {helo*}) ({ip}) by {by} (qpsmtpd/{_}) with {ESMTP|SMTP}"},
        {"{rdns} (LHLO {helo*}) ({ip}) by {by} with LMTP"},                         // Zimbra
        {"{rdns} ({HELO|EHLO} {helo*}) [{ip}] by {by} ({^)+}) with {ESMTP|SMTP}"},  // GMX
        {"{helo} ([{ip}]) by {by} via smtpd (for {_}) with SMTP("},
    };
    static const Formats kBeforeCourier = {
        {"[{ip}] by {by} via HTTP{$}"},
        {"{_} ( [{ip}]){~} by {by} "},
        {"({helo} [{ip}]) by {by} "},
        {"[{ip}] by {by} "},
        {"({?[}{ip}{?]}) by {by} "},
        {"{helo} [{ip}] by {by} [{_ip}] with ", kLooksUp},  // MDaemon
        {"{helo} [({ip})] by {by} ({_ip}) "},               // MDaemon
        {"{helo} ([{ip}]) by {by} (", kLooksUp},            // sendmail
    };
    static const Pattern kCourier("{helo} ({rdns} [{ip}]){~} by {by!}");  // and sendmail
    static const Formats kBeforeFetch = {
        {"{helo} ([{ip}{(}{.|:}{#}{)}]){~} by {by} ", kLooksUp},
        {"{helo} ({rdns} [{ip}]){(} (authenticated bits={#}){)} by {by} (", kLooksUp},
    };
    static const Formats kAfterFetch = {
        // qmail and its patches
        {"{rdns} ({HELO|EHLO} {<helo}{^)*}{>helo}) ({(}{ident*}@{)}{?[}{ip}{?]}){&} by {by} ",
         kLooksUp},
        {"{rdns} ({(}{ident*}@{)}{?[}{ip}{?]}){&} by {by} ", kLooksUp | kHeloIsRdns},
        {"{rdns}({ip}) by {by} via smap ", kLooksUp},
        {"{rdns}({ip}, {HELO|EHLO} {helo*}) by {by} via smap ", kLooksUp},
        {"{ip} by {by} ({SMTPL|InterScan}{!}"},
        {"{_} by {_} with BSMTP", kSkip},
        {"{helo} ({rdns} [{ip}]) by {by} with ", kLooksUp},
        {"{rdns} ({HELO|EHLO} {helo*}) ({(}{ident}@{)}{ip}{~}) by {by} with ", kLooksUp},
        // CommuniGate
        {"[{ip}] ({(}account {_} {)}{HELO|EHLO} {helo*}) by {by} ("},
    };
    static const Formats kCommuniGate = {
        {"{rdns} ([{ip}] verified) by {by} (", kLooksUp | kHeloIsRdns}};
    static const Formats kLast = {
        {"{_} ({_}) by {_} (Content Technologies ", kSkip},
        {"{helo} ([{ip}] [{_}]) by {by} with "},
        {"{ip} by {by} with "},  // Tumbleweed
        {"{helo} ({rdns}[{ip}]) by {by} ", kLooksUp},
        {"[{ip}]{_} ({HELO|EHLO} {helo*}) by {by} "},  // F-Secure
        {"{ip} ({HELO|EHLO} {helo*}) by {by} "},
        {"{helo} [{ip}] by {by} "},  // SMTPD32
        {"{rdns}({ip}) by {by} "},   // csmap
        {"{helo} (unverified [{ip}]) by {by} "},
    };
    static const Pattern kWebmailComment("{ip} ({<sub}{^)+}{>sub}) by {by} with ");
    static const Formats kSubInComment = {{"[{ip}] ({<sub}{^)+}{>sub}) by {by} ", kSubFields}};
    static const Formats kObtuse = {
        {"{rdns}({ip}){(}, claiming to be \"{helo}\"{)} via {_} by {by},", kHeloOnlyHere}};
    static const Formats kYahoo = {
        {"{helo} ({_}@{ip} with login) by {<by}{_}.yahoo.com{>by} with SMTP"}};
    static const Pattern kOriginating("X-Originating-IP: {ip}{$}");
    Captures c;

    if ((has(text, " (SquirrelMail authenticated user ") ||
         has(text, " (NaSMail authenticated user "))) {
        if (const auto result = try_squirrelmail(text, fields))
            return *result;
    }
    if (has(text, "with HTTP (WebMailUI)") && has(text, "aol.com")) {
        for (const Format& format : kAolWebMail) {
            if (format.pattern.search(text, c)) {
                take(c, format.traits, fields);
                return FormatResult::Relay;
            }
        }
    }
    if (const auto result = try_named_software(text, fields))
        return *result;
    if (kImp.front().pattern.match(text, c)) {
        Captures with;
        if (kWithHttp.search(text, with)) {
            take(c, kImp.front().traits, fields);
            return FormatResult::Relay;
        }
    }
    if (kSendmail.front().pattern.match(text, c) && !is_qmail_ldap(text)) {
        take(c, kSendmail.front().traits, fields);
        return FormatResult::Relay;
    }
    if (const auto result = try_formats(kBeforeHotmail, text, fields))
        return *result;
    if (const auto result = try_hotmail(text, fields))
        return *result;
    if (const auto result = try_formats(kBeforeQmail, text, fields))
        return *result;
    if (is_qmail(text)) {
        read_qmail(text, fields);
        return FormatResult::Relay;
    }
    if (const auto result = try_formats(kBeforeCourier, text, fields))
        return *result;
    if (kCourier.match(text, c)) {
        const std::string_view previous_rdns = fields.rdns;
        take(c, kLooksUp, fields);
        forget_soft_error(previous_rdns, fields);
        return FormatResult::Relay;
    }
    if (const auto result = try_formats(kBeforeFetch, text, fields))
        return *result;
    if (has(text, "with POP3") || has(text, "with IMAP"))
        return FormatResult::Fetched;
    if (const auto result = try_formats(kAfterFetch, text, fields))
        return *result;
    if (has(text, " (CommuniGate Pro")) {
        if (const auto result = try_formats(kCommuniGate, text, fields))
            return *result;
    }
    if (const auto result = try_formats(kLast, text, fields))
        return *result;
    if (kWebmailComment.match(text, c) && c[Pattern::Sub].size() >= 2 &&
        util::is_alpha(static_cast<unsigned char>(c[Pattern::Sub][0]))) {
        take(c, kPlain, fields);
        return FormatResult::Relay;
    }
    if (const auto result = try_formats(kSubInComment, text, fields))
        return *result;
    if (const auto result = try_formats(kObtuse, text, fields)) {
        if (fields.rdns != "UNKNOWN")
            fields.looked_up_dns = true;
        return *result;
    }
    if (const auto result = try_formats(kYahoo, text, fields))
        return *result;
    if (kOriginating.match(text, c)) {
        fields.ip = c[Pattern::Ip];
        fields.by = {};
        return FormatResult::Relay;
    }

    if (const FormatResult result = read_handover(text); result != FormatResult::Unrecognized)
        return result;

    // No helo so far: the first word, up to its last byte that no host name has.
    if (fields.helo.empty() || fields.helo == "0") {
        for (size_t end = std::min(text.find(' '), text.size()); end > 0; --end) {
            if (end == text.size())
                continue;
            const unsigned char next = static_cast<unsigned char>(text[end]);
            if (!util::is_alnum(next) && next != '-' && next != '.') {
                fields.helo = text.substr(0, end);
                break;
            }
        }
    }
    return FormatResult::Unrecognized;
}

}  // namespace message
