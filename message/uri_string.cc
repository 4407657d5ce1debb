// UriString: the two kinds of Perl strings.

#include "message/uri.h"
#include "message/uri_unicode.h"
#include "util/strings.h"

namespace message {
namespace {

// The characters as one byte each; false if one is above U+00FF or the text is not UTF-8.
bool to_latin1(std::string_view utf8, std::string& out) {
    out.clear();
    out.reserve(utf8.size());
    for (size_t pos = 0; pos < utf8.size();) {
        CodePoint c = code_point_at(utf8, pos);
        if (c.value > 0xFF || (c.value >= 0x80 && c.size == 1))
            return false;
        out += static_cast<char>(c.value);
        pos += c.size;
    }
    return true;
}

}  // namespace

std::string UriString::rule_text() const {
    std::string narrow;
    if (is_characters && to_latin1(bytes, narrow))
        return narrow;
    return bytes;
}

size_t UriString::length() const {
    if (!is_characters)
        return bytes.size();
    size_t n = 0;
    for (size_t pos = 0; pos < bytes.size(); ++n)
        pos += code_point_at(bytes, pos).size;
    return n;
}

bool UriString::truncate(size_t n) {
    if (bytes.size() <= n)
        return false;
    size_t end = n;
    if (is_characters) {
        end = 0;
        for (size_t i = 0; i < n && end < bytes.size(); ++i)
            end += code_point_at(bytes, end).size;
        if (end >= bytes.size())
            return false;
    }
    bytes.resize(end);
    return true;
}

}  // namespace message
