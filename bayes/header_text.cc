#include "bayes/header_text.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "bayes/tokenizer.h"
#include "message/address.h"
#include "message/relay.h"
#include "regex/regex.h"
#include "util/strings.h"

namespace bayes {

namespace {

using Byte = unsigned char;
using Names = std::unordered_set<std::string, util::StringHash, std::equal_to<>>;

bool remove_prefix(std::string_view& s, std::string_view prefix) {
    if (s.substr(0, prefix.size()) != prefix)
        return false;
    s.remove_prefix(prefix.size());
    return true;
}

// With or without "x-" in front.
const Names& ignored_with_or_without_x() {
    static const Names names = {
        "sender",      "envelope-to",   "mailing-list",       "list-archive",   "list-help",
        "list-id",     "list-owner",    "list-post",          "list-subscribe", "list-unsubscribe",
        "list-host",   "list-manager",  "list-admin",         "list-comment",   "list-name",
        "list-url",    "resent-from",   "resent-to",          "resent-date",    "original-from",
        "original-to", "original-date", "spam-apparently-to", "status"};
    return names;
}

const Names& ignored_names() {
    static const Names names = {"content-class",
                                "content-length",
                                "date",
                                "delivered-to",
                                "delivery-date",
                                "forwarded",
                                "lines",
                                "mail-followup-to",
                                "replied",
                                "spam",
                                "subject",
                                "thread-index",
                                "thread-topic",
                                "x-antispam",
                                "x-ap-spam-score",
                                "x-ap-spam-status",
                                "x-beenthere",
                                "x-bogosity",
                                "x-converted-to-plain-text",
                                "x-egroups-from",
                                "x-egroups-return",
                                "x-filtered-by",
                                "x-flags",
                                "x-gnus-mail-source",
                                "x-imapbase",
                                "x-keywords",
                                "x-list",
                                "x-loop",
                                "x-mailman-version",
                                "x-mailscanner",
                                "x-mailscanner-spamcheck",
                                "x-mass-check-id",
                                "x-mdaemon-deliver-to",
                                "x-mdmailing-list",
                                "x-mime-autoconverted",
                                "x-originalarrivaltime",
                                "x-perlmx-spam",
                                "x-pyzor",
                                "x-rbl-warning",
                                "x-ripe-spam-status",
                                "x-scanned-by",
                                "x-scanner",
                                "x-smtpd",
                                "x-spam",
                                "x-spam-checker-version",
                                "x-spam-flag",
                                "x-spam-hits",
                                "x-spam-level",
                                "x-spam-report",
                                "x-spam-score",
                                "x-spam-status",
                                "x-sympa-to",
                                "x-uid",
                                "x-uidl",
                                "x-unsub",
                                "x-unsubscribe",
                                "x-virus-scanned",
                                "x-vm-bookmark",
                                "x-vm-imap-retrieved",
                                "x-vm-labels",
                                "x-vm-last-modified",
                                "x-vm-message-order",
                                "x-vm-pop-retrieved",
                                "x-vm-summary-format",
                                "x-vm-vheader",
                                "x-xemacs-list",
                                "xref"};
    return names;
}

bool is_address_header(std::string_view name) {
    if (!remove_prefix(name, "x-"))
        remove_prefix(name, "resent-");
    return name == "return-path" || name == "from" || name == "to" || name == "cc" ||
           name == "reply-to" || name == "errors-to" || name == "mail-followup-to" ||
           name == "sender";
}

bool is_message_id_header(std::string_view name) {
    if (!remove_prefix(name, "x-"))
        remove_prefix(name, "resent-");
    return name == "message-id";
}

// Headers of several names whose values are looked at together once more.
std::string_view group_of(std::string_view name) {
    if (name == "in-reply-to" || name == "references" || name == "message-id")
        return "*MI";
    if (name == "from" || name == "to" || name == "cc")
        return "*Ad";
    if (name == "x-mailer" || name == "user-agent")
        return "*UA";
    return {};
}

// Frequent names are short in the database; the spelling counts.
std::string_view compressed(std::string_view name) {
    static const std::unordered_map<std::string_view, std::string_view> names = {
        {"Message-Id", "*m"},
        {"Message-ID", "*M"},
        {"Received", "*r"},
        {"User-Agent", "*u"},
        {"References", "*f"},
        {"In-Reply-To", "*i"},
        {"From", "*F"},
        {"Reply-To", "*R"},
        {"Return-Path", "*p"},
        {"Return-path", "*rp"},
        {"X-Mailer", "*x"},
        {"X-Authentication-Warning", "*a"},
        {"Organization", "*o"},
        {"Organisation", "*o"},
        {"Content-Type", "*ct"},
        {"Content-Disposition", "*cd"},
        {"Content-Transfer-Encoding", "*ce"},
        {"x-spam-relays-trusted", "*RT"},
        {"x-spam-relays-untrusted", "*RU"},
    };
    auto it = names.find(name);
    return it == names.end() ? name : it->second;
}

std::string replace_with(const regex::Regex& re, std::string_view subject, std::string_view text) {
    return regex::replace_all(re, subject, [&](const regex::MatchData&) { return text; });
}

std::string replace_first(const regex::Regex& re, std::string_view subject) {
    regex::MatchData data;
    std::string out(subject);
    if (re.search(subject, data))
        out.erase(data.start(), data.end() - data.start());
    return out;
}

// " key=" of relay tables becomes a blank.
std::string drop_keys(std::string_view value) {
    std::string out;
    for (size_t i = 0; i < value.size(); ++i) {
        out += value[i];
        if (value[i] != ' ')
            continue;
        size_t end = i + 1;
        while (end < value.size() && value[end] >= 'a' && value[end] <= 'z')
            ++end;
        if (end > i + 1 && end < value.size() && value[end] == '=')
            i = end;
    }
    return out;
}

}  // namespace

bool is_ignored_header(std::string_view name) {
    if (ignored_names().count(name) != 0 || ignored_with_or_without_x().count(name) != 0)
        return true;
    if (!remove_prefix(name, "x-"))
        return false;
    if (ignored_with_or_without_x().count(name) != 0)
        return true;
    if (name.size() == 10 && name.substr(0, 4) == "vm-v" && util::is_digit(Byte(name[4])) &&
        name.substr(5) == "-data")
        return true;
    if (remove_prefix(name, "spamcop-") || remove_prefix(name, "bugzilla-"))
        return !name.empty();
    constexpr std::string_view kMetrics = "-metrics";
    if (remove_prefix(name, "dcc-") && name.size() >= 2 + kMetrics.size() &&
        name.size() <= 25 + kMetrics.size())
        return name.substr(name.size() - kMetrics.size()) == kMetrics;
    return false;
}

bool is_presence_only_header(std::string_view name) {
    static const Names names = {"x-face",
                                "x-gnupg-fingerprint",
                                "x-gnupg-key-fingerprint",
                                "x-gnu-pg-fingerprint",
                                "x-gnu-pg-key-fingerprint",
                                "x-pgp-fingerprint",
                                "x-pgp-key-fingerprint",
                                "x-gpg-fingerprint",
                                "x-gpg-key-fingerprint",
                                "dkim-signature",
                                "domainkey-signature",
                                "x-google-dkim-signature",
                                "arc-message-signature",
                                "arc-seal",
                                "autocrypt"};
    return names.count(name) != 0;
}

std::string chew_content_type(std::string_view value) {
    static const regex::Regex quoted = regex::Regex::literal(R"(boundary=["'](.*?)["'])", "i");
    static const regex::Regex words = regex::Regex::literal(R"(\b(?:text|charset)\b)");
    std::string boundary;
    std::string out = regex::replace_all(quoted, value, [&](const regex::MatchData& m) {
        boundary = std::string(m.text(1));
        return " ";
    });
    bool in_separators = false;
    for (char c : boundary) {
        bool separator = c == '-' || c == '_' || c == '.' || c == '=';
        if (separator != in_separators)
            out += ' ';
        in_separators = separator;
        out += util::is_xdigit(Byte(c)) ? 'H' : c;
    }
    if (in_separators)
        out += ' ';
    return replace_with(words, out, " ");
}

