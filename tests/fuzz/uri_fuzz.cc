// Text is searched for URIs, and every URI, read as octets and as characters, is taken through all
// its forms to its domain.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "message/uri.h"

namespace {

message::MessageSettings make_settings() {
    auto registry = std::make_shared<message::Registry>();
    for (const char* tld : {"com", "net", "us", "uk", "de", "xn--p1ai"})
        registry->add_tld(tld);
    registry->add_2tld("co.uk");
    registry->add_3tld("demon.co.uk");
    message::MessageSettings settings;
    settings.registry = registry;
    settings.redirector_target = [](std::string_view uri) -> std::optional<std::string> {
        size_t at = uri.find("to=");
        if (at == uri.npos)
            return std::nullopt;
        return std::string(uri.substr(at + 3));
    };
    return settings;
}

void take_through(const message::UriString& uri, const message::MessageSettings& settings) {
    for (message::UriString& form : message::canonicalize(std::vector{uri}, settings)) {
        message::HostAndDomain found = message::uri_host_and_domain(form, settings);
        // A domain is the end of its host.
        if (found.host.size() < found.domain.size() ||
            found.host.compare(found.host.size() - found.domain.size(), std::string::npos,
                               found.domain) != 0)
            std::abort();
        size_t length = form.length();
        if (form.truncate(100) != (length > 100) || form.length() > 100)
            std::abort();
        form.rule_text();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const message::MessageSettings settings = make_settings();
    std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const message::TextUri& found : message::find_text_uris(text, settings)) {
        // Its raw form stands in the text.
        if (text.find(found.raw) == text.npos)
            std::abort();
        take_through(message::UriString(found.uri), settings);
    }
    take_through(message::UriString(std::string(text.substr(0, 8192))), settings);
    take_through(message::UriString(std::string(text.substr(0, 8192)), true), settings);
    return 0;
}
