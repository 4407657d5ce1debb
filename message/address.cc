#include "message/address.h"

#include <algorithm>

#include "message/address_list.h"
#include "message/host_name.h"
#include "regex/regex.h"
#include "util/strings.h"

namespace message {

namespace {

#define QUOTED "\" (?:|(?:[^\"\\\\]++|\\\\.)*+) \""
#define MAIL_ADDRESS                              \
    "(?: (?: " QUOTED                             \
    " | [^\\@\\s\\<\\>\\(\\)\\[\\]\\,\\:\\;]+ ) " \
    "\\@ (?: [^\\\"\\s\\<\\>\\(\\)\\[\\]\\,\\:\\;]+ | \\[ [\\d:.]+ \\] ) )"
#define PHRASE "( (?: " QUOTED " | [^\",;<]++ )+ )"
#define COMMENT "\\((?:|(?:[^()\\\\]++|\\\\.)*+)\\)"

struct Patterns {
    // One mailbox and the separator behind it: phrase, <address>; or bare address; or phrase alone;
    // then a comment.
    regex::Regex mailbox = regex::Regex::literal(
        "\\G \\s* (?: (?: " PHRASE
        " \\s* )? < \\s* ( [^>\\@]* \\S+ | \\s* ) \\s* > (?: \\s* < \\s* (?: (?: " QUOTED
        " )? \\S+ | \\s* ) \\s* > )* | (?: ( " MAIL_ADDRESS " ) | " PHRASE
        " ) ) (?: \\s* \\( ( (?:|(?:[^()\\\\]++|\\\\.)*+) ) \\) )? \\s* (?: [,;] | \\z )",
        "ix");
    regex::Regex whole_address = regex::Regex::literal("^" MAIL_ADDRESS "$", "ix");
    regex::Regex in_brackets = regex::Regex::literal("<(" MAIL_ADDRESS ")>", "ixs");
    regex::Regex group = regex::Regex::literal("^[^\"()<>]+:\\s*(.*?)\\s*(?:;.*)?", "s");
    regex::Regex comment = regex::Regex::literal(COMMENT, "s");
    regex::Regex phrase_part =
        regex::Regex::literal("(?:\"(|(?:[^\"\\\\]++|\\\\.)*+)\"|([^\"]++))", "is");
    regex::Regex user_and_host = regex::Regex::literal("^(([^\\@]*)\\@([^\\@]*)).*");
};

const Patterns& patterns() {
    static const Patterns p;
    return p;
}

bool is_plausible(std::string_view address) {
    return !address.starts_with("\"\"@") && std::count(address.begin(), address.end(), '"') != 1;
}

std::string without_comments(std::string_view text) {
    if (text.find('(') == std::string_view::npos)
        return std::string(text);
    return regex::replace_all(patterns().comment, text,
                              [](const regex::MatchData&) { return std::string(); });
}

std::string readable_phrase(std::string_view phrase) {
    std::string out;
    regex::MatchData m;
    regex::for_each_match(patterns().phrase_part, phrase, m, [&](const regex::MatchData& part) {
        if (auto quoted = part.group(1)) {
            for (size_t i = 0; i < quoted->size(); ++i) {
                // A backslash goes unless another one follows; two become one.
                if ((*quoted)[i] == '\\') {
                    if (i + 1 < quoted->size() && (*quoted)[i + 1] == '\\')
                        out += (*quoted)[i++];
                    continue;
                }
                out += (*quoted)[i];
            }
        } else {
            out += without_comments(part.text(2));
        }
        return true;
    });
    return out;
}

// "user@host" of "user@host@more".
std::string first_address(std::string address) {
    size_t at = address.find('@');
    size_t more = at == std::string::npos ? at : address.find('@', at + 1);
    if (more != std::string::npos)
        address.erase(more, address.find('\n', more) - more);  // to the end of the line
    return address;
}

// "user@host" without white space, the host well formed: a whole phrase may be an address.
bool is_bare_address(std::string_view text) {
    size_t at = text.find('@');
    if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos)
        return false;
    for (char c : text)
        if (util::is_space(c))
            return false;
    return is_fqdn_valid(idn_to_ascii(text.substr(at + 1)));
}

std::vector<Mailbox> parse_forgivingly(std::string_view raw) {
    const Patterns& p = patterns();
    std::string text = util::replace_all(std::string(util::trim_right(raw)), "\\\\", "");
    thread_local regex::MatchData m;
    if (text.find(':') != std::string::npos)
        text = regex::replace_all(p.group, text,
                                  [](const regex::MatchData& g) { return std::string(g.text(1)); });
    std::vector<Mailbox> out;
    if (util::trim(text).empty())
        return out;
    size_t at = 0;
    while (at <= text.size() && p.mailbox.search(text, m, at)) {
        bool progress = m.end() > at;
        at = m.end();
        auto take = [&](size_t group) -> std::optional<std::string> {
            auto g = m.group(group);
            return g ? std::optional<std::string>(*g) : std::nullopt;
        };
        std::optional<std::string> phrase = take(1) ? take(1) : take(4);
        bool bracketed = m.group(2).has_value();
        std::optional<std::string> address = bracketed ? take(2) : take(3);
        std::optional<std::string> comment = take(5);
        if (bracketed) {
            address = without_comments(*address);
            if (!p.whole_address.search(*address) && !address->empty())
                address.reset();
            else if (address->empty())
                address.reset();
        }
        if (address && !is_plausible(*address))
            address.reset();
        if (phrase) {
            *phrase = readable_phrase(*phrase);
            regex::MatchData w;
            if (!address && p.whole_address.search(*phrase) && is_plausible(*phrase) &&
                p.user_and_host.search(*phrase, w) && is_fqdn_valid(idn_to_ascii(w.text(3)))) {
                address = std::move(phrase);
                phrase.reset();
            } else if (phrase->empty() || (address && *phrase == *address)) {
                phrase.reset();
            }
        }
        if (!phrase && comment)
            phrase = comment;
        if (address)
            address = first_address(std::move(*address));
        out.push_back({std::move(phrase), std::move(address)});
        if (!progress || at >= text.size())
            break;
    }
    // What is left may still hold an address in brackets.
    std::string_view rest = std::string_view(text).substr(std::min(at, text.size()));
    if (rest.find('@') != std::string_view::npos)
        regex::for_each_match(p.in_brackets, rest, m, [&](const regex::MatchData& found) {
            std::string address(found.text(1));
            if (is_plausible(address))
                out.push_back({std::nullopt, first_address(std::move(address))});
            return true;
        });
    return out;
}

// What the grammar makes of it.
std::vector<Mailbox> parse_strictly(std::string_view raw) {
    std::string text = util::replace_all(std::string(raw), "\\\\", "");
    std::vector<Mailbox> out;
    for (ListedAddress& listed : parse_address_list(text)) {
        Mailbox mailbox{std::move(listed.phrase), listed.address()};
        if (mailbox.phrase && !mailbox.address && !listed.user && !listed.comment &&
            is_plausible(*mailbox.phrase) && is_bare_address(*mailbox.phrase)) {
            mailbox.address = std::move(mailbox.phrase);
            mailbox.phrase.reset();
        }
        if (!mailbox.phrase)
            mailbox.phrase = std::move(listed.comment);
        if (!mailbox.phrase && !mailbox.address)
            mailbox.phrase = text;
        out.push_back(std::move(mailbox));
    }
    return out;
}

}  // namespace

std::vector<Mailbox> parse_addresses(std::string_view raw) {
    if (util::trim(raw).empty())
        return {};
    std::vector<Mailbox> found = parse_forgivingly(raw);
    size_t commas = static_cast<size_t>(std::count(raw.begin(), raw.end(), ','));
    if (found.empty() || found.size() < commas + 1) {
        std::vector<Mailbox> more = parse_strictly(raw);
        if (more.size() > found.size())
            return more;
    }
    return found;
}

}  // namespace message
