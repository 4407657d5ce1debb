// The table of configuration keywords: name, aliases, type, default, who may set it, help, and what
// a line does. Keywords are added by the library or plugin that owns the setting; the Reader only
// looks them up. The table also feeds doc/ and --lint.

#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/settings.h"
#include "util/strings.h"

namespace config {

// One line, comment and blanks gone: "score  FOO 1.0" -> keyword "score", value "FOO 1.0".
struct Directive {
    std::string keyword;  // lower case, '-' as '_', alias resolved
    std::string written;  // the same without resolving aliases: "whitelist-from" -> whitelist_from
    std::string value;    // trimmed
    std::string line;     // the whole line, for messages
    SourcePosition position;
    bool from_user = false;  // user_prefs or SQL rather than the site's files
};

enum class Who { User, Privileged, Admin };
enum class ValueType {
    None,
    Bool,
    Number,
    Duration,
    String,
    Words,
    Globs,
    Networks,
    KeyValue,
    Template,
    Special
};

using Setter = std::function<void(Settings&, const Directive&, Diagnostics&)>;

struct Keyword {
    std::string name;
    std::vector<std::string> aliases;
    ValueType type = ValueType::Special;
    Who who = Who::User;
    std::string default_value;  // for documentation
    std::string help;           // one sentence
    Setter set;                 // empty: accepted, not active
    std::string owner;          // "core" or the plugin's short name
};

class Schema {
public:
    // A later one of the same name replaces. A name that ends in '*' stands for every keyword that
    // starts so and goes on with at least one letter or digit ("hashbl_acl_*").
    void add(Keyword keyword);
    const Keyword* find(std::string_view name) const;  // name lower case with '_', aliases too
    const std::deque<Keyword>& all() const { return keywords_; }

private:
    std::deque<Keyword> keywords_;
    util::StringMap<Keyword*> by_name_;
    std::vector<Keyword*> prefixes_;
};

// Setters for the usual types; each checks the value and reports "invalid value" with position.
//   schema.add({.name = "freemail_max_body_emails", .type = Number, .set =
//   number(&FreeMailSettings::max_body_emails)});
bool parse_bool(std::string_view text, bool& out);        // 1 0 yes no
bool parse_number(std::string_view text, double& out);    // [+-]?d+(.d*)?
bool parse_duration(std::string_view text, double& out);  // seconds; suffix s m h d w
// "config: invalid 'score' value in FILE (line N): LINE", and the like for the others. Each counts
// as an error.
void report_invalid(const Directive& d, Diagnostics& diagnostics);
void report_missing(const Directive& d, Diagnostics& diagnostics);
void report_invalid_header_name(const Directive& d, Diagnostics& diagnostics);
void report_line(const Directive& d, std::string_view what, Diagnostics& diagnostics,
                 Severity severity = Severity::Error);

template <typename Block>
Setter set_bool(bool Block::*member) {
    return [member](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        bool value = false;
        if (d.value.empty())
            report_missing(d, diagnostics);
        else if (parse_bool(d.value, value))
            s.edit<Block>().*member = value;
        else
            report_invalid(d, diagnostics);
    };
}
template <typename Block, typename Number>
Setter set_number(Number Block::*member) {
    return [member](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        double value = 0;
        if (d.value.empty())
            report_missing(d, diagnostics);
        else if (parse_number(d.value, value))
            s.edit<Block>().*member = static_cast<Number>(value);
        else
            report_invalid(d, diagnostics);
    };
}
template <typename Block, typename Number>
Setter set_duration(Number Block::*member) {
    return [member](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        double value = 0;
        if (d.value.empty())
            report_missing(d, diagnostics);
        else if (parse_duration(d.value, value))
            s.edit<Block>().*member = static_cast<Number>(value);
        else
            report_invalid(d, diagnostics);
    };
}
template <typename Block>
Setter set_string(std::string Block::*member) {
    return [member](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        if (d.value.empty())
            report_missing(d, diagnostics);
        else
            s.edit<Block>().*member = d.value;
    };
}
// Appends the words of the line.
template <typename Block>
Setter add_words(std::vector<std::string> Block::*member) {
    return [member](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        if (d.value.empty()) {
            report_missing(d, diagnostics);
            return;
        }
        for (auto word : util::words(d.value))
            (s.edit<Block>().*member).emplace_back(word);
    };
}

}  // namespace config

#endif  // CONFIG_SCHEMA_H
