#include "message/transfer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "util/strings.h"

namespace message {
namespace {

constexpr uint8_t kForeign = 0xff, kPad = 0xfe, kBlank = 0xfd;

constexpr std::array<uint8_t, 256> make_digits() {
    std::array<uint8_t, 256> t{};
    for (auto& v : t)
        v = kForeign;
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < kAlphabet.size(); ++i)
        t[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint8_t>(i);
    t['='] = kPad;
    for (unsigned char c : {' ', '\t', '\n', '\v', '\f', '\r'})
        t[c] = kBlank;
    return t;
}
constexpr std::array<uint8_t, 256> kDigits = make_digits();

}  // namespace

// Util::base64_decode takes one of two ways. Text of whole quartets goes to MIME::Base64 with
// every inner "=" turned into "A"; anything else goes to uudecode, where an inner "=" is the
// digit 63. Both drop the "=" at the end.
std::string decode_base64(std::string_view text) {
    size_t digits = 0, pads = 0, foreign = 0;
    size_t trailing_pads = 0;  // "=" with no digit after them
    for (unsigned char c : text) {
        uint8_t v = kDigits[c];
        if (v < 64) {
            ++digits;
            trailing_pads = 0;
        } else if (v == kPad) {
            ++pads;
            ++trailing_pads;
        } else if (v == kForeign) {
            ++foreign;
        }
    }
    bool whole = foreign == 0 && (digits + pads) % 4 == 0 && digits + pads >= 2;
    uint8_t inner_pad = whole ? 0 : 63;
    size_t left = digits + pads - trailing_pads;

    std::string out;
    out.resize(left / 4 * 3 + 3);
    char* to = out.data();
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; left > 0 && i < text.size(); ++i) {
        uint8_t v = kDigits[static_cast<unsigned char>(text[i])];
        if (v >= 64) {
            if (v != kPad)
                continue;
            v = inner_pad;
        }
        --left;
        bits = bits << 6 | v;
        if (++have == 4) {
            *to++ = static_cast<char>(bits >> 16);
            *to++ = static_cast<char>(bits >> 8);
            *to++ = static_cast<char>(bits);
            bits = 0;
            have = 0;
        }
    }
    if (have == 2)
        *to++ = static_cast<char>(bits >> 4);
    if (have == 3) {
        *to++ = static_cast<char>(bits >> 10);
        *to++ = static_cast<char>(bits >> 2);
    }
    out.resize(static_cast<size_t>(to - out.data()));
    return out;
}

std::string decode_quoted_printable(std::string_view text) {
    // Lines first, hex second: a soft break may stand in the middle of "=3D".
    std::string out;
    out.resize(text.size());
    char* to = out.data();
    const char* from = text.data();
    const char* end = from + text.size();
    while (from < end) {
        const auto* newline =
            static_cast<const char*>(std::memchr(from, '\n', static_cast<size_t>(end - from)));
        if (newline == nullptr) {
            to = std::copy(from, end, to);
            break;
        }
        const char* next = newline + 1;
        const char* eol = newline > from && newline[-1] == '\r' ? newline - 1 : newline;
        const char* last = eol;
        while (last > from && (last[-1] == ' ' || last[-1] == '\t'))
            --last;
        bool soft = last > from && last[-1] == '=';
        if (soft)
            --last;
        to = std::copy(from, last, to);
        if (!soft)
            to = std::copy(eol, next, to);
        from = next;
    }
    out.resize(static_cast<size_t>(to - out.data()));
    to = out.data();
    from = out.data();
    end = from + out.size();
    while (true) {
        const void* found = std::memchr(from, '=', static_cast<size_t>(end - from));
        const char* equals = found == nullptr ? end : static_cast<const char*>(found);
        to = std::copy(from, equals, to);
        if (equals == end)
            break;
        int high = -1, low = -1;
        if (end - equals > 2) {
            high = util::hex_value(static_cast<unsigned char>(equals[1]));
            low = util::hex_value(static_cast<unsigned char>(equals[2]));
        }
        bool encoded = high >= 0 && low >= 0;
        *to++ = encoded ? static_cast<char>(high << 4 | low) : '=';
        from = equals + (encoded ? 3 : 1);
    }
    out.resize(static_cast<size_t>(to - out.data()));
    return out;
}

}  // namespace message
