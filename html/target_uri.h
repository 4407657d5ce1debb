// References resolved against a base URI (RFC 3986, section 5.2), the lenient way: a reference may
// repeat the scheme of its base.

#ifndef HTML_TARGET_URI_H
#define HTML_TARGET_URI_H

#include <string>
#include <string_view>

namespace html {

std::string target_uri(std::string_view base, std::string_view reference);

}  // namespace html

#endif  // HTML_TARGET_URI_H
