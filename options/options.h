// Command lines in the manner of the programs we replace: one table a program feeds the parser, the
// --help text and the check of its manual page. The fence around Boost.Program_options.
//
// What Perl's Getopt::Long gives those programs is kept: bundled short options, long options
// abbreviated while unambiguous, --no-x and --nox for options that can be negated, options whose
// argument may be left out, and repetition, where the order on the command line is visible.

#ifndef OPTIONS_OPTIONS_H
#define OPTIONS_OPTIONS_H

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/expected.h"

namespace options {

// OptionalNumber takes the rest of its word or the next word only when that is a whole number
// (Getopt::Long's ":i"), so that "-e FILE" and "-et" do what they look like.
enum class Argument { None, Required, Optional, OptionalNumber };

struct Option {
    std::string name;  // long name, the key of Parsed; one letter = short only
    char letter = 0;   // 0 = none
    Argument argument = Argument::None;
    std::string value_name;            // for --help: "PATH"
    std::string help;                  // empty = hidden (accepted for compatibility)
    std::vector<std::string> aliases;  // further long names
    bool negatable = false;            // --no-x, --nox
};

class Parsed {
public:
    // Last occurrence decides; "--no-x" counts as not given.
    bool has(std::string_view name) const;
    // True or false as last said, nullopt if never mentioned.
    std::optional<bool> flag(std::string_view name) const;
    // Last value; nullopt when not given. An omitted optional argument is "".
    std::optional<std::string> value(std::string_view name) const;
    std::vector<std::string> values(std::string_view name) const;
    const std::vector<std::string>& positional() const { return positional_; }

    struct Occurrence {
        std::string name;
        std::string value;
        bool negated = false;
    };
    const std::vector<Occurrence>& in_order() const { return occurrences_; }

private:
    friend class Table;
    std::vector<Occurrence> occurrences_;
    std::vector<std::string> positional_;
};

class Table {
public:
    // Not every program takes abbreviated names.
    explicit Table(std::vector<Option> options, bool abbreviations = true)
        : options_(std::move(options)), abbreviations_(abbreviations) {}

    // `arguments` without the program name. The error is a sentence for standard error.
    util::Expected<Parsed, std::string> parse(const std::vector<std::string>& arguments) const;
    // One line an option, in table order.
    std::string help() const;
    const std::vector<Option>& options() const { return options_; }

private:
    std::vector<std::string> join_optional_arguments(
        const std::vector<std::string>& arguments) const;
    std::vector<Option> options_;
    bool abbreviations_;
};

}  // namespace options

#endif  // OPTIONS_OPTIONS_H
