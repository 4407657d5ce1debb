#include "html/entities.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "util/strings.h"

namespace html {

namespace {

struct Entity {
    std::string_view name;
    char32_t code;
    bool needs_semicolon;
};

// clang-format off: a table, sorted by name
constexpr Entity kEntities[] = {
    {"AElig", 0xC6, false},   {"Aacute", 0xC1, false},   {"Acirc", 0xC2, false},
    {"Agrave", 0xC0, false},  {"Alpha", 0x391, true},    {"Aring", 0xC5, false},
    {"Atilde", 0xC3, false},  {"Auml", 0xC4, false},     {"Beta", 0x392, true},
    {"Ccedil", 0xC7, false},  {"Chi", 0x3A7, true},      {"Dagger", 0x2021, true},
    {"Delta", 0x394, true},   {"ETH", 0xD0, false},      {"Eacute", 0xC9, false},
    {"Ecirc", 0xCA, false},   {"Egrave", 0xC8, false},   {"Epsilon", 0x395, true},
    {"Eta", 0x397, true},     {"Euml", 0xCB, false},     {"Gamma", 0x393, true},
    {"Iacute", 0xCD, false},  {"Icirc", 0xCE, false},    {"Igrave", 0xCC, false},
    {"Iota", 0x399, true},    {"Iuml", 0xCF, false},     {"Kappa", 0x39A, true},
    {"Lambda", 0x39B, true},  {"Mu", 0x39C, true},       {"Ntilde", 0xD1, false},
    {"Nu", 0x39D, true},      {"OElig", 0x152, true},    {"Oacute", 0xD3, false},
    {"Ocirc", 0xD4, false},   {"Ograve", 0xD2, false},   {"Omega", 0x3A9, true},
    {"Omicron", 0x39F, true}, {"Oslash", 0xD8, false},   {"Otilde", 0xD5, false},
    {"Ouml", 0xD6, false},    {"Phi", 0x3A6, true},      {"Pi", 0x3A0, true},
    {"Prime", 0x2033, true},  {"Psi", 0x3A8, true},      {"Rho", 0x3A1, true},
    {"Scaron", 0x160, true},  {"Sigma", 0x3A3, true},    {"THORN", 0xDE, false},
    {"Tau", 0x3A4, true},     {"Theta", 0x398, true},    {"Uacute", 0xDA, false},
    {"Ucirc", 0xDB, false},   {"Ugrave", 0xD9, false},   {"Upsilon", 0x3A5, true},
    {"Uuml", 0xDC, false},    {"Xi", 0x39E, true},       {"Yacute", 0xDD, false},
    {"Yuml", 0x178, true},    {"Zeta", 0x396, true},     {"aacute", 0xE1, false},
    {"acirc", 0xE2, false},   {"acute", 0xB4, false},    {"aelig", 0xE6, false},
    {"agrave", 0xE0, false},  {"alefsym", 0x2135, true}, {"alpha", 0x3B1, true},
    {"amp", 0x26, false},     {"and", 0x2227, true},     {"ang", 0x2220, true},
    {"apos", 0x27, false},    {"aring", 0xE5, false},    {"asymp", 0x2248, true},
    {"atilde", 0xE3, false},  {"auml", 0xE4, false},     {"bdquo", 0x201E, true},
    {"beta", 0x3B2, true},    {"brvbar", 0xA6, false},   {"bull", 0x2022, true},
    {"cap", 0x2229, true},    {"ccedil", 0xE7, false},   {"cedil", 0xB8, false},
    {"cent", 0xA2, false},    {"chi", 0x3C7, true},      {"circ", 0x2C6, true},
    {"clubs", 0x2663, true},  {"cong", 0x2245, true},    {"copy", 0xA9, false},
    {"crarr", 0x21B5, true},  {"cup", 0x222A, true},     {"curren", 0xA4, false},
    {"dArr", 0x21D3, true},   {"dagger", 0x2020, true},  {"darr", 0x2193, true},
    {"deg", 0xB0, false},     {"delta", 0x3B4, true},    {"diams", 0x2666, true},
    {"divide", 0xF7, false},  {"eacute", 0xE9, false},   {"ecirc", 0xEA, false},
    {"egrave", 0xE8, false},  {"empty", 0x2205, true},   {"emsp", 0x2003, true},
    {"ensp", 0x2002, true},   {"epsilon", 0x3B5, true},  {"equiv", 0x2261, true},
    {"eta", 0x3B7, true},     {"eth", 0xF0, false},      {"euml", 0xEB, false},
    {"euro", 0x20AC, true},   {"exist", 0x2203, true},   {"fnof", 0x192, true},
    {"forall", 0x2200, true}, {"frac12", 0xBD, false},   {"frac14", 0xBC, false},
    {"frac34", 0xBE, false},  {"frasl", 0x2044, true},   {"gamma", 0x3B3, true},
    {"ge", 0x2265, true},     {"gt", 0x3E, false},       {"hArr", 0x21D4, true},
    {"harr", 0x2194, true},   {"hearts", 0x2665, true},  {"hellip", 0x2026, true},
    {"iacute", 0xED, false},  {"icirc", 0xEE, false},    {"iexcl", 0xA1, false},
    {"igrave", 0xEC, false},  {"image", 0x2111, true},   {"infin", 0x221E, true},
    {"int", 0x222B, true},    {"iota", 0x3B9, true},     {"iquest", 0xBF, false},
    {"isin", 0x2208, true},   {"iuml", 0xEF, false},     {"kappa", 0x3BA, true},
    {"lArr", 0x21D0, true},   {"lambda", 0x3BB, true},   {"lang", 0x2329, true},
    {"laquo", 0xAB, false},   {"larr", 0x2190, true},    {"lceil", 0x2308, true},
    {"ldquo", 0x201C, true},  {"le", 0x2264, true},      {"lfloor", 0x230A, true},
    {"lowast", 0x2217, true}, {"loz", 0x25CA, true},     {"lrm", 0x200E, true},
    {"lsaquo", 0x2039, true}, {"lsquo", 0x2018, true},   {"lt", 0x3C, false},
    {"macr", 0xAF, false},    {"mdash", 0x2014, true},   {"micro", 0xB5, false},
    {"middot", 0xB7, false},  {"minus", 0x2212, true},   {"mu", 0x3BC, true},
    {"nabla", 0x2207, true},  {"nbsp", 0xA0, false},     {"ndash", 0x2013, true},
    {"ne", 0x2260, true},     {"ni", 0x220B, true},      {"not", 0xAC, false},
    {"notin", 0x2209, true},  {"nsub", 0x2284, true},    {"ntilde", 0xF1, false},
    {"nu", 0x3BD, true},      {"oacute", 0xF3, false},   {"ocirc", 0xF4, false},
    {"oelig", 0x153, true},   {"ograve", 0xF2, false},   {"oline", 0x203E, true},
    {"omega", 0x3C9, true},   {"omicron", 0x3BF, true},  {"oplus", 0x2295, true},
    {"or", 0x2228, true},     {"ordf", 0xAA, false},     {"ordm", 0xBA, false},
    {"oslash", 0xF8, false},  {"otilde", 0xF5, false},   {"otimes", 0x2297, true},
    {"ouml", 0xF6, false},    {"para", 0xB6, false},     {"part", 0x2202, true},
    {"permil", 0x2030, true}, {"perp", 0x22A5, true},    {"phi", 0x3C6, true},
    {"pi", 0x3C0, true},      {"piv", 0x3D6, true},      {"plusmn", 0xB1, false},
    {"pound", 0xA3, false},   {"prime", 0x2032, true},   {"prod", 0x220F, true},
    {"prop", 0x221D, true},   {"psi", 0x3C8, true},      {"quot", 0x22, false},
    {"rArr", 0x21D2, true},   {"radic", 0x221A, true},   {"rang", 0x232A, true},
    {"raquo", 0xBB, false},   {"rarr", 0x2192, true},    {"rceil", 0x2309, true},
    {"rdquo", 0x201D, true},  {"real", 0x211C, true},    {"reg", 0xAE, false},
    {"rfloor", 0x230B, true}, {"rho", 0x3C1, true},      {"rlm", 0x200F, true},
    {"rsaquo", 0x203A, true}, {"rsquo", 0x2019, true},   {"sbquo", 0x201A, true},
    {"scaron", 0x161, true},  {"sdot", 0x22C5, true},    {"sect", 0xA7, false},
    {"shy", 0xAD, false},     {"sigma", 0x3C3, true},    {"sigmaf", 0x3C2, true},
    {"sim", 0x223C, true},    {"spades", 0x2660, true},  {"sub", 0x2282, true},
    {"sube", 0x2286, true},   {"sum", 0x2211, true},     {"sup", 0x2283, true},
    {"sup1", 0xB9, false},    {"sup2", 0xB2, false},     {"sup3", 0xB3, false},
    {"supe", 0x2287, true},   {"szlig", 0xDF, false},    {"tau", 0x3C4, true},
    {"there4", 0x2234, true}, {"theta", 0x3B8, true},    {"thetasym", 0x3D1, true},
    {"thinsp", 0x2009, true}, {"thorn", 0xFE, false},    {"tilde", 0x2DC, true},
    {"times", 0xD7, false},   {"trade", 0x2122, true},   {"uArr", 0x21D1, true},
    {"uacute", 0xFA, false},  {"uarr", 0x2191, true},    {"ucirc", 0xFB, false},
    {"ugrave", 0xF9, false},  {"uml", 0xA8, false},      {"upsih", 0x3D2, true},
    {"upsilon", 0x3C5, true}, {"uuml", 0xFC, false},     {"weierp", 0x2118, true},
    {"xi", 0x3BE, true},      {"yacute", 0xFD, false},   {"yen", 0xA5, false},
    {"yuml", 0xFF, false},    {"zeta", 0x3B6, true},     {"zwj", 0x200D, true},
    {"zwnj", 0x200C, true},
};
// clang-format on

constexpr size_t kLongestName = 8;

const Entity* find_entity(std::string_view name) {
    if (name.size() > kLongestName)
        return nullptr;
    const Entity* e =
        std::lower_bound(std::begin(kEntities), std::end(kEntities), name,
                         [](const Entity& a, std::string_view b) { return a.name < b; });
    return e != std::end(kEntities) && e->name == name ? e : nullptr;
}

class Decoder {
public:
    Decoder(CharView in, bool expand_prefix, CharString& out)
        : in_(in.bytes), expand_prefix_(expand_prefix), octets_in_(!in.utf8), out_(out) {}

