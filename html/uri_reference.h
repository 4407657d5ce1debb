// Link targets: trimming, and resolution against a base as RFC 2396 5.2 has it, with HTML.pm's
// departures: a scheme equal to the base's is no scheme, "//www..." and "//ftp..." without a base
// get one, and a path of "0" is no path.

#ifndef HTML_URI_REFERENCE_H
#define HTML_URI_REFERENCE_H

#include "html/char_string.h"

namespace html {

// Without white space and U+00A0 around it.
CharView trim_uri(CharView uri);

// data:, mailto:, file:, cid:, tel: are taken as they are.
bool is_opaque_uri(CharView uri);

// The base a <base href> sets: a file name at its end is taken off, a "/" added. Empty if the URI
// cannot be a base (not http, https, ftp).
CharString base_of(CharView uri);

// Empty for an empty reference without base.
CharString resolve(CharView base, CharView reference);

// The target in the content of a meta refresh ("0; url=..."); the content itself if it has none on
// its first line.
CharView refresh_target(CharView content, std::string& scratch);
// Whether there is one at all: "url", blanks, "=".
bool has_refresh_target(CharView content);

}  // namespace html

#endif  // HTML_URI_REFERENCE_H
