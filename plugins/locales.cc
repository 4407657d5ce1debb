#include "plugins/locales.h"

#include <algorithm>
#include <cstdlib>

#include "util/strings.h"

namespace plugins {

namespace {

struct LocaleCharsets {
    std::string_view locale;
    std::string_view charsets;  // separated and enclosed by blanks
};

constexpr std::string_view kCyrillic = " KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS PT154 CP866 ";

constexpr LocaleCharsets kTable[] = {
    {"ja",
     " EUCJP JISX020119760 JISX020819830 JISX020819900 JISX020819970 JISX021219900 JISX021320001 "
     "JISX021320002 SHIFT_JIS "
     "SHIFTJIS ISO2022JP SJIS JIS7 JISX0201 JISX0208 JISX0212 "},
    {"ko", " EUCKR KSC56011987 "},
    {"ru", kCyrillic},
    {"ka", kCyrillic},
    {"tg", kCyrillic},
    {"be", kCyrillic},
    {"uk", kCyrillic},
    {"bg", kCyrillic},
    {"th", " TIS620 "},
    {"zh", " GB1988 GB2312 GB231219800 GB18030 GBK BIG5HKSCS BIG5 EUCTW ISO2022CN "},
};

constexpr std::string_view kAlwaysOkPrefixes[] = {
    "ISO8859", "ISO10646", "UTF", "UCS", "CP125", "WINDOWS", "UNICODE11UTF7", "UNICODE11UTF8"};
constexpr std::string_view kAlwaysOk[] = {"USASCII", "ASCII", "IBM852", "XUNKNOWN", "ISO"};

}  // namespace

std::vector<std::string> ok_locales(std::string_view setting) {
    std::vector<std::string> out;
    for (auto word : util::words(setting))
        out.emplace_back(word);
    for (const char* name : {"LC_ALL", "LANGUAGE", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0' && std::string_view(value) != "0") {
            out.emplace_back(value);
            break;
        }
    }
    return out;
}

bool is_all(const std::vector<std::string>& locales) {
    return std::find(locales.begin(), locales.end(), "all") != locales.end();
}

bool is_charset_ok(std::string_view charset, const std::vector<std::string>& locales) {
    std::string name;
    for (unsigned char c : charset)
        if (util::is_alnum(c))
            name += util::to_upper(static_cast<char>(c));
    while (name.starts_with("3D"))  // what quoted-printable leaves of '='
        name.erase(0, 2);
    for (auto ok : kAlwaysOk)
        if (name == ok)
            return true;
    for (auto prefix : kAlwaysOkPrefixes)
        if (name.starts_with(prefix))
            return true;
    for (std::string locale : locales) {
        if (locale == "C")
            locale = "en";
        if (locale.size() > 2 && locale[0] >= 'a' && locale[0] <= 'z' && locale[1] >= 'a' &&
            locale[1] <= 'z')
            locale.resize(2);
        for (const auto& row : kTable)
            if (row.locale == locale &&
                row.charsets.find(" " + name + " ") != std::string_view::npos)
                return true;
    }
    return false;
}

}  // namespace plugins
