#include "html/uri_reference.h"

#include <algorithm>
#include <optional>

#include "util/strings.h"

namespace html {

namespace {

constexpr size_t npos = std::string_view::npos;

struct Parts {
    std::optional<std::string_view> scheme, authority, query, fragment;
    std::string_view path;
};

Parts parse(std::string_view uri) {
    Parts parts;
    size_t scheme_end = uri.find_first_of(":/?#");
    if (scheme_end != npos && scheme_end > 0 && uri[scheme_end] == ':') {
        parts.scheme = uri.substr(0, scheme_end);
        uri.remove_prefix(scheme_end + 1);
    }
    if (uri.starts_with("//")) {
        size_t end = std::min(uri.find_first_of("/?#", 2), uri.size());
        parts.authority = uri.substr(2, end - 2);
        uri.remove_prefix(end);
    }
    size_t path_end = std::min(uri.find_first_of("?#"), uri.size());
    parts.path = uri.substr(0, path_end);
    uri.remove_prefix(path_end);
    if (uri.starts_with('?')) {
        size_t end = std::min(uri.find('#'), uri.size());
        parts.query = uri.substr(1, end - 1);
        uri.remove_prefix(end);
    }
    if (uri.starts_with('#'))  // to the end of its line
        parts.fragment = uri.substr(1, std::min(uri.find('\n'), uri.size()) - 1);
    return parts;
}

// Perl's idea of truth.
bool is_true(std::string_view s) {
    return !s.empty() && s != "0";
}

// At the end, or at a newline that ends the string: a regex's "$".
bool at_end(std::string_view s, size_t at) {
    return at == s.size() || (at + 1 == s.size() && s[at] == '\n');
}

std::string remove_dot_segments(std::string_view path) {
    std::string out;
    std::string input;
    if (path.starts_with("./") || path.starts_with("../"))
        input = path.substr(path[1] == '/' ? 1 : 2);
    else
        input = path;
    std::string_view rest = input;
    while (is_true(rest)) {
        size_t dots = rest.starts_with("/..") ? 2 : rest.starts_with("/.") ? 1 : 0;
        // A dot segment leaves its "/", which stands where the next segment begins.
        size_t used = 1 + dots;
        if (dots > 0 && (rest.substr(used, 1) == "/" || at_end(rest, used))) {
            if (used < rest.size() && rest[used] == '/') {
                rest.remove_prefix(used);
            } else {
                input = "/" + std::string(rest.substr(used));
                rest = input;
            }
            if (dots == 2) {
                size_t slash = out.rfind('/');
                out.resize(slash == npos ? 0 : slash);
            }
            continue;
        }
        size_t end = std::min(rest.find('/', rest[0] == '/' ? 1 : 0), rest.size());
        out += rest.substr(0, end);
        rest.remove_prefix(end);
    }
    return out;
}

std::string merge(const Parts& base, std::string_view path) {
    if (base.authority && !is_true(base.path))
        return "/" + std::string(path);
    size_t slash = base.path.rfind('/');
    std::string merged(slash == npos ? "" : base.path.substr(0, slash + 1));
    merged += path;
    return merged;
}

// "www", digits, "."
bool is_numbered_host(CharView authority, std::string_view prefix) {
    if (!util::istarts_with(authority.bytes, prefix))
        return false;
    CharView rest = authority.substr(prefix.size());
    while (!rest.empty()) {
        Character c = first_character(rest);
        if (c.code == '.')
            return true;
        if (!is_digit(c.code, rest.utf8))
            return false;
        rest.bytes.remove_prefix(c.size);
    }
    return false;
}

bool is_uri_blank(char32_t c, bool utf8) {
    return c == 0xA0 || is_space(c, utf8);
}

// Where "url", blanks, "=" and blanks end if they stand at `at` as a word of their own; npos else.
size_t match_url_key(CharView s, size_t at, bool with_blanks_after) {
    if (!util::istarts_with(s.bytes.substr(at), "url"))
        return npos;
    if (at > 0) {
        Character before = last_character(s.substr(0, at));
        if (is_word(before.code, s.utf8))
            return npos;
    }
    CharView rest = trim_left(s.substr(at + 3));
    if (!rest.bytes.starts_with('='))
        return npos;
    rest.bytes.remove_prefix(1);
    if (with_blanks_after)
        rest = trim_left(rest);
    return s.bytes.size() - rest.bytes.size();
}

}  // namespace

CharView trim_uri(CharView uri) {
    while (!uri.empty()) {
        Character c = first_character(uri);
        if (!is_uri_blank(c.code, uri.utf8))
            break;
        uri.bytes.remove_prefix(c.size);
    }
    while (!uri.empty()) {
        Character c = last_character(uri);
        if (!is_uri_blank(c.code, uri.utf8))
            break;
        uri.bytes.remove_suffix(c.size);
    }
    return uri;
}

bool is_opaque_uri(CharView uri) {
    for (std::string_view scheme : {"data:", "mailto:", "file:", "cid:", "tel:"}) {
        if (util::istarts_with(uri.bytes, scheme))
            return true;
    }
    return false;
}

CharString base_of(CharView uri) {
    CharString base;
    std::string_view s = uri.bytes;
    size_t colon = 0;
    for (std::string_view scheme : {"https:", "http:", "ftp:"}) {
        if (size_t size = match_prefix_ignoring_case(uri, scheme)) {
            colon = size;
            break;
        }
    }
    if (colon == 0)
        return base;
    // Scheme, host, "/"; then a last segment "name.ext" with 2 to 4 characters after the dot.
    size_t host = colon;
    while (host < s.size() && host < colon + 2 && s[host] == '/')
        ++host;
    size_t first_slash = s.find('/', host);
    if (first_slash != npos && first_slash > host) {
        size_t dot = s.rfind('.');
        size_t last_slash = s.rfind('/');
        if (dot != npos && dot > last_slash + 1) {
            size_t extension = length(uri.substr(dot + 1));
            size_t name = dot;
            while (name > last_slash + 1 && s[name - 1] != '.')
                --name;
            bool is_one_line = s.substr(first_slash + 1, name - first_slash - 1).find('\n') == npos;
            if (name < dot && extension >= 2 && extension <= 4 && is_one_line)
                s = s.substr(0, name);
        }
    }
    base.append({s, uri.utf8});
    if (!s.ends_with('/'))
        base.bytes += '/';
    return base;
}

CharString resolve(CharView base_uri, CharView reference) {
    CharString result;
    std::string upgraded;
    // Parts of both go into one string: bring them to one form.
    result.utf8 = base_uri.utf8 || reference.utf8;
    if (base_uri.utf8 != reference.utf8) {
        CharView& octets = base_uri.utf8 ? reference : base_uri;
        append_latin1_as_utf8(upgraded, octets.bytes);
        octets = {upgraded, true};
    }
    Parts r = parse(reference.bytes);
    Parts base = parse(base_uri.bytes);
    if (r.scheme && base.scheme && *r.scheme == *base.scheme)
        r.scheme.reset();

    Parts t;
    std::string path;
    if (r.scheme || r.authority) {
        t.scheme = r.scheme ? r.scheme : base.scheme;
        t.authority = r.authority;
        t.query = r.query;
        path = remove_dot_segments(r.path);
    } else {
        t.scheme = base.scheme;
        t.authority = base.authority;
        if (r.path.empty()) {
            path = base.path;
            t.query = r.query ? r.query : base.query;
        } else {
            t.query = r.query;
            path = r.path[0] == '/' ? remove_dot_segments(r.path)
                                    : remove_dot_segments(merge(base, r.path));
        }
    }
    std::string& out = result.bytes;
    out.reserve(reference.bytes.size() + base_uri.bytes.size());
    if (t.scheme && is_true(*t.scheme)) {
        out += *t.scheme;
        out += ':';
    } else if (t.authority) {
        CharView authority{*t.authority, result.utf8};
        if (is_numbered_host(authority, "www"))
            out += "http:";
        else if (is_numbered_host(authority, "ftp"))
            out += "ftp:";
    }
    if (t.authority) {
        out += "//";
        out += *t.authority;
    }
    out += path;
    if (t.query) {
        out += '?';
        out += *t.query;
    }
    if (r.fragment) {
        out += '#';
        out += *r.fragment;
    }
    return result;
}

bool has_refresh_target(CharView content) {
    for (size_t at = util::ifind(content.bytes, "url"); at != npos;
         at = util::ifind(content.bytes, "url", at + 1)) {
        if (match_url_key(content, at, false) != npos)
            return true;
    }
    return false;
}

CharView refresh_target(CharView content, std::string& scratch) {
    // The last "url=" that begins on the first line counts.
    size_t line_end = std::min(content.bytes.find('\n'), content.bytes.size());
    for (size_t at = util::ifind(content.bytes, "url"), end = npos;;
         at = util::ifind(content.bytes, "url", at + 1)) {
        if (at == npos || at > line_end) {
            if (end != npos)
                content = content.substr(end);
            break;
        }
        size_t match = match_url_key(content, at, true);
        if (match != npos)
            end = match;
    }
    // What follows a semicolon goes, up to the end of that line.
    size_t semicolon = content.bytes.find(';');
    if (semicolon == npos)
        return content;
    size_t newline = std::min(content.bytes.find('\n', semicolon), content.bytes.size());
    scratch = trim_right(content.substr(0, semicolon)).bytes;
    scratch += content.bytes.substr(newline);
    return {scratch, content.utf8};
}

}  // namespace html
