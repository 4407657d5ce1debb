// What is put right in the source before it is parsed, as HTML.pm does.

#ifndef HTML_SOURCE_REPAIR_H
#define HTML_SOURCE_REPAIR_H

#include <string>
#include <string_view>

namespace html {

// "&nbsp;" becomes a blank, "<br />" becomes "<br>" (any tag without attributes), the typographic
// double quotes U+201C and U+201D become '"' since they serve as attribute quotes. `utf8` tells
// whether letters and blanks past ASCII count in tags. The result is `source` itself or `buffer`.
std::string_view repair_source(std::string_view source, bool utf8, std::string& buffer);

}  // namespace html

#endif  // HTML_SOURCE_REPAIR_H
