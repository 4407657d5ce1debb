#include "html/value_decoder.h"

#include "html/entities.h"
#include "util/strings.h"

namespace html {

namespace {

// UTF-8 as Perl's internals take it: surrogates and values past U+10FFFF included.
bool is_lax_utf8(std::string_view s) {
    for (size_t i = 0; i < s.size();) {
        auto lead = static_cast<unsigned char>(s[i]);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        size_t size = lead < 0xC2   ? 0
                      : lead < 0xE0 ? 2
                      : lead < 0xF0 ? 3
                      : lead < 0xF8 ? 4
                      : lead < 0xFC ? 5
                      : lead < 0xFE ? 6
                      : lead < 0xFF ? 7
                                    : 0;
        if (size == 0 || s.size() - i < size)
            return false;
        auto second = static_cast<unsigned char>(s[i + 1]);
        // No overlong forms: the second byte's low bound shrinks as the lead takes more bits.
        unsigned char low = lead == 0xE0   ? 0xA0
                            : lead == 0xF0 ? 0x90
                            : lead == 0xF8 ? 0x88
                            : lead == 0xFC ? 0x84
                            : lead == 0xFE ? 0x82
                                           : 0x80;
        if (second < low)
            return false;
        for (size_t k = 1; k < size; ++k) {
            if ((static_cast<unsigned char>(s[i + k]) & 0xC0) != 0x80)
                return false;
        }
        i += size;
    }
    return true;
}

}  // namespace

const Attribute* find_attribute(const std::vector<Attribute>& attributes, std::string_view name) {
    for (const Attribute& a : attributes) {
        if (util::iequals(a.name, name))
            return &a;
    }
    return nullptr;
}

CharView ValueDecoder::decode(std::string_view raw, bool expand_prefix) {
    if (input_ == Input::Utf8Octets)
        return decode_utf8_octets(raw, expand_prefix);
    if (raw.find('&') == std::string_view::npos)
        return as_written(raw);
    decode_entities(as_written(raw), expand_prefix, decoded_);
    return decoded_.view();
}

// Bytes that are no UTF-8 are taken for Latin-1; the result is UTF-8 either way, seen as octets.
CharView ValueDecoder::decode_utf8_octets(std::string_view raw, bool expand_prefix) {
    bool has_reference = raw.find('&') != std::string_view::npos;
    if (!has_reference && is_ascii(raw))
        return {raw, false};
    bool is_utf8 = is_lax_utf8(raw);
    if (!has_reference && is_utf8)
        return {raw, false};
    decode_entities({raw, is_utf8 && !is_ascii(raw)}, expand_prefix, decoded_);
    decoded_.append({{}, true});
    return {decoded_.bytes, false};
}

}  // namespace html