std::string chew_message_id(std::string_view value) {
    // Outlook Express: the first two groups stay the same over many mails of one sender.
    static const regex::Regex outlook = regex::Regex::literal(
        R"(<([0-9a-f]{4})[0-9a-f]{8}\$([0-9a-f]{4})[0-9a-f]{4}\$([0-9a-f]{8})@(\S+)>)");
    static const regex::Regex exim =
        regex::Regex::literal("<[A-Za-z0-9]{7}-[A-Za-z0-9]{6}-0[A-Za-z0-9]@");
    static const regex::Regex sendmail =
        regex::Regex::literal(R"(<20\d\d[01]\d[0-3]\d[012]\d[0-5]\d[0-5]\d\.[A-F0-9]{10,12}@)");
    std::string out = regex::replace_all(outlook, value, [](const regex::MatchData& m) {
        std::string text = " OEA";
        text.append(m.text(1)).append(" OEB").append(m.text(2)).append(" OEC").append(m.text(3));
        return text.append(" ").append(m.text(4)).append(" ");
    });
    out = replace_with(sendmail, replace_first(exim, out), "");
    for (char& c : out)
        if (!util::is_word(Byte(c)))
            c = ' ';
    return out;
}

std::string chew_received(std::string_view value) {
    static const regex::Regex ids[] = {
        regex::Regex::literal(R"(\swith\sSMTP\sid\sg[\dA-Z]{10,12}\s)"),
        regex::Regex::literal(R"(\swith\sESMTP\sid\s[\dA-F]{10,12}\s)"),
        regex::Regex::literal(R"(\bid\s[a-zA-Z0-9]{7,20}\b)"),
        regex::Regex::literal(R"(\bid\s[A-Za-z0-9]{7}-[A-Za-z0-9]{6}-0[A-Za-z0-9])"),
    };
    static const regex::Regex date = regex::Regex::literal(
        R"((?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s)?[0-3\s]?[0-9]\s)"
        R"((?:Jan|Feb|Mar|May|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s(?:19|20)?[0-9]{2}\s)"
        R"([0-2][0-9](?::[0-5][0-9]){1,2}\s)"
        R"((?:\s*\(|\)|\s*(?:[+-][0-9]{4})|\s*(?:UT|[A-Z]{2,3}T))*)");
    static const regex::Regex quad =
        regex::Regex::literal(R"(\b(\d{1,3}\.\d{1,3}\.\d{1,3})(\.\d{1,3})\b)");
    static const regex::Regex words = regex::Regex::literal(R"(\b(?:with|from|for|SMTP|ESMTP)\b)");
    std::string out(value);
    for (const regex::Regex& id : ids)
        out = replace_with(id, out, " ");
    out = replace_with(date, out, "");
    out = regex::replace_all(quad, out, [](const regex::MatchData& m) {
        std::string text(m.text(1));
        return text.append(" ip*").append(m.text(0)).append(" ");
    });
    return replace_with(words, out, " ");
}

