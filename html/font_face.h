// Whether a <font face> looks like a list of font names.

#ifndef HTML_FONT_FACE_H
#define HTML_FONT_FACE_H

#include "html/char_string.h"

namespace html {

// Names of letters, blanks and hyphens, perhaps quoted, perhaps with a digit at the end, parted by
// commas; a ";" may follow. Anything else is the mark of a mass mailer (font_face_bad).
bool is_plain_font_face(CharView face);

}  // namespace html

#endif  // HTML_FONT_FACE_H
