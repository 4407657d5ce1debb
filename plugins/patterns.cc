#include "plugins/patterns.h"

#include <algorithm>

#include "util/strings.h"

namespace plugins {

#define OCTET "(?:1\\d\\d|2[0-4]\\d|25[0-5]|[1-9]\\d|\\d)"
#define QUAD OCTET "\\." OCTET "\\." OCTET "\\." OCTET
#define H "[a-fA-F0-9]{1,4}"

const char kIpv4Address[] = "\\b" QUAD "\\b";

const char kIpAddress[] =
    "(?:\\b(?<!:)" QUAD
    "\\b|(?:[Ii][Pp][Vv]6:|(?<![a-fA-F0-9:]))(?:"
    // IPv4 at the end of an IPv6 address, its first twelve bytes full or shortened anywhere
    "(?:(?:" H ":){6}|::(?:" H ":){0,5}|(?:" H ":){1,5}:|" H "::(?:" H ":){1,4}|(?:" H ":){2}:(?:" H
    ":){1,3}|(?:" H ":){3}:(?:" H ":){1,2}|(?:" H ":){4}:" H ":)" QUAD
    // pure IPv6, full or shortened anywhere
    "|(?:" H ":){7}" H "|:(?::" H "){1,7}|(?:" H ":){1,7}:|" H ":(?::" H "){1,6}|(?:" H
    ":){2}(?::" H "){1,5}|(?:" H ":){3}(?::" H "){1,4}|(?:" H ":){4}(?::" H "){1,3}|(?:" H
    ":){5}(?::" H "){1,2}|(?:" H ":){6}:" H "|::)(?![a-fA-F0-9:]))";

const char kCharsetsLikeCaps[] =
    "[-_a-z0-9]*(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps|pt154|tis)[-_a-z0-9]"
    "*";

#undef H
#undef QUAD
#undef OCTET

static std::string expand(std::string_view text) {
    std::string out = util::replace_all(std::string(text), "@IP4@", kIpv4Address);
    out = util::replace_all(std::move(out), "@IP@", kIpAddress);
    return util::replace_all(std::move(out), "@CAPS@", kCharsetsLikeCaps);
}

Pattern::Pattern(std::string_view text, std::string_view flags)
    : re_(regex::Regex::literal(expand(text), flags)) {}

std::string squeeze(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
        if (!util::is_space(text[i])) {
            out += text[i++];
            continue;
        }
        out += ' ';
        while (i < text.size() && util::is_space(text[i]))
            ++i;
    }
    return out;
}

bool may_contain(std::string_view text, std::string_view literal) {
    // Latin-1 letters and their capitals differ in this bit, as ASCII's do.
    auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    return literal.empty() || std::search(text.begin(), text.end(), literal.begin(), literal.end(),
                                          same) != text.end();
}

std::string quote(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (!util::is_word(c))
            out += '\\';
        out += c;
    }
    return out;
}

}  // namespace plugins
