#include "rules/rule_syntax.h"

#include <algorithm>
#include <array>

#include "util/strings.h"

namespace rules {

static bool is_space(char c) {
    return util::is_space(static_cast<unsigned char>(c));
}
static bool is_word(char c) {
    return util::is_word(static_cast<unsigned char>(c));
}
static bool is_digit(char c) {
    return util::is_digit(static_cast<unsigned char>(c));
}

bool is_rule_name(std::string_view text) {
    return !text.empty() && text.size() <= 128 && !is_digit(text[0]) &&
           std::all_of(text.begin(), text.end(), is_word);
}

std::pair<std::string_view, std::string_view> split_word(std::string_view text) {
    size_t end = 0;
    while (end < text.size() && !is_space(text[end]))
        ++end;
    return {text.substr(0, end), util::trim_left(text.substr(end))};
}

bool cut_if_unset(std::string& regexp, std::string& if_unset) {
    constexpr std::string_view kOpen = "[if-unset:";
    if (regexp.empty() || regexp.back() != ']')
        return false;
    for (size_t at = regexp.find(kOpen); at != std::string::npos; at = regexp.find(kOpen, at + 1)) {
        size_t value = at + kOpen.size();
        if (at == 0 || !is_space(regexp[at - 1]) || value >= regexp.size() ||
            !is_space(regexp[value]))
            continue;
        // At least one character between the blanks and the bracket, if need be the last blank.
        size_t start = value;
        while (start + 1 < regexp.size() && is_space(regexp[start]))
            ++start;
        if (start + 1 == regexp.size())
            --start;
        if (start == value)
            continue;
        if_unset = regexp.substr(start, regexp.size() - 1 - start);
        while (at > 0 && is_space(regexp[at - 1]))
            --at;
        regexp.resize(at);
        return true;
    }
    return false;
}

util::Expected<HeaderTest, HeaderTestError> parse_header_test(std::string_view text) {
    using util::Unexpected;
    HeaderTest test;
    auto is_name_char = [](char c) { return is_word(c) || c == '.' || c == '-'; };
    constexpr std::string_view kExists = "exists:";
    if (text.substr(0, kExists.size()) == kExists) {
        std::string_view name = text.substr(kExists.size());
        if (!name.empty() && name.back() == ':')
            name.remove_suffix(1);
        if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char))
            return Unexpected(HeaderTestError::InvalidHeader);
        test.header = name;
        test.exists = true;
        return test;
    }
    size_t i = 0;
    while (i < text.size() && is_name_char(text[i]))
        ++i;
    size_t name_end = i;
    if (name_end == 0)
        return Unexpected(HeaderTestError::InvalidTest);
    // Either one colon, or one or two ":modifier".
    for (int modifiers = 0; modifiers < 2 && i < text.size() && text[i] == ':'; ++modifiers) {
        size_t letter = i + 1;
        while (letter < text.size() && text[letter] >= 'a' && text[letter] <= 'z')
            ++letter;
        if (letter == i + 1) {
            if (modifiers == 0)
                ++i;
            break;
        }
        i = letter;
    }
    test.header = text.substr(0, i);
    std::string_view rest = util::trim_left(text.substr(i));
    if (rest.size() < 2 || (rest[0] != '=' && rest[0] != '!') || rest[1] != '~')
        return Unexpected(HeaderTestError::InvalidTest);
    test.negated = rest[0] == '!';
    test.regexp = util::trim_left(rest.substr(2));
    if (test.regexp.empty())
        return Unexpected(HeaderTestError::InvalidTest);
    if (test.header.back() == ':')
        test.header.pop_back();
    static constexpr std::array<std::string_view, 9> kModifiers = {
        "raw", "addr", "name", "host", "domain", "ip", "revip", "first", "last"};
    auto parts = util::split(test.header, ':');
    for (size_t p = 1; p < parts.size(); ++p)
        if (std::find(kModifiers.begin(), kModifiers.end(), parts[p]) == kModifiers.end())
            return Unexpected(HeaderTestError::InvalidModifier);
    test.has_if_unset = cut_if_unset(test.regexp, test.if_unset);
    return test;
}

