// Every form of a URI that a mail reader may turn it into (Util::uri_list_canonicalize).
//
// The steps and their order are SpamAssassin's. Where its expressions look at more than ASCII, the
// kind of the string (see uri.h) decides; otherwise UTF-8 is handled like octets.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <unordered_map>

#include "message/host_name.h"
#include "message/uri.h"
#include "message/uri_unicode.h"
#include "util/strings.h"

namespace message {
namespace {

constexpr auto npos = std::string_view::npos;

std::string_view trim_space(std::string_view s, bool characters) {
    if (!characters)
        return util::trim(s);
    for (;;) {
        CodePoint c = code_point_at(s, 0);
        if (c.size == 0 || !is_unicode_space(c.value))
            break;
        s.remove_prefix(c.size);
    }
    for (;;) {
        CodePoint c = code_point_before(s, s.size());
        if (c.size == 0 || !is_unicode_space(c.value))
            break;
        s.remove_suffix(c.size);
    }
    return s;
}

bool has_escape(std::string_view s) {
    for (size_t i = s.find('%'); i != npos && i + 2 < s.size(); i = s.find('%', i + 1))
        if (util::is_xdigit(s[i + 1]) && util::is_xdigit(s[i + 2]))
            return true;
    return false;
}

void append_escape(std::string& out, unsigned char c) {
    constexpr char kHex[] = "0123456789abcdef";
    out += '%';
    out += kHex[c >> 4];
    out += kHex[c & 15];
}

std::string encode_url(std::string_view s, bool characters) {
    std::string out;
    out.reserve(s.size() + 16);
    for (size_t i = 0; i < s.size();) {
        auto c = static_cast<unsigned char>(s[i]);
        if (c == '%' && i + 2 < s.size() && util::is_xdigit(s[i + 1]) &&
            util::is_xdigit(s[i + 2])) {
            int value = util::hex_value(s[i + 1]) * 16 + util::hex_value(s[i + 2]);
            if (value > 0x20 && value < 0x7F)
                out += static_cast<char>(value);
            else
                out.append(s, i, 3);
            i += 3;
        } else if (c <= 0x20 || c == 0x7F || c == '"' || c == '%' || c == '<' || c == '>') {
            append_escape(out, c);
            ++i;
        } else if (c < 0x80) {
            out += s[i++];
        } else if (!characters) {
            append_escape(out, c);
            ++i;
        } else {
            CodePoint point = code_point_at(s, i);
            if (point.value < 0x100)
                append_escape(out, static_cast<unsigned char>(point.value));
            else
                out.append(s, i, point.size);
            i += point.size;
        }
    }
    return out;
}

// Length of "http:" or "https:" at `pos`, any case; 0 if there is none. Perl folds the long s
// (U+017F) to s in characters.
size_t http_scheme(std::string_view s, size_t pos, bool characters) {
    std::string_view rest = s.substr(pos, 7);
    if (!util::istarts_with(rest, "http"))
        return 0;
    if (rest.size() > 4 && rest[4] == ':')
        return 5;
    if (rest.size() > 5 && (rest[4] | 0x20) == 's' && rest[5] == ':')
        return 6;
    if (characters && rest.size() > 6 && rest.substr(4) == "\xC5\xBF:")
        return 7;
    return 0;
}

// Something like "scheme:" in front.
bool has_scheme(std::string_view s, bool characters) {
    size_t i = 0;
    while (i < s.size() && s[i] != ':') {
        if (util::is_alnum(s[i]) || s[i] == '-' || s[i] == '_')
            ++i;
        else if (characters && s.substr(i, 2) == "\xC5\xBF")  // long s
            i += 2;
        else if (characters && s.substr(i, 3) == "\xE2\x84\xAA")  // KELVIN SIGN
            i += 3;
        else
            return false;
    }
    return i > 0 && i < s.size();
}

// Numeric entities of printable ASCII. A value read in Perl's way: decimal digits beyond ASCII
// match \d but end the number.
void decode_decimal_entities(std::string& s, bool characters) {
    size_t amp = s.find("&#");
    if (amp == npos)
        return;
    std::string out;
    size_t copied = 0;
    for (; amp != npos; amp = s.find("&#", amp)) {
        size_t i = amp + 2;
        while (i < s.size() && s[i] == '0')
            ++i;
        // Up to three digits; `foreign` counts those beyond ASCII, from the first on.
        std::array<int, 3> digits{-1, -1, -1};
        size_t n = 0;
        std::array<bool, 3> foreign{};
        while (n < 3) {
            CodePoint c = characters
                              ? code_point_at(s, i)
                              : CodePoint{i < s.size() ? static_cast<unsigned char>(s[i]) : 0U,
                                          i < s.size() ? 1U : 0U};
            int value = c.size == 0 ? -1 : unicode_digit_value(c.value);
            if (value < 0 || (!characters && c.value > 0x7F))
                break;
            digits[n] = value;
            foreign[n] = c.value > 0x7F;
            ++n;
            i += c.size;
        }
        bool good = i < s.size() && s[i] == ';' && n >= 2 && !foreign[0];
        int value = 0;
        if (good && n == 2) {
            if (digits[0] == 3)
                good = !foreign[1] && digits[1] >= 3;
            else
                good = digits[0] >= 4;
            value = foreign[1] ? digits[0] : digits[0] * 10 + digits[1];
        } else if (good) {
            if (digits[0] != 1 || foreign[1])
                good = false;
            else if (digits[1] == 2)
                good = !foreign[2] && digits[2] <= 6;
            else
                good = digits[1] <= 1;
            value = 10 + digits[1];
            if (!foreign[2])
                value = value * 10 + digits[2];
        }
        if (!good) {
            amp += 2;
            continue;
        }
        out.append(s, copied, amp - copied);
        out += static_cast<char>(value);
        amp = copied = i + 1;
    }
    if (copied > 0) {
        out.append(s, copied);
        s = std::move(out);
    }
}

void decode_hex_entities(std::string& s) {
    size_t amp = s.find("&#x");
    if (amp == npos)
        return;
    std::string out;
    size_t copied = 0;
    for (; amp != npos; amp = s.find("&#x", amp)) {
        size_t i = amp + 3;
        while (i < s.size() && s[i] == '0')
            ++i;
        int high = i + 2 < s.size() ? util::hex_value(s[i]) : -1;
        int low = i + 2 < s.size() ? util::hex_value(s[i + 1]) : -1;
        int value = high * 16 + low;
        // 2a..2f are not among them.
        if (high < 2 || low < 0 || s[i + 2] != ';' || value < 0x21 || value > 0x7E ||
            (high == 2 && low > 9)) {
            amp += 3;
            continue;
        }
        out.append(s, copied, amp - copied);
        out += static_cast<char>(value);
        amp = copied = i + 3;
    }
    if (copied > 0) {
        out.append(s, copied);
        s = std::move(out);
    }
}

// Entities of the four characters that separate labels become ".".
void decode_dot_entities(std::string& s, bool characters) {
    // Perl folds the ligature ff (U+FB00) to the two letters in characters.
    static constexpr std::array<std::string_view, 9> kDots = {"x2e;",
                                                              "12290;",
                                                              "x3002;",
                                                              "65294;",
                                                              "xff0e;",
                                                              "65377;",
                                                              "xff61;",
                                                              "x\xEF\xAC\x80"
                                                              "0e;",
                                                              "x\xEF\xAC\x80"
                                                              "61;"};
    size_t amp = s.find("&#");
    if (amp == npos)
        return;
    std::string out;
    size_t copied = 0;
    for (; amp != npos; amp = s.find("&#", amp)) {
        std::string_view rest = std::string_view(s).substr(amp + 2, 8);
        auto dot =
            std::find_if(kDots.begin(), kDots.begin() + (characters ? 9 : 7),
                         [&](std::string_view name) { return util::istarts_with(rest, name); });
        if (dot == kDots.begin() + (characters ? 9 : 7)) {
            amp += 2;
            continue;
        }
        out.append(s, copied, amp - copied);
        out += '.';
        amp = copied = amp + 2 + dot->size();
    }
    if (copied > 0) {
        out.append(s, copied);
        s = std::move(out);
    }
}

// One chunk of a dotted address with its dot, "0x7f." or "0177." or "127.", as a decimal number.
// What overflows is what Perl prints for it; a zero vanishes.
std::string plain_octet(std::string_view chunk) {
    std::string_view dot;
    if (chunk.back() == '.') {
        dot = chunk.substr(chunk.size() - 1);
        chunk.remove_suffix(1);
    }
    std::string digits(chunk);
    if (chunk.size() > 2 && (chunk[1] | 0x20) == 'x') {
        uint64_t value = 0;
        double magnitude = 0;
        bool overflow = false;
        for (unsigned char c : chunk.substr(2)) {
            overflow = overflow || value >> 60 != 0;
            value = value * 16 + static_cast<uint64_t>(util::hex_value(c));
            magnitude = magnitude * 16 + util::hex_value(c);
        }
        if (std::isinf(magnitude))
            return "Inf" + std::string(dot);
        digits = std::to_string(overflow ? -1 : static_cast<int64_t>(value));
    }
    size_t zeros = digits.find_first_not_of('0');
    if (zeros == npos)
        return std::string(dot);
    std::string_view rest = std::string_view(digits).substr(zeros);
    bool octal = rest.find_first_not_of("01234567") == npos &&
                 (rest.size() <= 2 || (rest.size() == 3 && rest[0] <= '3'));
    if (zeros > 0 && octal) {
        int value = 0;
        for (char c : rest)
            value = value * 8 + (c - '0');
        return std::to_string(value) + std::string(dot);
    }
    return std::string(rest) + std::string(dot);
}

bool is_hex_number(std::string_view s) {
    return s.size() > 2 && s[0] == '0' && (s[1] | 0x20) == 'x' &&
           std::all_of(s.begin() + 2, s.end(), [](unsigned char c) { return util::is_xdigit(c); });
}

bool is_decimal_number(std::string_view s) {
    return !s.empty() &&
           std::all_of(s.begin(), s.end(), [](unsigned char c) { return util::is_digit(c); });
}

// "0x59.0x44.0240.11": the address with plain octets, or "" if the host is no such thing.
std::string plain_address(std::string_view host) {
    std::string out;
    for (int i = 0; i < 4; ++i) {
        size_t dot = host.find('.');
        if ((i < 3) == (dot == npos))
            return std::string();
        std::string_view chunk = host.substr(0, dot);
        if (!is_decimal_number(chunk) && !is_hex_number(chunk))
            return std::string();
        out += plain_octet(host.substr(0, i < 3 ? dot + 1 : npos));
        host.remove_prefix(i < 3 ? dot + 1 : host.size());
    }
    return out;
}

std::string dotted_quad(uint64_t value) {
    // The first four bytes of at least eight hexadecimal digits.
    int digits = 8;
    while (digits < 16 && value >> (4 * digits) != 0)
        ++digits;
    auto top = static_cast<uint32_t>(value >> (4 * (digits - 8)));
    return std::to_string(top >> 24) + '.' + std::to_string(top >> 16 & 255) + '.' +
           std::to_string(top >> 8 & 255) + '.' + std::to_string(top & 255);
}

// A list of distinct URIs in the order of arrival. As in a Perl hash, the text alone tells them
// apart, and the last to arrive decides about the kind.
class DistinctUris {
public:
    void add(UriString uri) {
        std::string key = uri.rule_text();
        // Text with characters above U+00FF cannot equal octets, even if their bytes do.
        bool wide = uri.is_characters && !is_ascii(key) && key == uri.bytes;
        key += wide ? 'w' : 'n';
        auto [it, fresh] = index_.try_emplace(std::move(key), list_.size());
        if (fresh)
            list_.push_back(std::move(uri));
        else
            list_[it->second] = std::move(uri);
    }
    std::vector<UriString> take() { return std::move(list_); }

private:
    std::vector<UriString> list_;
    std::unordered_map<std::string, size_t> index_;
};

class Canonicalizer {
public:
    Canonicalizer(const std::vector<UriString>& uris, const MessageSettings& settings)
        : settings_(settings), uris_(uris) {}

