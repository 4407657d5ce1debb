// Decoding tables of the charsets that have tables: one byte a character, or two (EUC-JP: three).
// The fence around iconv.
//
// A table is filled by way of iconv when first asked for and kept for the life of the process. It
// holds what Perl's Encode decodes: where the two differ, the differences are laid over it.
//
// Not handled: the private-use characters of big5-hkscs differ from Encode's older mapping.

#ifndef MESSAGE_CHARSET_TABLE_H
#define MESSAGE_CHARSET_TABLE_H

#include <array>
#include <string_view>
#include <vector>

namespace message {

struct CharsetTable {
    static constexpr char32_t kInvalid = 0xffffffff;
    static constexpr char32_t kLead = 0xfffffffe;  // first byte of two

    std::array<char32_t, 256> one{};
    std::vector<char32_t> two;    // [(lead - 0x80) * 256 + trail], empty for one-byte charsets
    std::vector<char32_t> three;  // EUC-JP after 0x8f: [(lead - 0xa1) * 94 + trail - 0xa1]
};

// `iconv_name` as charset_name.cc has it. All invalid if iconv does not know it.
const CharsetTable& charset_table(std::string_view iconv_name);

// ISO-8859-1 and windows-1252 need no iconv.
const std::array<char32_t, 256>& windows1252_table();

}  // namespace message

#endif  // MESSAGE_CHARSET_TABLE_H