bool is_eval_call(std::string_view text) {
    size_t i = 0;
    while (i < text.size() && is_word(text[i]))
        ++i;
    return i > 0 && i + 1 < text.size() && text[i] == '(' && text.back() == ')';
}

std::optional<EvalText> parse_eval(std::string_view text) {
    if (!is_eval_call(text))
        return std::nullopt;
    EvalText eval;
    size_t open = text.find('(');
    eval.function = text.substr(0, open);
    std::string_view args = text.substr(open + 1, text.size() - open - 2);
    if (!args.empty() && util::trim(args).empty())
        return eval;
    // What may follow an argument: blanks and a comma, or blanks and the end.
    auto separator = [](std::string_view rest) -> size_t {
        size_t i = 0;
        while (i < rest.size() && is_space(rest[i]))
            ++i;
        if (i == rest.size())
            return i;
        if (rest[i] != ',')
            return std::string_view::npos;
        ++i;
        while (i < rest.size() && is_space(rest[i]))
            ++i;
        return i;
    };
    while (!args.empty()) {
        std::string_view rest = util::trim_left(args);
        if (rest.empty())
            return std::nullopt;
        size_t skip = std::string_view::npos, next = 0;
        if (rest[0] == '\'' || rest[0] == '"') {
            // The closing quote is the first one that a separator follows.
            for (size_t close = rest.find(rest[0], 1);
                 close != std::string_view::npos && skip == std::string_view::npos;
                 close = rest.find(rest[0], close + 1)) {
                skip = separator(rest.substr(close + 1));
                next = close + 1;
            }
            if (skip == std::string_view::npos)
                return std::nullopt;
            eval.args.emplace_back(rest.substr(1, next - 2));
        } else {
            while (next < rest.size() &&
                   (util::is_alnum(static_cast<unsigned char>(rest[next])) || rest[next] == '.' ||
                    rest[next] == ':' || rest[next] == '-'))
                ++next;
            skip = next == 0 ? std::string_view::npos : separator(rest.substr(next));
            if (skip == std::string_view::npos)
                return std::nullopt;
            eval.args.emplace_back(rest.substr(0, next));
        }
        args = rest.substr(next + skip);
    }
    return eval;
}

// Length of "%{NAME}" or "%{NAME(args)}" at `at`, 0 if it is none.
static size_t template_length(std::string_view text, size_t at) {
    if (text.substr(at, 2) != "%{" || (at > 0 && text[at - 1] == '\\'))
        return 0;
    size_t i = at + 2;
    auto is_name_char = [](char c) {
        return util::is_upper(static_cast<unsigned char>(c)) || is_digit(c);
    };
    if (i >= text.size() || !util::is_upper(static_cast<unsigned char>(text[i])))
        return 0;
    for (;;) {
        while (i < text.size() && is_name_char(text[i]))
            ++i;
        if (i + 1 < text.size() && text[i] == '_' && is_name_char(text[i + 1]))
            ++i;
        else
            break;
    }
    if (i < text.size() && text[i] == '(') {
        size_t close = text.find_first_of(")}", i);
        if (close == std::string_view::npos || text[close] != ')')
            return 0;
        i = close + 1;
    }
    return i < text.size() && text[i] == '}' ? i + 1 - at : 0;
}

