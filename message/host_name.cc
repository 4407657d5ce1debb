#include "message/host_name.h"

#include <idn2.h>

#include <array>
#include <memory>
#include <optional>

#include "util/strings.h"

namespace message {
namespace {

bool is_plain_host_char(unsigned char c) {
    return util::is_alnum(c) || c == '_' || c == '.' || c == ':' || c == '[' || c == ']' ||
           c == '-';
}

// What a host in ISO-8859-1 may consist of: ASCII host characters and letters with diacritics.
bool is_latin1_host(std::string_view s) {
    for (unsigned char c : s) {
        bool letter = c >= 0xC0 && c != 0xD7 && c != 0xDF && c != 0xF7 && c != 0xFF;
        if (!letter && !util::is_alnum(c) && c != '_' && c != '.' && c != '-')
            return false;
    }
    return true;
}

// ONE DOT LEADER, IDEOGRAPHIC FULL STOP, FULLWIDTH and HALFWIDTH forms, SMALL FULL STOP.
constexpr std::array<std::string_view, 5> kOtherDots = {
    "\xE2\x80\xA4", "\xE3\x80\x82", "\xEF\xBC\x8E", "\xEF\xBD\xA1", "\xEF\xB9\x92"};

std::string with_plain_dots(std::string_view s) {
    std::string out;
    out.reserve(s.size());
    for (size_t i = 0; i < s.size();) {
        bool replaced = false;
        if (static_cast<unsigned char>(s[i]) >= 0xE2) {
            for (std::string_view dot : kOtherDots) {
                if (s.substr(i, 3) == dot) {
                    out += '.';
                    i += 3;
                    replaced = true;
                    break;
                }
            }
        }
        if (!replaced)
            out += s[i++];
    }
    return out;
}

struct Idn2Free {
    void operator()(char* p) const { idn2_free(p); }
};

// A NUL ends the name, as it does for Perl's binding.
std::optional<std::string> to_ace(const std::string& utf8) {
    char* raw = nullptr;
    int rc = idn2_to_ascii_8z(utf8.c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    std::unique_ptr<char, Idn2Free> ace(raw);
    if (rc != IDN2_OK || !ace)
        return std::nullopt;
    return std::string(ace.get());
}

// Perl's "$" forgives one newline at the end.
std::string_view without_final_newline(std::string_view s) {
    if (!s.empty() && s.back() == '\n')
        s.remove_suffix(1);
    return s;
}

}  // namespace

std::string idn_to_ascii(std::string_view host) {
    bool plain = true;
    for (unsigned char c : host) {
        if (!is_plain_host_char(c)) {
            plain = false;
            break;
        }
    }
    if (plain)
        return util::lower(host);

    if (util::is_valid_utf8(host)) {
        std::string dotted = with_plain_dots(host);
        std::optional<std::string> ace = to_ace(dotted);
        return ace ? *std::move(ace) : dotted;
    }
    if (is_latin1_host(host)) {
        std::string utf8;
        for (unsigned char c : host)
            util::encode_utf8(utf8, c);
        std::optional<std::string> ace = to_ace(utf8);
        return ace ? *std::move(ace) : std::string(host);
    }
    return util::lower(host);
}

bool is_fqdn_valid(std::string_view host) {
    while (!host.empty() && host.back() == '.')
        host.remove_suffix(1);
    if (host.size() > 253)
        return false;
    size_t labels_left = 1;
    for (char c : host)
        labels_left += c == '.';
    if (host.empty() || labels_left < 2)
        return false;
    for (size_t i = 0; i <= host.size(); --labels_left) {
        size_t dot = host.find('.', i);
        std::string_view label = host.substr(i, dot == host.npos ? host.npos : dot - i);
        i = dot == host.npos ? host.size() + 1 : dot + 1;
        if (label.empty() || label.size() > 63)
            return false;
        label = without_final_newline(label);
        if (label.empty() || label.front() == '-' || label.back() == '-')
            return false;
        for (unsigned char c : label) {
            if (!util::is_alnum(c) && c != '-' && (c != '_' || labels_left <= 2))
                return false;
        }
    }
    return true;
}

}  // namespace message
