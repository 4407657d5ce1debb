#include "html/target_uri.h"

#include <optional>

#include "util/strings.h"

namespace html {

namespace {

struct Pieces {
    std::optional<std::string> scheme, authority, query, fragment;
    std::string path;
};

Pieces split(std::string_view uri) {
    Pieces p;
    size_t colon = uri.find_first_of(":/?#");
    if (colon != std::string_view::npos && colon > 0 && uri[colon] == ':') {
        p.scheme = std::string(uri.substr(0, colon));
        uri.remove_prefix(colon + 1);
    }
    if (uri.starts_with("//")) {
        uri.remove_prefix(2);
        size_t end = std::min(uri.find_first_of("/?#"), uri.size());
        p.authority = std::string(uri.substr(0, end));
        uri.remove_prefix(end);
    }
    size_t end = std::min(uri.find_first_of("?#"), uri.size());
    p.path = std::string(uri.substr(0, end));
    uri.remove_prefix(end);
    if (uri.starts_with('?')) {
        end = std::min(uri.find('#'), uri.size());
        p.query = std::string(uri.substr(1, end - 1));
        uri.remove_prefix(end);
    }
    if (uri.starts_with('#')) {
        // A fragment ends at a line end, which "." does not match.
        std::string_view rest = uri.substr(1);
        p.fragment = std::string(rest.substr(0, rest.find('\n')));
    }
    return p;
}

std::string without_dot_segments(std::string_view path) {
    std::string input(path), output;
    // "../x" and "./x" at the start are "/x".
    if (input.starts_with("../"))
        input.erase(0, 2);
    else if (input.starts_with("./"))
        input.erase(0, 1);
    std::string_view in = input;
    // Perl's loop ends at a string that is false: "" or "0".
    while (!in.empty() && in != "0") {
        if (in.starts_with("/./") || in == "/." || in == "/.\n") {
            in = in.starts_with("/./") ? in.substr(2) : std::string_view("/");
        } else if (in.starts_with("/../") || in == "/.." || in == "/..\n") {
            in = in.starts_with("/../") ? in.substr(3) : std::string_view("/");
            size_t slash = output.rfind('/');
            output.erase(slash == std::string::npos ? 0 : slash);
        } else {
            size_t end = in.find('/', in.starts_with('/') ? 1 : 0);
            end = std::min(end, in.size());
            output.append(in.substr(0, end));
            in.remove_prefix(end);
        }
    }
    return output;
}

std::string merge(const std::optional<std::string>& base_authority, const std::string& base_path,
                  const std::string& path) {
    if (base_authority && (base_path.empty() || base_path == "0"))
        return "/" + path;
    size_t slash = base_path.rfind('/');
    return slash == std::string::npos ? path : base_path.substr(0, slash + 1) + path;
}

// "www1." or "ftp2."
bool starts_with_service(std::string_view authority, std::string_view name) {
    if (!util::istarts_with(authority, name))
        return false;
    size_t i = name.size();
    while (i < authority.size() && util::is_digit(authority[i]))
        ++i;
    return i < authority.size() && authority[i] == '.';
}

}  // namespace

std::string target_uri(std::string_view base_uri, std::string_view reference) {
    Pieces r = split(reference), base = split(base_uri), t;
    if (r.scheme && base.scheme && *r.scheme == *base.scheme)
        r.scheme.reset();
    if (r.scheme || r.authority) {
        t.scheme = r.scheme ? r.scheme : base.scheme;
        t.authority = r.authority;
        t.path = without_dot_segments(r.path);
        t.query = r.query;
    } else {
        if (r.path.empty()) {
            t.path = base.path;
            t.query = r.query ? r.query : base.query;
        } else {
            t.path = without_dot_segments(
                r.path.starts_with('/') ? r.path : merge(base.authority, base.path, r.path));
            t.query = r.query;
        }
        t.authority = base.authority;
        t.scheme = base.scheme;
    }
    t.fragment = r.fragment;
    std::string out;
    if (t.scheme && !t.scheme->empty() && *t.scheme != "0")
        out = *t.scheme + ":";
    else if (t.authority && starts_with_service(*t.authority, "www"))
        out = "http:";
    else if (t.authority && starts_with_service(*t.authority, "ftp"))
        out = "ftp:";
    if (t.authority)
        out += "//" + *t.authority;
    out += t.path;
    if (t.query)
        out += "?" + *t.query;
    if (t.fragment)
        out += "#" + *t.fragment;
    return out;
}

}  // namespace html
