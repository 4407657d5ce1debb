// Character references in text and attribute values, as HTML::Entities 3.8x decodes them.
//
// Names are the 253 of HTML 4 and XHTML; the Latin-1 ones among them need no semicolon and, where
// `expand_prefix` is set (text, not attributes), are taken off the front of a longer name
// ("&nbspbar"). Unknown names, 0, U+FFFE, U+FFFF and numbers past U+10FFFF stay as written.
// References to a surrogate pair make one character, other non-characters become U+FFFD.

#ifndef HTML_ENTITIES_H
#define HTML_ENTITIES_H

#include "html/char_string.h"

namespace html {

// Replaces the contents of `out`. Octets stay octets unless a reference is past U+00FF by number or
// a name for such; then all of it becomes UTF-8.
void decode_entities(CharView in, bool expand_prefix, CharString& out);

}  // namespace html

#endif  // HTML_ENTITIES_H