void note_captures(std::string& regexp, Rule& rule) {
    if (regexp.find("%{") != std::string::npos) {
        std::string out;
        std::string_view name;
        for (size_t i = 0; i < regexp.size();) {
            size_t n = regexp[i] == '%' ? template_length(regexp, i) : 0;
            if (n == 0) {
                out += regexp[i++];
                continue;
            }
            name = std::string_view(regexp).substr(i + 2, n - 3);
            out.append("%\\{").append(name).append("\\}");
            i += n;
        }
        // Only the last template of a regex is ever filled in, as in SpamAssassin's parser.
        if (!name.empty())
            rule.capture_templates = {std::string(name)};
        regexp = std::move(out);
    }
    for (size_t at = regexp.find("(?"); at != std::string::npos; at = regexp.find("(?", at + 1)) {
        size_t i = at + 2;
        if (i < regexp.size() && regexp[i] == 'P')
            ++i;
        if (i + 1 < regexp.size() && (regexp[i] == '<' || regexp[i] == '\'') &&
            util::is_upper(static_cast<unsigned char>(regexp[i + 1]))) {
            rule.captures = true;
            return;
        }
    }
}

namespace {

struct NamedFlag {
    std::string_view name;
    TestFlag flag;
};

constexpr NamedFlag kFlags[] = {
    {"net", kNet},
    {"nice", kNice},
    {"userconf", kUserConf},
    {"learn", kLearn},
    {"noautolearn", kNoAutoLearn},
    {"multiple", kMultiple},
    {"nosubject", kNoSubject},
    {"autolearn_force", kAutoLearnForce},
    {"autolearn_header", kAutoLearnHeader},
    {"autolearn_body", kAutoLearnBody},
    {"noawl", kNoAwl},
    {"ips_only", kIpsOnly},
    {"domains_only", kDomainsOnly},
    {"a", kA},
    {"ns", kNs},
    {"notrim", kNoTrim},
    {"nolog", kNoLog},
    {"publish", kPublish},
    {"concat", kConcat},
};

// range=N, range=N-, range=-N, range=N-M; anything else asks for nothing.
std::optional<std::pair<int, int>> parse_range(std::string_view text) {
    constexpr int kLast = 1000;
    size_t dash = text.find('-');
    auto number = [](std::string_view digits) -> std::optional<int> {
        auto n = util::parse_int(digits);
        if (!n || digits.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        return static_cast<int>(std::min<int64_t>(*n, INT32_MAX));
    };
    if (dash == std::string_view::npos) {
        auto only = number(text);
        return only ? std::optional(std::pair(*only, *only)) : std::nullopt;
    }
    std::string_view low = text.substr(0, dash), high = text.substr(dash + 1);
    auto from = number(low), to = number(high);
    if ((!low.empty() && !from) || (!high.empty() && !to) || (!from && !to))
        return std::nullopt;
    return std::pair(from.value_or(0), to.value_or(kLast));
}

}  // namespace

void apply_tflags(Rule& rule) {
    rule.tflags = 0;
    rule.maxhits = 0;
    rule.range.reset();
    std::string_view text = rule.tflags_text;
    for (std::string_view word : util::words(text)) {
        constexpr std::string_view kRange = "range=";
        if (!rule.range && word.substr(0, kRange.size()) == kRange)
            rule.range = parse_range(word.substr(kRange.size()));
    }
    // Flags count wherever they stand between two non-word characters.
    for (size_t i = 0; i < text.size();) {
        if (!is_word(text[i])) {
            ++i;
            continue;
        }
        size_t end = i;
        while (end < text.size() && is_word(text[end]))
            ++end;
        std::string_view word = text.substr(i, end - i);
        for (const auto& [name, flag] : kFlags)
            if (word == name)
                rule.tflags |= flag;
        if (word == "maxhits" && rule.maxhits == 0 && end < text.size() && text[end] == '=') {
            size_t digits = end + 1;
            while (digits < text.size() && is_digit(text[digits]))
                ++digits;
            if (digits == text.size() || !is_word(text[digits]))
                rule.maxhits = static_cast<int>(std::min<int64_t>(
                    util::parse_int(text.substr(end + 1, digits - end - 1)).value_or(0),
                    INT32_MAX));
        }
        i = end;
    }
}

}  // namespace rules
