// URIs of a message: found in rendered text, taken from HTML, cleaned into every form that a rule
// should see (SpamAssassin's get_uri_detail_list, Util::uri_list_canonicalize,
// RegistryBoundaries::uri_to_domain).
//
// Octets and characters. SpamAssassin's URIs are Perl strings, and these come in two kinds that
// behave differently where they hold more than ASCII (white space, digits, lower case, what a
// percent escape of a character is, whether a host counts as UTF-8 or ISO-8859-1):
//   * octets: everything found in rendered text (the body is UTF-8 octets by then), everything
//     taken from headers, and links of an HTML part whose decoded source is all ASCII, unless an
//     entity brought in a character above U+00FF ("&eacute;" alone leaves the single octet E9);
//   * characters: all links of an HTML part whose decoded source has anything beyond ASCII, and
//     the exception just named.
// UriString carries the kind. Rules (`uri`, `uri_detail`) and Bayes see rule_text(): one byte per
// character where all are below U+0100, else UTF-8, so that a rule counts as Perl would.
// For ASCII the kinds are the same, and the functions that take plain strings read them as octets.
//
// Nothing here fails, and work is linear in the input but for redirect targets nested in one URI,
// which are followed ParseLimits::max_redirect_targets times.

#ifndef MESSAGE_URI_H
#define MESSAGE_URI_H

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "message/settings.h"

namespace message {

// A URI as Perl holds it: see above.
struct UriString {
    std::string bytes;           // octets as they are, or the UTF-8 of the characters
    bool is_characters = false;  // `bytes` is UTF-8 and stands for characters

    UriString() = default;
    explicit UriString(std::string b, bool characters = false)
        : bytes(std::move(b)), is_characters(characters) {}

    // What rules see, and what tells two URIs apart.
    std::string rule_text() const;
    // In Perl's length(): octets or characters (bytes that are no UTF-8 count one each).
    size_t length() const;
    // Keeps the first n of them; true if something was cut (uri_truncated).
    bool truncate(size_t n);
};

// One URI as found, with all that became of it.
struct Uri {
    std::string raw;
    std::set<std::string>
        types;  // "a", "img", "parsed", "schemeless", "unlinked", "domainkeys", ...
    std::vector<std::string> cleaned;      // raw and every canonical form, in SpamAssassin's order
    std::vector<UriString> forms;          // those of `cleaned`, with their kind
    std::vector<std::string> anchor_text;  // for "a"
    std::set<std::string> domains;         // registered domains of all forms
    std::map<std::string, std::string> hosts;  // host -> registered domain
    bool nofollow = false;
};

// A URI found in running text; always octets.
struct TextUri {
    std::string raw;          // as written, less the punctuation behind it
    std::string uri;          // with scheme; the key under which SpamAssassin keeps it
    bool schemeless = false;  // the scheme is ours
    bool unlinked = false;    // a bare host name that mail readers do not turn into a link
};

// URIs in the lines of a rendered body, in order (PerMsgStatus::_process_text_uri_list). Each
// distinct `raw` is taken once, at most ParseLimits::max_uris. They still have to pass
// add_uri_detail_list's test: dropped unless some canonical form has a registered domain.
std::vector<TextUri> find_text_uris(const std::vector<std::string>& lines,
                                    const MessageSettings& settings);
// The same for a single line.
std::vector<TextUri> find_text_uris(std::string_view line, const MessageSettings& settings);

// Every canonical form of the given URIs; distinct. First the given ones (line ends and outer
// white space gone) and the redirect targets found in them, then the forms as they arise. An
// octet host that cannot be converted to ASCII is joined to a character URI as Perl joins it.
std::vector<UriString> canonicalize(const std::vector<UriString>& uris,
                                    const MessageSettings& settings);
// Octets in, octets out.
std::vector<std::string> canonicalize(const std::vector<std::string>& uris,
                                      const MessageSettings& settings);

struct HostAndDomain {
    std::string host, domain;
};
// Host (ASCII form) and registered domain of a URI; both "" where it has none (uri_to_domain). An
// IP address is its own domain.
HostAndDomain uri_host_and_domain(const UriString& uri, const MessageSettings& settings);
HostAndDomain uri_host_and_domain(std::string_view uri, const MessageSettings& settings);

// Util::url_encode: "%41" becomes "A" for the printable ones, while control characters, blanks,
// DEL, high bytes and `" % < >` become "%xx".
std::string url_encode(std::string_view octets);
// "1113343453" -> "66.92.69.221". Decimal digits of any length; beyond 32 bits the first four bytes
// of the hexadecimal form count, as Util::decode_ulong_to_ip has it.
std::string decode_ulong_to_ip(std::string_view digits);

}  // namespace message

#endif  // MESSAGE_URI_H
