// Turns text and attribute values from the source into strings: entities decoded, in octets or
// characters as the kind of source demands.

#ifndef HTML_VALUE_DECODER_H
#define HTML_VALUE_DECODER_H

#include <string_view>
#include <vector>

#include "html/char_string.h"
#include "html/renderer.h"
#include "html/tokenizer.h"

namespace html {

// The first attribute of that name (lower case); later ones of the same name do not count.
const Attribute* find_attribute(const std::vector<Attribute>& attributes, std::string_view name);

// Views stay valid until the next call, and as long as the source.
class ValueDecoder {
public:
    explicit ValueDecoder(Input input) : input_(input) {}

    CharView text(std::string_view raw, bool is_cdata) {
        return is_cdata ? as_written(raw) : decode(raw, true);
    }
    CharView attribute(const Attribute& a) {
        return a.has_value ? decode(a.value, false) : as_written(a.name);
    }
    CharView as_written(std::string_view raw) const { return {raw, input_ == Input::Characters}; }

private:
    CharView decode(std::string_view raw, bool expand_prefix);
    CharView decode_utf8_octets(std::string_view raw, bool expand_prefix);

    Input input_;
    CharString decoded_;
};

}  // namespace html

#endif  // HTML_VALUE_DECODER_H