    void run() {
        size_t s = 0;
        while (s < in_.size()) {
            const void* hit = std::memchr(in_.data() + s, '&', in_.size() - s);
            if (!hit) {
                copy(in_.substr(s));
                return;
            }
            auto amp = static_cast<size_t>(static_cast<const char*>(hit) - in_.data());
            copy(in_.substr(s, amp - s));
            s = at(amp + 1) == '#' ? number(amp) : name(amp);
        }
    }

private:
    char at(size_t i) const { return i < in_.size() ? in_[i] : '\0'; }

    void copy(std::string_view bytes) {
        if (octets_in_ && out_.utf8)
            append_latin1_as_utf8(out_.bytes, bytes);
        else
            out_.bytes.append(bytes);
    }

    // Both take the position of the "&", and return where to go on.
    size_t number(size_t amp) {
        size_t s = amp + 2;
        uint32_t value = 0;
        bool valid = false;
        const bool is_hex = at(s) == 'x' || at(s) == 'X';
        if (is_hex)
            ++s;
        for (; s < in_.size(); ++s) {
            auto c = static_cast<unsigned char>(in_[s]);
            // HTML::Parser finds digits by strchr, which finds NUL as well.
            const bool is_nul = is_hex && c == '\0';
            if (is_hex ? !util::is_xdigit(c) && !is_nul : !util::is_digit(c))
                break;
            value = value * (is_hex ? 16 : 10) +
                    (is_nul ? 0 : static_cast<uint32_t>(util::hex_value(c)));
            valid = value <= 0x10FFFF;
            if (!valid)
                break;
        }
        if (!valid || value == 0) {
            copy(in_.substr(amp, s - amp));
            return s;
        }
        if (!out_.utf8 && value <= 0xFF) {
            out_.bytes.push_back(static_cast<char>(value));
        } else if (value == 0xFFFE || value == 0xFFFF) {
            copy(in_.substr(amp, s - amp));
            return s;
        } else {
            put_number(value);
        }
        return after(s);
    }