std::string chew_addresses(std::string_view value) {
    std::string out;
    TokenSet tokens;  // keeps the text of an address; repetition does not matter
    for (const message::Mailbox& mailbox : message::parse_addresses(value)) {
        if (mailbox.phrase.has_value()) {
            if (!mailbox.phrase->empty() && util::is_space(Byte(mailbox.phrase->front())))
                out += "N* ";
            for (std::string_view word : util::words(*mailbox.phrase))
                out.append("N*").append(word).append(" ");
        }
        if (mailbox.address.has_value())
            tokenize_address(*mailbox.address, tokens);
    }
    for (size_t i = 0; i < tokens.size(); ++i)
        out.append(tokens.text(i)).append(" ");
    return out;
}

std::vector<HeaderText> header_texts(const message::Message& message,
                                     const std::set<std::string, std::less<>>& ignored,
                                     bool checked) {
    std::vector<HeaderText> out;
    util::StringMap<size_t> known;
    auto append = [&](std::string_view name, std::string_view value) {
        auto it = known.find(name);
        if (it == known.end()) {
            known.emplace(std::string(name), out.size());
            out.push_back({std::string(name), std::string(value)});
        } else {
            out[it->second].value.append(" ").append(value);
        }
    };
    auto take = [&](std::string_view name, std::string_view text) {
        std::string lower = util::lower(name);
        if (ignored.count(lower) != 0)
            return;
        std::string value = " ";  // as it stood behind the colon
        value.append(text);
        if (is_message_id_header(lower))
            value = chew_message_id(value);
        else if (is_address_header(lower))
            value = chew_addresses(value);
        else if (name == "Received")
            value = chew_received(value);
        else if (name == "Content-Type")
            value = chew_content_type(value);
        else if (name == "MIME-Version") {
            if (size_t at = value.find("1.0"); at != std::string::npos)
                value.erase(at, 3);
        } else if (is_presence_only_header(lower))
            value = "1";
        else if (name == "x-spam-relays-external" || name == "x-spam-relays-internal" ||
                 name == "x-spam-relays-trusted" || name == "x-spam-relays-untrusted")
            value = drop_keys(value);
        if (std::string_view group = group_of(lower); !group.empty())
            append(group, value);
        append(compressed(name), value);
    };

    std::vector<const message::HeaderField*> received;
    auto take_fields = [&](const std::vector<message::HeaderField>& fields) {
        for (const message::HeaderField& field : fields) {
            std::string lower = util::lower(field.name);
            if (lower == "received")
                received.push_back(&field);
            else if (!is_ignored_header(lower))
                take(field.name, field.decoded);
        }
    };
    take_fields(message.header_fields());
    if (!checked)
        take_fields(message.filter_marks());
    for (const auto& [name, value] : message.all_metadata()) {
        std::string lower = util::lower(name);
        if (!checked && (lower == "x-senderdomain" || lower == "x-authordomain"))
            continue;
        if (!util::istarts_with(lower, "x-spam-relays-"))
            take(lower, value);
    }
    const message::TrustPath& path = message.trust_path();
    take("x-spam-relays-trusted", message::TrustPath::as_string(path.trusted));
    take("x-spam-relays-untrusted", message::TrustPath::as_string(path.untrusted));
    take("x-spam-relays-internal", message::TrustPath::as_string(path.internal));
    take("x-spam-relays-external", message::TrustPath::as_string(path.external));
    // The two oldest hops: those next to the sender.
    for (size_t i = 0; i < 2 && i < received.size(); ++i) {
        const message::HeaderField& field = *received[received.size() - 1 - i];
        take(field.name, field.decoded);
    }
    return out;
}

}  // namespace bayes
