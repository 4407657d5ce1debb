// Signs of an authenticated sender in a Received header, in the order of SpamAssassin's
// Received.pm: the first kind found decides.

#include <algorithm>
#include <array>

#include "message/received_formats.h"
#include "message/received_pattern.h"
#include "util/strings.h"

namespace message {

namespace {

using Pattern = ReceivedPattern;
constexpr size_t kNone = std::string_view::npos;

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != kNone;
}

bool ends_a_word(std::string_view text, size_t at) {
    return at == text.size() || text[at] == ' ' || text[at] == ';';
}

// " with ESMTPA" and its kin (RFC 3848, RFC 6531), ASMTP, and web mail.
std::string protocol_with_authentication(std::string_view header) {
    constexpr std::array<std::string_view, 12> kProtocols = {
        "ESMTPA",    "ESMTPSA",    "LMTPA", "LMTPSA", "UTF8SMTPA", "UTF8SMTPSA",
        "UTF8LMTPA", "UTF8LMTPSA", "ASMTP", "HTTP",   "HTTPS",     "HTTPU"};
    constexpr std::string_view kWith = " with ";
    for (size_t at = util::ifind(header, kWith); at != kNone;
         at = util::ifind(header, kWith, at + 1)) {
        const size_t start = at + kWith.size();
        const size_t end = std::min(header.find_first_of(" ;", start), header.size());
        const std::string_view word = header.substr(start, end - start);
        for (std::string_view protocol : kProtocols) {
            if (util::iequals(word, protocol))
                return std::string(word);
        }
    }
    return {};
}

// The queue ids of Google's submission servers: 1-4 letters or digits, "sm", 2-9 digits, three
// letters, then the time in dotted pairs.
bool is_gmail_submission_id(std::string_view id) {
    const auto digits = [&](size_t at) {
        size_t n = 0;
        while (at + n < id.size() && util::is_digit(static_cast<unsigned char>(id[at + n])))
            ++n;
        return n;
    };
    const auto lower = [&](size_t at) { return at < id.size() && id[at] >= 'a' && id[at] <= 'z'; };
    const auto tail_fits = [&](size_t at) {
        const size_t number = digits(at);
        if (number < 2 || number > 9)
            return false;
        at += number;
        if (!lower(at) || !lower(at + 1) || !lower(at + 2) || id.substr(at + 3, 1) != ".")
            return false;
        at += 4;
        const size_t short_number = digits(at);
        if (short_number < 1 || short_number > 3 || id.substr(at + short_number, 1) != ".")
            return false;
        at += short_number + 1;
        if (digits(at) != 4)
            return false;
        at += 4;
        for (int pair = 0; pair < 5; ++pair) {
            if (id.substr(at, 1) != "." || digits(at + 1) < 2 || id[at + 1] > '6')
                return false;
            at += 3;
            if (pair < 4 && id.substr(at, 1) != ".")
                return false;
        }
        return true;
    };
    for (size_t prefix = 1; prefix <= 4; ++prefix) {
        const char c = prefix <= id.size() ? id[prefix - 1] : '\0';
        if (!util::is_digit(static_cast<unsigned char>(c)) && !(c >= 'a' && c <= 'z'))
            return false;
        if (id.substr(prefix, 2) == "sm" && tail_fits(prefix + 2))
            return true;
    }
    return false;
}

std::string gmail(std::string_view header) {
    constexpr std::string_view kBy = " by mx.google.com with ESMTPS id ";
    bool submitted = false;
    for (size_t at = header.find(kBy); at != kNone && !submitted; at = header.find(kBy, at + 1))
        submitted = is_gmail_submission_id(header.substr(at + kBy.size()));
    if (!submitted)
        return {};
    static const Pattern kTransport("(version={helo} cipher={<sub}{^)+}{>sub})");
    Pattern::Captures c;
    if (!kTransport.search(header, c))
        return {};
    return "GMail - transport=" + std::string(c[Pattern::Helo]) +
           " cipher=" + std::string(c[Pattern::Sub]);
}

// Courier: "[address]) (AUTH: LOGIN user) by ", perhaps with more behind a comma.
std::string courier(std::string_view header) {
    constexpr std::string_view kAuth = " (AUTH: ", kBy = ") by ";
    if (header.substr(0, 5) != "from ")
        return {};
    const size_t last_by = header.rfind(kBy);
    if (last_by == kNone)
        return {};
    for (size_t at = header.find(kAuth, 7); at != kNone; at = header.find(kAuth, at + 1)) {
        const std::string_view before = header.substr(at - 2, 2);
        if (before != "])" && before != ")]")
            continue;
        const size_t method_start = at + kAuth.size();
        const size_t method_end = header.find(' ', method_start);
        if (method_end == kNone)
            return {};
        const std::string_view method = header.substr(method_start, method_end - method_start);
        if (method != "LOGIN" && method != "PLAIN" && method != "DIGEST-MD5" &&
            method != "CRAM-MD5")
            continue;
        const size_t user_end = std::min(header.find(' ', method_end + 1), header.size());
        // The user ends at ") by ", or at a comma with ") by " anywhere behind.
        const std::string_view user = header.substr(method_end + 1, user_end - method_end - 1);
        if (user.size() < 2)
            continue;
        if (user.back() == ')' && header.substr(user_end, 4) == " by ")
            return std::string(method);
        if (user.back() == ',' && user_end < header.size() && last_by >= user_end + 1)
            return std::string(method);
    }
    return {};
}

// Sendmail, MDaemon and others: an address in brackets and parentheses, and behind it a comment
// that says "authenticated", and " by".
bool sendmail(std::string_view header) {
    if (!has(header, "authenticated") || header.substr(0, 5) != "from ")
        return false;
    // The end of the first "]) ", "] (comment)) " or ")] ".
    size_t address_end = kNone;
    size_t comment = kNone;  // "] (" with no ")" since
    for (size_t i = 5; i + 1 < header.size() && address_end == kNone; ++i) {
        const char c = header[i];
        if (c == ']' && header.substr(i, 3) == "] (") {
            if (comment == kNone)
                comment = i;
        }
        if (c == ')' && header[i + 1] == ']' && header.substr(i + 2, 1) == " ")
            address_end = i + 3;
        else if (c == ']' && header[i + 1] == ')' && header.substr(i + 2, 1) == " ")
            address_end = i + 3;
        else if (c == ')' && comment != kNone && header[i + 1] == ')' &&
                 header.substr(i + 2, 1) == " ")
            address_end = i + 3;
        if (c == ')')
            comment = kNone;
    }
    if (address_end == kNone)
        return false;
    size_t at = address_end;
    for (std::string_view next : {"(", "authenticated", ")", " by"}) {
        at = header.find(next, at);
        if (at == kNone)
            return false;
        at += next.size();
    }
    return true;
}

// GMX authenticates its users but does not say so.
std::string gmx(std::string_view header) {
    static const Pattern kGmx(
        "from {_*} ({HELO|EHLO} {_*}) [{_ip}] by {by} ({^)+}) with {<sub}{ESMTP|SMTP}{>sub}");
    if (!has(header, " by mail.gmx."))
        return {};
    Pattern::Captures c;
    for (size_t at = 0; kGmx.search(header, c, at);) {
        if (c[Pattern::By] == "mail.gmx.net" || c[Pattern::By] == "mail.gmx.com")
            return "GMX (" + std::string(c[Pattern::Sub]) + " / " + std::string(c[Pattern::By]) +
                   ")";
        at = c.begin + 1;
    }
    return {};
}

bool critical_path(std::string_view header) {
    constexpr std::string_view kAuthenticated = " (authenticated as ";
    if (!has(header, kAuthenticated))
        return false;
    const size_t by = header.find(") by ");
    if (by == kNone)
        return false;
    const size_t last_id = header.rfind(") id ");
    if (last_id == kNone)
        return false;
    const auto digits = [&](size_t& at, size_t least, size_t most) {
        size_t n = 0;
        while (n < most && at < header.size() &&
               util::is_digit(static_cast<unsigned char>(header[at]))) {
            ++at;
            ++n;
        }
        return n >= least;
    };
    const auto take = [&](size_t& at, std::string_view part) {
        if (header.compare(at, part.size(), part) != 0)
            return false;
        at += part.size();
        return true;
    };
    // "(12.3.456)" or "(12.3.456.789)", then the user.
    for (size_t at = header.find(" (", by + 6); at != kNone; at = header.find(" (", at + 1)) {
        size_t i = at + 2;
        if (!digits(i, 1, 2) || !take(i, ".") || !digits(i, 1, 1) || !take(i, ".") ||
            !digits(i, 3, 3))
            continue;
        if (take(i, ".") && !digits(i, 1, 3))
            continue;
        if (!take(i, ")") || !take(i, kAuthenticated))
            continue;
        if (last_id > i)
            return true;
    }
    return false;
}

// Postfix with smtpd_sasl_authenticated_header; the name in parentheses is mail_name.
std::string postfix(std::string_view header) {
    static const Pattern kSender(") (Authenticated sender: {_}) by {_} ({<sub}{^)+}{>sub}) with ");
    Pattern::Captures c;
    if (!kSender.search(header, c))
        return {};
    const std::string name(c[Pattern::Sub]);
    return name == "Postfix" ? name : "Postfix (" + name + ")";
}

bool communigate(std::string_view header) {
    static const Pattern kTransport("CommuniGate Pro {HTTP|SMTP|XIMSS|IMAP}");
    Pattern::Captures c;
    return kTransport.search(header, c) && has(header, " (account ");
}

bool exchange_dav(std::string_view header) {
    static const Pattern kDav(" with Microsoft Exchange Server HTTP-DAV{!}");
    Pattern::Captures c;
    return kDav.search(header, c);
}

std::string via_http(std::string_view header) {
    constexpr std::string_view kVia = " (via HTTP";
    for (size_t at = util::ifind(header, kVia); at != kNone;
         at = util::ifind(header, kVia, at + 1)) {
        const size_t start = at + kVia.size() - 4, end = at + kVia.size();
        for (size_t word_end : {end + 1, end}) {
            if (word_end < header.size() && header[word_end] == ')' &&
                ends_a_word(header, word_end + 1))
                return std::string(header.substr(start, word_end - start));
        }
    }
    return {};
}

}  // namespace

std::string find_authentication(std::string_view header) {
    const bool has_by = has(header, " by ");
    if (has_by) {
        if (std::string protocol = protocol_with_authentication(header); !protocol.empty())
            return protocol;
        if (std::string transport = gmail(header); !transport.empty())
            return transport;
    }
    // The rest needs a comment in parentheses or the name of one program.
    if (std::string method = courier(header); !method.empty())
        return method;
    if (sendmail(header))
        return "Sendmail";
    if (std::string method = gmx(header); !method.empty())
        return method;
    if (critical_path(header))
        return "CriticalPath";
    if (std::string name = postfix(header); !name.empty())
        return name;
    if (communigate(header))
        return "Communigate";
    if (exchange_dav(header))
        return "HTTP-DAV";
    return has_by ? via_http(header) : std::string();
}

}  // namespace message
