#include "regex/byte_class.h"

#include <array>
#include <string>
#include <utility>

#include "util/strings.h"

namespace regex {

unsigned char other_case(unsigned char c) {
    if (util::is_alpha(c))
        return c ^ 0x20;
    if (c >= 0xC0 && c != 0xD7 && c != 0xDF && c != 0xF7 && c != 0xFF)
        return c ^ 0x20;
    return c;
}

unsigned char fold_case(unsigned char c) {
    bool upper = util::is_upper(c) || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
    return upper ? c + 0x20 : c;
}

ByteSet with_both_cases(const ByteSet& set) {
    // Cases are 32 apart; these have an other one.
    static const ByteSet upper = [] {
        ByteSet bytes;
        for (size_t c = 0; c < 256; ++c)
            if (other_case(static_cast<unsigned char>(c)) == c + 0x20)
                bytes.set(c);
        return bytes;
    }();
    return set | (set & upper) << 0x20 | (set >> 0x20 & upper);
}

namespace {

template <typename Predicate>
ByteSet where(Predicate predicate) {
    ByteSet out;
    for (int c = 0; c < 256; ++c)
        out[static_cast<size_t>(c)] = predicate(c);
    return out;
}

bool is_horizontal(int c) {
    return c == ' ' || c == '\t' || c == 0xA0;
}
bool is_vertical(int c) {
    return (c >= '\n' && c <= '\r') || c == 0x85;
}

// Unicode general categories of U+0080..U+00FF, two letters each.
constexpr std::string_view kUpperHalf =
    "CcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCcCc"
    "ZsPoScScScScSoPoSkSoLoPiSmCfSoSkSoSmNoNoSkLlPoPoSkNoLoPfNoNoNoPo"
    "LuLuLuLuLuLuLuLuLuLuLuLuLuLuLuLuLuLuLuLuLuLuLuSmLuLuLuLuLuLuLuLl"
    "LlLlLlLlLlLlLlLlLlLlLlLlLlLlLlLlLlLlLlLlLlLlLlSmLlLlLlLlLlLlLlLl";

std::string_view category(int c) {
    if (c >= 0x80)
        return kUpperHalf.substr(static_cast<size_t>(c - 0x80) * 2, 2);
    if (c < 0x20 || c == 0x7F)
        return "Cc";
    if (util::is_upper(static_cast<unsigned char>(c)))
        return "Lu";
    if (util::is_alpha(static_cast<unsigned char>(c)))
        return "Ll";
    if (util::is_digit(static_cast<unsigned char>(c)))
        return "Nd";
    switch (c) {
        case ' ':
            return "Zs";
        case '$':
            return "Sc";
        case '+':
        case '<':
        case '=':
        case '>':
        case '|':
        case '~':
            return "Sm";
        case '^':
        case '`':
            return "Sk";
        case '_':
            return "Pc";
        case '-':
            return "Pd";
        case '(':
        case '[':
        case '{':
            return "Ps";
        case ')':
        case ']':
        case '}':
            return "Pe";
        default:
            return "Po";
    }
}

// Perl compares property names without case, blanks, '-' and '_'.
std::string loose(std::string_view name) {
    std::string out;
    for (char c : name) {
        if (c != ' ' && c != '_' && c != '-' && c != '\t')
            out += util::to_lower(c);
    }
    return out;
}

std::optional<ByteSet> named_property(const std::string& name, bool caseless) {
    auto categories = [](std::string_view wanted) {
        return where([wanted](int c) {
            std::string_view have = category(c);
            return wanted.size() == 1 ? have[0] == wanted[0] : have == wanted;
        });
    };
    ByteSet cased = categories("Lu") | categories("Ll");
    static constexpr std::pair<std::string_view, std::string_view> kLong[] = {
        {"letter", "L"},
        {"l", "L"},
        {"uppercaseletter", "Lu"},
        {"lu", "Lu"},
        {"lowercaseletter", "Ll"},
        {"ll", "Ll"},
        {"titlecaseletter", "Lt"},
        {"lt", "Lt"},
        {"modifierletter", "Lm"},
        {"lm", "Lm"},
        {"otherletter", "Lo"},
        {"lo", "Lo"},
        {"mark", "M"},
        {"m", "M"},
        {"mn", "Mn"},
        {"mc", "Mc"},
        {"me", "Me"},
        {"number", "N"},
        {"n", "N"},
        {"decimalnumber", "Nd"},
        {"nd", "Nd"},
        {"letternumber", "Nl"},
        {"nl", "Nl"},
        {"othernumber", "No"},
        {"no", "No"},
        {"punctuation", "P"},
        {"punct", "P"},
        {"p", "P"},
        {"pc", "Pc"},
        {"pd", "Pd"},
        {"ps", "Ps"},
        {"pe", "Pe"},
        {"pi", "Pi"},
        {"pf", "Pf"},
        {"po", "Po"},
        {"symbol", "S"},
        {"s", "S"},
        {"sm", "Sm"},
        {"sc", "Sc"},
        {"sk", "Sk"},
        {"so", "So"},
        {"separator", "Z"},
        {"z", "Z"},
        {"zs", "Zs"},
        {"zl", "Zl"},
        {"zp", "Zp"},
        {"other", "C"},
        {"c", "C"},
        {"cc", "Cc"},
        {"cf", "Cf"},
        {"cs", "Cs"},
        {"co", "Co"},
        {"cn", "Cn"},
        {"dashpunctuation", "Pd"},
        {"openpunctuation", "Ps"},
        {"closepunctuation", "Pe"},
        {"mathsymbol", "Sm"},
        {"currencysymbol", "Sc"},
        {"control", "Cc"},
        {"spaceseparator", "Zs"}};
    for (const auto& [long_name, short_name] : kLong) {
        if (name == long_name) {
            if (caseless && (short_name == "Lu" || short_name == "Ll" || short_name == "Lt"))
                return cased;
            return categories(short_name);
        }
    }
    ByteSet alpha = categories("L");
    ByteSet digit = categories("Nd");
    ByteSet space =
        where([](int c) { return c == 0x20 || c == '\t' || c == 0xA0 || is_vertical(c); });
    ByteSet ascii = where([](int c) { return c < 0x80; });
    ByteSet word = alpha | digit;
    word.set('_');
    ByteSet control = categories("Cc");
    if (name == "l&" || name == "lc" || name == "casedletter" || name == "cased")
        return name == "cased" ? cased | where([](int c) { return c == 0xAA || c == 0xBA; })
                               : cased;
    if (name == "any" || name == "all" || name == "assigned" || name == "unicode")
        return ~ByteSet();
    if (name == "ascii" || name == "basiclatin" || name == "inbasiclatin")
        return ascii;
    if (name == "alphabetic" || name == "alpha" || name == "xposixalpha")
        return alpha;
    if (name == "digit" || name == "xposixdigit")
        return digit;
    if (name == "alnum" || name == "xposixalnum")
        return alpha | digit;
    if (name == "word" || name == "w" || name == "xposixword" || name == "perlword")
        return name == "perlword" ? word & ascii : word;
    if (name == "space" || name == "whitespace" || name == "spaceperl" || name == "xposixspace" ||
        name == "xperlspace")
        return space;
    if (name == "perlspace" || name == "posixspace")
        return space & ascii;
    if (name == "blank" || name == "horizspace" || name == "xposixblank")
        return where(is_horizontal);
    if (name == "vertspace")
        return where(is_vertical);
    ByteSet upper = caseless ? cased : categories("Lu");
    ByteSet lower = caseless ? cased : categories("Ll");
    if (!caseless) {
        lower.set(0xAA);
        lower.set(0xBA);
    }
    if (name == "upper" || name == "uppercase" || name == "xposixupper")
        return upper;
    if (name == "lower" || name == "lowercase" || name == "xposixlower")
        return lower;
    if (name == "cntrl" || name == "xposixcntrl")
        return control;
    if (name == "graph" || name == "xposixgraph")
        return ~(space | control);
    if (name == "print" || name == "xposixprint")
        return ~(space | control) | categories("Zs");
    if (name == "xdigit" || name == "hexdigit" || name == "hex" || name == "ahex" ||
        name == "asciihexdigit" || name == "posixxdigit" || name == "xposixxdigit")
        return where([](int c) { return util::is_xdigit(static_cast<unsigned char>(c)); });
    if (name == "xposixpunct")
        return categories("P") | (categories("S") & ascii);
    static constexpr std::pair<std::string_view, std::string_view> kPosix[] = {
        {"posixalpha", "alpha"}, {"posixdigit", "digit"}, {"posixalnum", "alnum"},
        {"posixword", "word"},   {"posixblank", "blank"}, {"posixcntrl", "cntrl"},
        {"posixgraph", "graph"}, {"posixprint", "print"}, {"posixpunct", "punct"}};
    for (const auto& [property, posix] : kPosix) {
        if (name == property)
            return posix_class(posix);
    }
    if (name == "posixupper")
        return upper & ascii;
    if (name == "posixlower")
        return lower & ascii;
    if (name == "latin" || name == "latn")
        return alpha & ~where([](int c) { return c == 0xB5; });
    if (name == "greek" || name == "grek" || name == "cyrillic" || name == "cyrl" ||
        name == "han" || name == "hani" || name == "hebrew" || name == "hebr" || name == "arabic" ||
        name == "arab" || name == "hiragana" || name == "katakana" || name == "hangul" ||
        name == "thai" || name == "armenian" || name == "devanagari")
        return ByteSet();
    return std::nullopt;
}

}  // namespace

static std::optional<ByteSet> make_escape_class(char letter) {
    switch (letter) {
        case 'd':
            return where([](int c) { return util::is_digit(static_cast<unsigned char>(c)); });
        case 's':
            return where([](int c) { return util::is_space(static_cast<unsigned char>(c)); });
        case 'w':
            return where([](int c) { return util::is_word(static_cast<unsigned char>(c)); });
        case 'h':
            return where(is_horizontal);
        case 'v':
            return where(is_vertical);
        case 'D':
        case 'S':
        case 'W':
        case 'H':
        case 'V':
            return ~*make_escape_class(util::to_lower(letter));
        case 'N':
            return where([](int c) { return c != '\n'; });
        default:
            return std::nullopt;
    }
}

std::optional<ByteSet> escape_class(char letter) {
    static constexpr std::string_view kLetters = "dswhvDSWHVN";
    static const auto classes = [] {
        std::array<ByteSet, kLetters.size()> made;
        for (size_t i = 0; i < kLetters.size(); ++i)
            made[i] = *make_escape_class(kLetters[i]);
        return made;
    }();
    size_t at = kLetters.find(letter);
    if (at == std::string_view::npos)
        return std::nullopt;
    return classes[at];
}

std::optional<ByteSet> posix_class(std::string_view name) {
    using util::is_alnum;
    using util::is_alpha;
    auto ascii = [](auto predicate) {
        return where(
            [predicate](int c) { return c < 0x80 && predicate(static_cast<unsigned char>(c)); });
    };
    if (name == "alpha")
        return ascii([](unsigned char c) { return is_alpha(c); });
    if (name == "digit")
        return escape_class('d');
    if (name == "alnum")
        return ascii([](unsigned char c) { return is_alnum(c); });
    if (name == "upper")
        return ascii([](unsigned char c) { return util::is_upper(c); });
    if (name == "lower")
        return ascii([](unsigned char c) { return is_alpha(c) && !util::is_upper(c); });
    if (name == "space")
        return escape_class('s');
    if (name == "blank")
        return ascii([](unsigned char c) { return c == ' ' || c == '\t'; });
    if (name == "cntrl")
        return ascii([](unsigned char c) { return c < 0x20 || c == 0x7F; });
    if (name == "graph")
        return ascii([](unsigned char c) { return c > 0x20 && c < 0x7F; });
    if (name == "print")
        return ascii([](unsigned char c) { return c >= 0x20 && c < 0x7F; });
    if (name == "punct")
        return ascii([](unsigned char c) { return c > 0x20 && c < 0x7F && !is_alnum(c); });
    if (name == "xdigit")
        return ascii([](unsigned char c) { return util::is_xdigit(c); });
    if (name == "word")
        return escape_class('w');
    if (name == "ascii")
        return where([](int c) { return c < 0x80; });
    return std::nullopt;
}

std::optional<ByteSet> property_class(std::string_view name, bool caseless) {
    name = util::trim(name);
    bool negated = !name.empty() && name[0] == '^';
    if (negated)
        name.remove_prefix(1);
    // General_Category=Lu, gc:Lu, Script=Latin, sc=Latn, scx=...
    if (size_t at = name.find_first_of("=:"); at != std::string_view::npos) {
        std::string key = loose(name.substr(0, at));
        if (key != "generalcategory" && key != "gc" && key != "category" && key != "script" &&
            key != "sc" && key != "scx" && key != "scriptextensions")
            return std::nullopt;
        name.remove_prefix(at + 1);
    }
    std::string plain = loose(name);
    auto found = named_property(plain, caseless);
    if (!found && plain.rfind("is", 0) == 0)
        found = named_property(plain.substr(2), caseless);
    if (found && negated)
        return ~*found;
    return found;
}

}  // namespace regex
