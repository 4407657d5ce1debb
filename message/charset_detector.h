// Which charset is text in whose declaration is missing or wrong? Mozilla's detector of 1998-2005,
// asked as Perl's Encode::Detect asks it, which SpamAssassin uses where it is installed.
//
// Built without libchardet nothing is ever found, as with SpamAssassin without Encode::Detect.
// Nothing fails; cost is linear. The answer is a label for find_charset().

#ifndef MESSAGE_CHARSET_DETECTOR_H
#define MESSAGE_CHARSET_DETECTOR_H

#include <string>
#include <string_view>

namespace message {

// "" when undecided.
std::string detect_charset(std::string_view bytes);

bool has_charset_detector();

}  // namespace message

#endif  // MESSAGE_CHARSET_DETECTOR_H