    void put_number(char32_t value) {
        if ((value & 0xFFFFFC00) == 0xDC00) {
            if (high_surrogate_ != 0) {
                // The U+FFFD put for the first half.
                out_.bytes.resize(out_.bytes.size() - std::min<size_t>(3, out_.bytes.size()));
                value = ((high_surrogate_ - 0xD800) << 10) + (value - 0xDC00) + 0x10000;
                high_surrogate_ = 0;
            } else {
                value = 0xFFFD;
            }
        } else if ((value & 0xFFFFFC00) == 0xD800) {
            high_surrogate_ = value;
            value = 0xFFFD;
        } else {
            high_surrogate_ = 0;
            if ((value >= 0xFDD0 && value <= 0xFDEF) || (value & 0xFFFE) == 0xFFFE)
                value = 0xFFFD;
        }
        put(value);
    }

    void put(char32_t code) {
        if (!out_.utf8)
            out_.append({{}, true});
        util::encode_utf8(out_.bytes, code);
    }

    size_t name(size_t amp) {
        size_t begin = amp + 1;
        size_t end = begin;
        while (end < in_.size() && util::is_word(static_cast<unsigned char>(in_[end])))
            ++end;
        high_surrogate_ = 0;
        const Entity* entity = find_entity(in_.substr(begin, end - begin));
        if (entity && entity->needs_semicolon && at(end) != ';')
            entity = nullptr;
        size_t s = end;
        if (!entity && expand_prefix_) {
            size_t size = std::min(end - begin, kLongestName + 1);
            while (!entity && size > 2) {
                --size;
                entity = find_entity(in_.substr(begin, size));
                if (entity && entity->needs_semicolon)
                    entity = nullptr;
            }
            s = begin + size;
        }
        if (!entity) {
            copy(in_.substr(amp, end - amp));
            return end;
        }
        if (!out_.utf8 && entity->code <= 0xFF)
            out_.bytes.push_back(static_cast<char>(entity->code));
        else
            put(entity->code);
        return after(s);
    }

    size_t after(size_t s) {
        if (at(s) == ';')
            ++s;
        if (at(s) != '&')
            high_surrogate_ = 0;
        return s;
    }

    std::string_view in_;
    bool expand_prefix_;
    bool octets_in_;
    char32_t high_surrogate_ = 0;  // of the reference just before
    CharString& out_;
};

}  // namespace

void decode_entities(CharView in, bool expand_prefix, CharString& out) {
    out.bytes.clear();
    out.utf8 = in.utf8;
    Decoder(in, expand_prefix, out).run();
}

}  // namespace html
