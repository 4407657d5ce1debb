#include "mailbox/target.h"

#include <glob.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "util/strings.h"

namespace mailbox {

namespace {

std::string home_directory() {
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != 0)
        return home;
    const passwd* user = ::getpwuid(::getuid());
    return user != nullptr ? user->pw_dir : "~";
}

// "a{b,c}d" -> "abd", "acd", nested ones too, capped.
constexpr size_t kMaxAlternatives = 10000;

void expand_braces(const std::string& pattern, std::vector<std::string>& out) {
    size_t open = pattern.find('{');
    while (open != std::string::npos && open > 0 && pattern[open - 1] == '\\')
        open = pattern.find('{', open + 1);
    size_t close = std::string::npos;
    std::vector<size_t> cuts;
    if (open != std::string::npos) {
        int depth = 0;
        for (size_t i = open; i < pattern.size(); ++i) {
            if (pattern[i] == '{')
                ++depth;
            else if (pattern[i] == ',' && depth == 1)
                cuts.push_back(i);
            else if (pattern[i] == '}' && --depth == 0) {
                close = i;
                break;
            }
        }
    }
    if (close == std::string::npos || close == open + 1) {
        out.push_back(pattern);
        return;
    }
    cuts.push_back(close);
    size_t from = open + 1;
    for (size_t cut : cuts) {
        if (out.size() >= kMaxAlternatives)
            return;
        expand_braces(
            pattern.substr(0, open) + pattern.substr(from, cut - from) + pattern.substr(close + 1),
            out);
        from = cut + 1;
    }
}

bool has_wildcards(std::string_view pattern) {
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[')
            return true;
    }
    return false;
}

std::string without_backslashes(std::string_view pattern) {
    std::string out;
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size())
            ++i;
        out += pattern[i];
    }
    return out;
}

}  // namespace

std::optional<Format> parse_format(std::string_view name) {
    if (name == "detect")
        return Format::Detect;
    if (name == "file")
        return Format::File;
    if (name == "dir")
        return Format::Directory;
    if (name == "mbox")
        return Format::Mbox;
    if (name == "mbx")
        return Format::Mbx;
    return std::nullopt;
}

ParsedTarget parse_target(std::string_view text, const Target& defaults) {
    ParsedTarget parsed{defaults, {}};
    parsed.target.location = text;
    // "[^:]*:[a-z]+:" in front makes it a full target.
    size_t first = text.find(':');
    size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
    if (second == std::string_view::npos || second == first + 1)
        return parsed;
    auto format = text.substr(first + 1, second - first - 1);
    for (char c : format)
        if (c < 'a' || c > 'z')
            return parsed;
    if (first > 0)
        parsed.target.is_spam = text[0] == 's';
    parsed.target.location = text.substr(second + 1);
    if (auto known = parse_format(format))
        parsed.target.format = *known;
    else
        parsed.error = "format " + std::string(format) + " unknown";
    return parsed;
}

std::vector<std::string> expand_location(const std::string& location) {
    std::string pattern = location;
    if (pattern.starts_with("~/"))
        pattern = home_directory() + pattern.substr(1);
    std::vector<std::string> patterns, paths;
    expand_braces(pattern, patterns);
    for (const auto& one : patterns) {
        if (!has_wildcards(one)) {
            paths.push_back(without_backslashes(one));
            continue;
        }
        glob_t found{};
        if (::glob(one.c_str(), 0, nullptr, &found) == 0)
            for (size_t i = 0; i < found.gl_pathc; ++i)
                paths.emplace_back(found.gl_pathv[i]);
        ::globfree(&found);
    }
    return paths;
}

}  // namespace mailbox
