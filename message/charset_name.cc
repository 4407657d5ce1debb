#include "message/charset_name.h"

#include <string>
#include <vector>

#include "regex/regex.h"
#include "util/strings.h"

namespace message {
namespace {

constexpr Charset kUnknown;

// clang-format off
constexpr Charset kCharsets[] = {
    {Encoding::Ascii, "ascii", ""},
    {Encoding::Latin1, "iso-8859-1", ""},
    {Encoding::Windows1252, "cp1252", ""},
    {Encoding::Utf8, "utf-8-strict", ""},
    {Encoding::Utf8, "utf8", ""},
    {Encoding::Utf7, "utf-7", ""},
    // Encode's UTF-16 without a byte order mark is big endian.
    {Encoding::Utf16Be, "utf-16", ""},
    {Encoding::Utf16Be, "utf-16be", ""},
    {Encoding::Utf16Le, "utf-16le", ""},
    {Encoding::Utf32, "utf-32", ""},
    {Encoding::Utf32Be, "utf-32be", ""},
    {Encoding::Utf32Le, "utf-32le", ""},
    {Encoding::Ucs2Be, "ucs-2be", ""},
    {Encoding::Ucs2Le, "ucs-2le", ""},
    {Encoding::Iso2022Jp, "iso-2022-jp", ""},
    {Encoding::Iso2022Jp, "iso-2022-jp-1", ""},
    {Encoding::Iso2022Jp, "7bit-jis", ""},
    {Encoding::Iso2022Kr, "iso-2022-kr", ""},
    {Encoding::Hz, "hz", ""},
    {Encoding::Table, "iso-8859-2", "ISO-8859-2"},
    {Encoding::Table, "iso-8859-3", "ISO-8859-3"},
    {Encoding::Table, "iso-8859-4", "ISO-8859-4"},
    {Encoding::Table, "iso-8859-5", "ISO-8859-5"},
    {Encoding::Table, "iso-8859-6", "ISO-8859-6"},
    {Encoding::Table, "iso-8859-7", "ISO-8859-7"},
    {Encoding::Table, "iso-8859-8", "ISO-8859-8"},
    {Encoding::Table, "iso-8859-9", "ISO-8859-9"},
    {Encoding::Table, "iso-8859-10", "ISO-8859-10"},
    {Encoding::Table, "iso-8859-11", "ISO-8859-11"},
    {Encoding::Table, "iso-8859-13", "ISO-8859-13"},
    {Encoding::Table, "iso-8859-14", "ISO-8859-14"},
    {Encoding::Table, "iso-8859-15", "ISO-8859-15"},
    {Encoding::Table, "iso-8859-16", "ISO-8859-16"},
    {Encoding::Table, "koi8-r", "KOI8-R"},
    {Encoding::Table, "koi8-u", "KOI8-U"},
    {Encoding::Table, "viscii", "VISCII"},
    {Encoding::Table, "cp424", "CP424"},
    {Encoding::Table, "cp437", "CP437"},
    {Encoding::Table, "cp500", "CP500"},
    {Encoding::Table, "cp737", "CP737"},
    {Encoding::Table, "cp775", "CP775"},
    {Encoding::Table, "cp850", "CP850"},
    {Encoding::Table, "cp852", "CP852"},
    {Encoding::Table, "cp855", "CP855"},
    {Encoding::Table, "cp856", "CP856"},
    {Encoding::Table, "cp857", "CP857"},
    {Encoding::Table, "cp858", "CP858"},
    {Encoding::Table, "cp860", "CP860"},
    {Encoding::Table, "cp861", "CP861"},
    {Encoding::Table, "cp862", "CP862"},
    {Encoding::Table, "cp863", "CP863"},
    {Encoding::Table, "cp864", "CP864"},
    {Encoding::Table, "cp865", "CP865"},
    {Encoding::Table, "cp866", "CP866"},
    {Encoding::Table, "cp869", "CP869"},
    {Encoding::Table, "cp874", "CP874"},
    {Encoding::Table, "cp875", "CP875"},
    {Encoding::Table, "cp1026", "CP1026"},
    {Encoding::Table, "cp1047", "CP1047"},
    {Encoding::Table, "cp1250", "CP1250"},
    {Encoding::Table, "cp1251", "CP1251"},
    {Encoding::Table, "cp1253", "CP1253"},
    {Encoding::Table, "cp1254", "CP1254"},
    {Encoding::Table, "cp1255", "CP1255"},
    {Encoding::Table, "cp1256", "CP1256"},
    {Encoding::Table, "cp1257", "CP1257"},
    {Encoding::Table, "cp1258", "CP1258"},
    {Encoding::Table, "macroman", "MACINTOSH"},
    {Encoding::Table, "maccyrillic", "MAC-CYRILLIC"},
    {Encoding::Table, "maccentraleurroman", "MAC-CENTRALEUROPE"},
    {Encoding::Table, "macsami", "MAC-SAMI"},
    {Encoding::Table, "hp-roman8", "HP-ROMAN8"},
    {Encoding::Table, "euc-cn", "EUC-CN"},
    {Encoding::Table, "cp936", "CP936"},
    {Encoding::Table, "big5-eten", "BIG5"},
    {Encoding::Table, "big5-hkscs", "BIG5-HKSCS"},
    {Encoding::Table, "cp950", "CP950"},
    {Encoding::Table, "euc-jp", "EUC-JP"},
    {Encoding::Table, "shiftjis", "SHIFT_JIS"},
    {Encoding::Table, "cp932", "CP932"},
    {Encoding::Table, "euc-kr", "EUC-KR"},
    {Encoding::Table, "cp949", "CP949"},
    {Encoding::Table, "johab", "JOHAB"},
};

// Spellings seen every day, so that they need no regexes.
constexpr const char* kEveryday[][2] = {
    {"us-ascii", "ascii"},         {"ascii", "ascii"},
    {"iso-8859-1", "iso-8859-1"},  {"latin1", "iso-8859-1"},
    {"utf-8", "utf-8-strict"},     {"windows-1250", "cp1250"},
    {"windows-1251", "cp1251"},    {"windows-1252", "cp1252"},
    {"windows-1253", "cp1253"},    {"windows-1254", "cp1254"},
    {"windows-1255", "cp1255"},    {"windows-1256", "cp1256"},
    {"windows-1257", "cp1257"},    {"windows-1258", "cp1258"},
    {"gb2312", "euc-cn"},          {"gbk", "cp936"},
    {"big5", "big5-eten"},         {"shift_jis", "shiftjis"},
    {"shift-jis", "shiftjis"},     {"euc-kr", "euc-kr"},
    {"ks_c_5601-1987", "cp949"},   {"iso-2022-jp", "iso-2022-jp"},
    {"utf-7", "utf-7"},            {"euc-jp", "euc-jp"},
};

// The rest of Encode's aliases, first match first. "\1" is the first group; a target that is not
// known lets the search go on.
constexpr const char* kAliases[][2] = {
    {R"(^([^\s_]+)[\s_]+([^\s_]*)$)", "\1-\2"},
    {R"(\bUTF-8$)", "utf-8-strict"},
    {R"(cp65001)", "utf-8-strict"},
    {R"(cp65000)", "utf-7"},
    {R"(\bhk(?:scs)?[-_]?big5$)", "big5-hkscs"},
    {R"(\bbig5-?hk(?:scs)?$)", "big5-hkscs"},
    {R"(\btca[-_]?big5$)", "big5-eten"},
    {R"(\bbig5-?et(?:en)?$)", "big5-eten"},
    {R"(\bbig-?5$)", "big5-eten"},
    {R"(\bks_c_5601-1987$)", "cp949"},
    {R"((?:x-)?windows-949$)", "cp949"},
    {R"((?:x-)?uhc$)", "cp949"},
    {R"(\bkr.*euc$)", "euc-kr"},
    {R"(\beuc.*kr$)", "euc-kr"},
    {R"(\bwindows-31j$)", "cp932"},
    {R"(\bsjis$)", "shiftjis"},
    {R"(\bshift.*jis$)", "shiftjis"},
    {R"(\bujis$)", "euc-jp"},
    {R"(\bjp.*euc$)", "euc-jp"},
    {R"(\beuc.*jp$)", "euc-jp"},
    {R"(\bjis$)", "7bit-jis"},
    {R"(\bGB[-_ ]?2312(?!-?raw))", "euc-cn"},
    {R"(^gbk$)", "cp936"},
    {R"(\bcn.*euc$)", "euc-cn"},
    {R"(\beuc.*cn$)", "euc-cn"},
    {R"(\bkoi8[\s\-_]*([ru])$)", "koi8-\1"},
    {R"(^macce$)", "maccentraleurroman"},
    {R"(^macintosh$)", "macroman"},
    {R"(^(?:x[_-])?mac[_-](.*)$)", "mac\1"},
    {R"(\b(?:cp|ibm|ms|windows)[-_ ]?(\d{2,4})$)", "cp\1"},
    {R"(\btis-?620\b)", "iso-8859-11"},
    {R"(^thai$)", "iso-8859-11"},
    {R"(^hebrew$)", "iso-8859-8"},
    {R"(^greek$)", "iso-8859-7"},
    {R"(^arabic$)", "iso-8859-6"},
    {R"(^cyrillic$)", "iso-8859-5"},
    {R"(\bwinlatin1$)", "cp1252"},
    {R"(\bwinlatin2$)", "cp1250"},
    {R"(\bwincyrillic$)", "cp1251"},
    {R"(\bwingreek$)", "cp1253"},
    {R"(\bwinturkish$)", "cp1254"},
    {R"(\bwinhebrew$)", "cp1255"},
    {R"(\bwinarabic$)", "cp1256"},
    {R"(\bwinbaltic$)", "cp1257"},
    {R"(\bwinvietnamese$)", "cp1258"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*1$)", "iso-8859-1"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*2$)", "iso-8859-2"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*3$)", "iso-8859-3"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*4$)", "iso-8859-4"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*5$)", "iso-8859-9"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*6$)", "iso-8859-10"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*7$)", "iso-8859-13"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*8$)", "iso-8859-14"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*9$)", "iso-8859-15"},
    {R"(\b(?:iso[-_]?)?latin[-_]?0*10$)", "iso-8859-16"},
    {R"(^(.+)\@euro$)", "\1"},
    {R"(\bANSI[-_]?X3\.4[-_]?1968$)", "ascii"},
    {R"(\biso8859(\d+)$)", "iso-8859-\1"},
    {R"(\biso[-_]?(\d+)[-_](\d+)$)", "iso-\1-\2"},
    {R"(\b(?:ISO[-_]?)?646(?:[-_]?US)?$)", "ascii"},
    {R"(^C$)", "ascii"},
    {R"(^(?:US-?)ascii$)", "ascii"},
    {R"(^UTF-?(16|32)$)", "utf-\1"},
    {R"(^UTF-?(16|32)-?LE$)", "utf-\1le"},
    {R"(^UTF-?(16|32)-?BE$)", "utf-\1be"},
    {R"(^iso-10646-1$)", "ucs-2be"},
    {R"(^UCS-?4-?(BE|LE|)?$)", "utf-32\1"},
    {R"(^UCS-?2-?(BE)?$)", "ucs-2be"},
    {R"(^UCS-?2-?LE$)", "ucs-2le"},
    {R"(^(?:unicode-1-1-)?UTF-?7$)", "utf-7"},
};
// clang-format on