    std::vector<UriString> run() {
        // Redirect targets join the list while we walk it.
        for (size_t i = 0; i < uris_.size(); ++i) {
            tidy(uris_[i]);
            std::string_view uri = uris_[i].bytes;
            if (uris_[i].length() <= 1 || uri[0] == '#' || uri[0] == '?' || uri[0] == '&' ||
                (uri[0] == '/' && uri[1] != '/'))
                continue;
            characters_ = uris_[i].is_characters;
            size_t mark = uri.find_first_of(":@");
            if ((mark != npos && uri[mark] == '@') || util::istarts_with(uri, "mailto:"))
                mail_forms(uri);
            else
                web_forms(std::string(uri));
        }
        DistinctUris distinct;
        for (UriString& uri : uris_)
            distinct.add(std::move(uri));
        for (UriString& uri : forms_)
            distinct.add(std::move(uri));
        return distinct.take();
    }

private:
    // URIs may have been broken over lines.
    static void tidy(UriString& uri) {
        if (uri.is_characters && is_ascii(uri.bytes))
            uri.is_characters = false;
        std::string& s = uri.bytes;
        s.erase(std::remove(s.begin(), s.end(), '\n'), s.end());
        std::string_view trimmed = trim_space(s, uri.is_characters);
        if (trimmed.size() != s.size())
            s = std::string(trimmed);
        s.erase(std::remove(s.begin(), s.end(), '\r'), s.end());
    }

