#include "rules/regexp_syntax.h"

#include <fmt/format.h>

#include <algorithm>

#include "rules/perl_pattern.h"
#include "util/strings.h"

namespace rules {

static bool is_word(char c) {
    return util::is_word(static_cast<unsigned char>(c));
}

// Perl reads (?{code}) and (??{code}) as code.
static bool has_code(std::string_view pattern) {
    for (size_t at = pattern.find("?{"); at != std::string_view::npos;
         at = pattern.find("?{", at + 1)) {
        if ((at >= 1 && pattern[at - 1] == '(') ||
            (at >= 2 && pattern[at - 1] == '?' && pattern[at - 2] == '('))
            return true;
    }
    return false;
}

static bool has_unescaped(std::string_view pattern, char delimiter) {
    // Pairs of backslashes vanish first, left to right; then a backslash in front protects.
    char previous = '\0';
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size() && pattern[i + 1] == '\\') {
            ++i;
            continue;
        }
        if (pattern[i] == delimiter && previous != '\\')
            return true;
        previous = pattern[i];
    }
    return false;
}

static std::string_view always_matching(std::string_view pattern) {
    if (pattern.empty())
        return "empty";
    for (size_t at = pattern.find("||"); at != std::string_view::npos;
         at = pattern.find("||", at + 1))
        if (at == 0 || pattern[at - 1] != '\\')
            return "contains '||'";
    if (pattern.front() == '|' ||
        (pattern.back() == '|' && (pattern.size() < 2 || pattern[pattern.size() - 2] != '\\')))
        return "starts or ends with '|'";
    return {};
}

util::Expected<Regexp, std::string> parse_regexp(std::string_view text, Delimiters delimiters,
                                                 bool reject_always_matching) {
    using util::Unexpected;
    char end = '\0';
    if (delimiters != Delimiters::None) {
        size_t prefix = text.substr(0, 1) == "m" ? 1 : text.substr(0, 2) == "qr" ? 2 : 0;
        if (!text.empty() && text[0] == '/') {
            end = '/';
            text.remove_prefix(1);
        } else if (prefix > 0 && text.size() > prefix && !is_word(text[prefix])) {
            constexpr std::string_view kOpen = "{(<[", kClose = "})>]";
            end = text[prefix];
            if (size_t pair = kOpen.find(end); pair != std::string_view::npos)
                end = kClose[pair];
            if (end == '\\')
                return Unexpected(std::string("backslash delimiter not allowed"));
            text.remove_prefix(prefix + 1);
        } else if (delimiters == Delimiters::Required) {
            return Unexpected(std::string("missing regexp delimiters"));
        }
    }
    Regexp out;
    if (end != '\0') {
        // The first delimiter behind which only letters follow.
        size_t letters = text.size();
        while (letters > 0 && text[letters - 1] >= 'a' && text[letters - 1] <= 'z' &&
               text[letters - 1] != 'e')
            --letters;
        if (letters == 0 || text[letters - 1] != end)
            return Unexpected(std::string("invalid end delimiter/mods"));
        out.flags = text.substr(letters);
        text = text.substr(0, letters - 1);
    }
    if (has_code(text))
        return Unexpected(std::string("eval (?{}) found"));
    if (end != '\0' && end != '}' && end != ')' && end != ']' && has_unescaped(text, end))
        return Unexpected(fmt::format("unquoted delimiter '{}' found", end));
    if (reject_always_matching) {
        auto why = always_matching(text);
        if (!why.empty())
            return Unexpected(fmt::format("always matching regexp: {}", why));
    }
    out.pattern = text;
    return out;
}

static std::optional<std::string> flags_error(std::string_view flags) {
    char charset = '\0';
    int ascii = 0;
    for (char c : flags) {
        switch (c) {
            case 'i':
            case 'm':
            case 's':
            case 'x':
            case 'n':
            case 'p':
                break;
            case 'a':
                ++ascii;
                [[fallthrough]];
            case 'd':
            case 'l':
            case 'u':
                if ((charset != '\0' && (charset != c || c != 'a')) || ascii > 2)
                    return fmt::format("Regexp modifier \"{}\" may not appear here", c);
                charset = c;
                break;
            default:
                return fmt::format("Sequence (?{}...) not recognized", c);
        }
    }
    return std::nullopt;
}

std::optional<std::string> regexp_error(const Regexp& regexp) {
    if (auto error = flags_error(regexp.flags))
        return error;
    auto flags = regex::Flags::parse(regexp.flags);
    if (!flags)
        return "invalid modifiers";
    PatternVerdict verdict = read_perl_pattern(regexp.pattern, regexp.flags);
    if (verdict.kind == PatternVerdict::Kind::Good)
        return std::nullopt;
    if (verdict.kind == PatternVerdict::Kind::Bad)
        return verdict.reason;
    if (auto error = regex::Regex::check(regexp.pattern, *flags))
        return error->message;
    return std::nullopt;
}

util::Expected<regex::Regex, std::string> compile_regexp(std::string_view text,
                                                         Delimiters delimiters) {
    auto parsed = parse_regexp(text, delimiters);
    if (!parsed)
        return util::Unexpected(parsed.error());
    if (auto error = flags_error(parsed->flags))
        return util::Unexpected(*error);
    auto flags = regex::Flags::parse(parsed->flags);
    if (!flags)
        return util::Unexpected(std::string("invalid modifiers"));
    auto compiled = regex::Regex::compile(parsed->pattern, *flags);
    if (!compiled)
        return util::Unexpected(compiled.error().message);
    return std::move(*compiled);
}

}  // namespace rules
