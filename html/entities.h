// Character references in HTML text and attributes, read as HTML::Entities reads them.

#ifndef HTML_ENTITIES_H
#define HTML_ENTITIES_H

#include <string>
#include <string_view>

namespace html {

// The character a name stands for, 0 if none. Some names count only with their semicolon.
char32_t entity_code(std::string_view name, bool followed_by_semicolon);

// UTF-8 in, UTF-8 out. `by_prefix`: in running text "&ampfoo" is "&foo"; in attributes it is not.
std::string decode_entities(std::string_view text, bool by_prefix);

}  // namespace html

#endif  // HTML_ENTITIES_H