constexpr size_t kMaxLabel = 80;         // no charset has a longer name
constexpr size_t kMaxRemembered = 1000;  // labels; hostile mail may invent any number

const Charset* by_name(std::string_view lower) {
    for (const Charset& c : kCharsets)
        if (lower == c.name)
            return &c;
    return nullptr;
}

const std::vector<regex::Regex>& alias_patterns() {
    static const std::vector<regex::Regex> patterns = [] {
        std::vector<regex::Regex> all;
        for (const auto& alias : kAliases)
            all.push_back(regex::Regex::literal(alias[0], "i"));
        return all;
    }();
    return patterns;
}

const Charset* find(const std::string& lower, int depth) {
    if (const Charset* c = by_name(lower))
        return c;
    if (depth > 4)
        return nullptr;
    const auto& patterns = alias_patterns();
    regex::MatchData match;
    for (size_t i = 0; i < patterns.size(); ++i) {
        if (!patterns[i].search(lower, match))
            continue;
        std::string target;
        for (const char* t = kAliases[i][1]; *t; ++t) {
            if (*t == '\1' || *t == '\2')
                target += match.text(static_cast<size_t>(*t));
            else
                target += *t;
        }
        if (target == lower)
            continue;
        if (const Charset* c = find(target, depth + 1))
            return c;
    }
    return nullptr;
}

}  // namespace

const Charset& find_charset(std::string_view label) {
    if (label.empty() || label.size() > kMaxLabel)
        return kUnknown;
    std::string lower;
    for (char c : label)
        if (!util::is_space(static_cast<unsigned char>(c)))
            lower += util::to_lower(c);
    for (const auto& everyday : kEveryday)
        if (lower == everyday[0])
            return *by_name(everyday[1]);
    thread_local util::StringMap<const Charset*> known;
    if (auto it = known.find(lower); it != known.end())
        return *it->second;
    const Charset* found = find(lower, 0);
    if (!found)
        found = &kUnknown;
    if (known.size() >= kMaxRemembered)
        known.clear();
    known.emplace(std::move(lower), found);
    return *found;
}

}  // namespace message
