// From a URI to its host and registered domain.

#include "message/host_name.h"
#include "message/ip_text.h"
#include "message/uri.h"
#include "message/uri_unicode.h"
#include "util/strings.h"

namespace message {
namespace {

// "%21".."%7e" should have been decoded: the decoded form is looked at as well.
bool has_needless_escape(std::string_view s) {
    for (size_t i = s.find('%'); i != s.npos; i = s.find('%', i + 1)) {
        if (i + 2 >= s.size())
            return false;
        int high = util::hex_value(s[i + 1]);
        int low = util::hex_value(s[i + 2]);
        if (low < 0)
            continue;
        if ((high == 2 && low >= 1) || (high >= 3 && high <= 6) || (high == 7 && low <= 14))
            return true;
    }
    return false;
}

// "host:80" and "host:" -> "host"
void drop_port(std::string& host, bool characters) {
    size_t end = host.size();
    while (end > 0) {
        CodePoint c = characters ? code_point_before(host, end)
                                 : CodePoint{static_cast<unsigned char>(host[end - 1]), 1};
        bool digit = characters ? unicode_digit_value(c.value) >= 0
                                : util::is_digit(static_cast<unsigned char>(c.value));
        if (!digit)
            break;
        end -= c.size;
    }
    if (end > 0 && host[end - 1] == ':')
        host.resize(end - 1);
}

// The host as written, of a lowercased mailto URI; false where it is ambiguous or missing.
bool mail_host(std::string& uri) {
    uri.resize(std::min(uri.find('?'), uri.size()));
    size_t at = uri.find('@');
    if (at == uri.npos || uri.find('@', at + 1) != uri.npos)
        return false;
    uri.erase(0, at + 1);
    return true;
}

// "scheme://user@host:port/path" -> "host". An "&" stays: some mail readers take it as part of
// the host.
void web_host(std::string& uri, bool characters) {
    size_t scheme = 0;
    while (scheme < uri.size() && uri[scheme] >= 'a' && uri[scheme] <= 'z')
        ++scheme;
    if (scheme > 0 && scheme < uri.size() && uri[scheme] == ':') {
        ++scheme;
        for (int slashes = 0; slashes < 2 && scheme < uri.size() && uri[scheme] == '/'; ++slashes)
            ++scheme;
        uri.erase(0, scheme);
    }
    uri.resize(std::min(uri.find_first_of("/?#"), uri.size()));
    size_t at = uri.rfind('@');
    if (at != uri.npos)
        uri.erase(0, at + 1);
    drop_port(uri, characters);
}

HostAndDomain host_and_domain(std::string_view text, bool characters,
                              const MessageSettings& settings) {
    std::string uri = characters ? unicode_lower(text) : util::lower(text);
    for (std::string_view scheme : {"javascript:", "cid:", "file:"})
        if (uri.compare(0, scheme.size(), scheme) == 0)
            return {};
    if (uri.compare(0, 7, "mailto:") == 0) {
        uri.erase(0, 7);
        if (!mail_host(uri))
            return {};
    } else {
        web_host(uri, characters);
    }
    if (uri.empty() || has_needless_escape(uri))
        return {};

    HostAndDomain result;
    result.host = idn_to_ascii(uri);
    if (is_ip_address(result.host)) {
        result.domain = result.host;
        return result;
    }
    if (!settings.registry || !is_fqdn_valid(result.host) ||
        !settings.registry->is_domain_valid(result.host, true))
        return {};
    result.domain = settings.registry->trim_domain(result.host, true);
    return result;
}

}  // namespace

HostAndDomain uri_host_and_domain(const UriString& uri, const MessageSettings& settings) {
    return host_and_domain(uri.bytes, uri.is_characters, settings);
}

HostAndDomain uri_host_and_domain(std::string_view uri, const MessageSettings& settings) {
    return host_and_domain(uri, false, settings);
}

}  // namespace message
