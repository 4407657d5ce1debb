// From the labels that mail puts on its text to the encodings we decode.
//
// The labels and their many spellings are those of Perl's Encode (its aliases, in its order), as
// SpamAssassin sees no others. What Encode does not know, gb18030 among them, is unknown here too.

#ifndef MESSAGE_CHARSET_NAME_H
#define MESSAGE_CHARSET_NAME_H

#include <string_view>

namespace message {

enum class Encoding {
    Unknown,
    Ascii,
    Latin1,
    Windows1252,
    Utf8,
    Utf7,
    Utf16Be,
    Utf16Le,
    Utf32,  // byte order mark or big endian
    Utf32Be,
    Utf32Le,
    Ucs2Be,
    Ucs2Le,
    Table,      // by way of iconv: one byte, or two (three in EUC-JP)
    Iso2022Jp,  // all its kin
    Iso2022Kr,
    Hz,
};

struct Charset {
    Encoding encoding = Encoding::Unknown;
    const char* name = "";   // Encode's canonical name
    const char* iconv = "";  // for Encoding::Table
};

// Case does not count. Answers are remembered per thread.
const Charset& find_charset(std::string_view label);

}  // namespace message

#endif  // MESSAGE_CHARSET_NAME_H