    void push(std::string form) { forms_.emplace_back(std::move(form), characters_); }
    void push(std::initializer_list<std::string_view> pieces) {
        std::string form;
        for (std::string_view piece : pieces)
            form += piece;
        push(std::move(form));
    }

    void mail_forms(std::string_view uri);
    void web_forms(std::string uri);
    void host_forms(std::string_view uri);
    void redirect_targets(std::string_view url, std::string_view rest);
    void numeric_or_bare_host_forms(std::string_view proto, const std::string& host,
                                    std::string_view ace, std::string_view octets,
                                    std::string_view rest, bool may_complete);

    const MessageSettings& settings_;
    std::vector<UriString> uris_;
    std::vector<UriString> forms_;
    bool characters_ = false;  // the kind of the URI at hand
    size_t targets_ = 0;
};

void Canonicalizer::mail_forms(std::string_view uri) {
    size_t at = uri.find('@');
    if (at == npos)
        return;
    // Parameters go; Outlook takes a@example.com&x for a@example.com.
    if (at > 0) {
        size_t query = uri.find('?', at + 1);
        if (query != npos && query > at + 1)
            push(std::string(uri.substr(0, query)));
        size_t end = uri.find_first_of("?&", at + 1);
        if (end != npos && end > at + 1 && uri[end] == '&')
            push(std::string(uri.substr(0, end)));
    }
    if (uri.find("%20") != npos) {
        bool prefixed = uri.substr(0, 7) == "mailto:";
        size_t start = prefixed ? 7 : 0;
        bool blanks = false;
        for (; uri.substr(start, 3) == "%20"; start += 3)
            blanks = true;
        if (start == at) {
            // An address needs something before the "@": give back a blank, or the scheme.
            if (blanks)
                start -= 3;
            else
                start = 0;
        }
        size_t end = std::min(uri.find_first_of("?&%", at + 1), uri.size());
        if (start < at && end > at + 1)
            push({"mailto:", uri.substr(start, end - start)});
    }
    // "Name"%20<a@example.com>: the last "<" before the parameters behind which an address stands.
    size_t limit = std::min(uri.find_first_of("?&"), uri.size());
    size_t close = npos;        // next ">" from i on
    size_t stop = npos;         // next "@" or ">" from i on
    size_t address_end = npos;  // where an address whose "@" is `stop` would end
    for (size_t i = uri.size(); i-- > 0;) {
        if (uri[i] == '>') {
            close = stop = i;
            address_end = npos;
        } else if (uri[i] == '@') {
            stop = i;
            address_end = close != npos && close > i + 1 ? close : npos;
        } else if (uri[i] == '<' && i < limit && stop > i + 1 && address_end != npos) {
            push({"mailto:", uri.substr(i + 1, address_end - i - 1)});
            break;
        }
    }
}

void Canonicalizer::web_forms(std::string uri) {
    std::string form = uri;
    std::replace(form.begin(), form.end(), '\\', '/');  // some mail readers do
    if (size_t scheme = http_scheme(form, 0, characters_)) {
        size_t slashes = 0;
        while (slashes < 2 && form.compare(scheme + slashes, 1, "/") == 0)
            ++slashes;
        form.insert(scheme, 2 - slashes, '/');
    }
    if (has_escape(form))
        form = encode_url(form, characters_);
    if (!has_scheme(form, characters_))
        form.insert(0, form.compare(0, 4, "ftp.") == 0 ? "ftp://" : "http://");
    // "http://example.com?id=3" -> "http://example.com/?id=3"
    size_t scheme = http_scheme(form, 0, characters_);
    if (scheme > 0 && form.compare(scheme, 2, "//") == 0) {
        size_t end = form.find_first_of("/?#", scheme + 2);
        if (end != npos && end > scheme + 2 && form[end] != '/')
            form.insert(end, 1, '/');
    }
    decode_decimal_entities(form, characters_);
    decode_hex_entities(form);
    decode_dot_entities(form, characters_);
    if (form != uri)
        push(form);
    host_forms(form);
}

// Is ":80" (or ":443") in front of `rest` the whole port?
bool starts_with_port(std::string_view rest, std::string_view port, bool characters) {
    if (rest.substr(0, port.size()) != port)
        return false;
    std::string_view tail = rest.substr(port.size());
    if (tail.empty())
        return true;
    return characters ? !is_word_character(code_point_at(tail, 0).value)
                      : !util::is_word(static_cast<unsigned char>(tail[0]));
}

void Canonicalizer::host_forms(std::string_view uri) {
    size_t scheme = http_scheme(uri, 0, characters_);
    if (scheme == 0 || uri.substr(scheme, 2) != "//")
        return;
    std::string_view proto = uri.substr(0, scheme + 2);
    std::string_view after = uri.substr(scheme + 2);
    size_t authority_end = std::min(after.find_first_of("/?#"), after.size());
    size_t at = after.substr(0, authority_end).find('@');
    size_t host_start = at == npos ? 0 : at + 1;
    size_t host_end = std::min(after.find_first_of("/?#:", host_start), after.size());
    if (host_end == host_start) {  // "user@" and no host: then that is the host
        host_start = 0;
        host_end = std::min(after.find_first_of("/?#:"), after.size());
        if (host_end == 0)
            return;
    }
    const bool has_auth = host_start > 0;
    std::string host(after.substr(host_start, host_end - host_start));
    const std::string_view rest = after.substr(host_end);

    size_t port_end = 1;
    while (!rest.empty() && rest[0] == ':' && port_end < rest.size()) {
        CodePoint c = characters_ ? code_point_at(rest, port_end)
                                  : CodePoint{static_cast<unsigned char>(rest[port_end]), 1};
        if (c.value > 0x7F && !characters_)
            break;
        if (unicode_digit_value(c.value) < 0)
            break;
        port_end += c.size;
    }
    // SpamAssassin compares with case: "HTTP://" has port 443.
    const bool is_http = proto == "http://";
    const bool has_port = !rest.empty() && rest[0] == ':' && port_end > 1;
    const bool is_port_80 = has_port ? rest.substr(1, port_end - 1) == "80" : is_http;
    std::string_view rest_without_port;
    if (has_port) {
        std::string_view standard = is_http ? ":80" : ":443";
        rest_without_port = rest;
        if (starts_with_port(rest, standard, characters_)) {
            rest_without_port.remove_prefix(standard.size());
            push({proto, host, rest_without_port});
        }
    }

    const std::string octets = idn_to_ascii(host);
    const std::string ace = characters_ ? latin1_to_utf8(octets) : octets;
    if (ace != (characters_ ? unicode_lower(host) : util::lower(host))) {
        push({proto, ace, rest});
        if (!rest_without_port.empty())
            push({proto, ace, rest_without_port});
        host = ace;
    }

    size_t before = host.size();
    host.erase(std::remove_if(host.begin(), host.end(), [](unsigned char c) { return c <= 0x20; }),
               host.end());
    if (host.size() != before)
        push({proto, host, rest});

    std::string url(proto);
    url += host;
    url += rest;
    redirect_targets(url, rest);

    // "www.bank.example@" in front of the true host
    at = host.find('@');
    if (at != npos && at > 0) {
        host.erase(0, at + 1);
        push({proto, host, rest});
    }
    // "visit http://example.com!!!"
    before = host.size();
    while (!host.empty() && !util::is_alnum(host.back()))
        host.pop_back();
    if (host.size() != before)
        push({proto, host, rest});

    numeric_or_bare_host_forms(proto, host, ace, octets, rest, is_http && !has_auth && is_port_80);
}

void Canonicalizer::redirect_targets(std::string_view url, std::string_view rest) {
    if (targets_ >= settings_.limits.max_redirect_targets)
        return;
    if (settings_.redirector_target) {
        UriString shown{std::string(url), characters_};
        std::string text = shown.rule_text();
        std::optional<std::string> target = settings_.redirector_target(text);
        if (target && target->find('.') != npos) {
            bool narrowed = characters_ && text != shown.bytes;
            uris_.emplace_back(narrowed ? latin1_to_utf8(*target) : *std::move(target),
                               characters_);
            ++targets_;
            return;
        }
    }
    // Else whatever looks like a URI in the path.
    for (size_t i = rest.find_first_of("hH"); i != npos; i = rest.find_first_of("hH", i + 1)) {
        size_t scheme = http_scheme(rest, i, characters_);
        size_t body = i + scheme;
        if (scheme == 0 || body >= rest.size() || rest[body] == '&' || rest[body] == '#')
            continue;
        std::string_view target = rest.substr(i, rest.find_first_of("&#", body) - i);
        if (target.find('.') != npos) {
            uris_.emplace_back(std::string(target), characters_);
            ++targets_;
        }
        return;
    }
}

void Canonicalizer::numeric_or_bare_host_forms(std::string_view proto, const std::string& host,
                                               std::string_view ace, std::string_view octets,
                                               std::string_view rest, bool may_complete) {
    if (std::string address = plain_address(host); !address.empty()) {
        push({proto, address, rest});
    } else if (is_hex_number(host)) {
        std::string_view digits = std::string_view(host).substr(2);
        uint32_t value = 0;
        for (unsigned char c : digits.substr(digits.size() > 8 ? digits.size() - 8 : 0))
            value = value * 16 + static_cast<uint32_t>(util::hex_value(c));
        push({proto, dotted_quad(value), rest});
    } else if (is_decimal_number(host)) {
        push({proto, decode_ulong_to_ip(host), rest});
    } else if (may_complete && octets != "localhost") {
        // "http://example" -> "http://www.example.com", as Firefox does.
        std::string_view name = ace;
        if (name.size() > 4 && name.substr(0, 4) == "www.")
            name.remove_prefix(4);
        if (name.find('.') == npos && !name.empty() &&
            !(settings_.registry && settings_.registry->is_domain_valid(octets)))
            push({proto, "www.", name, ".com", rest});
    }
}

}  // namespace

std::vector<UriString> canonicalize(const std::vector<UriString>& uris,
                                    const MessageSettings& settings) {
    return Canonicalizer(uris, settings).run();
}

std::vector<std::string> canonicalize(const std::vector<std::string>& uris,
                                      const MessageSettings& settings) {
    std::vector<UriString> in;
    in.reserve(uris.size());
    for (const std::string& uri : uris)
        in.emplace_back(uri);
    std::vector<std::string> out;
    for (UriString& uri : canonicalize(in, settings))
        out.push_back(std::move(uri.bytes));
    return out;
}

std::string url_encode(std::string_view octets) {
    return encode_url(octets, false);
}

std::string decode_ulong_to_ip(std::string_view digits) {
    uint64_t value = 0;
    if (digits.empty())
        return dotted_quad(0);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range)
        value = UINT64_MAX;
    return dotted_quad(value);
}

}  // namespace message
