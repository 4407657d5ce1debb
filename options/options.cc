#include "options/options.h"

#include <boost/program_options.hpp>

namespace po = boost::program_options;

namespace options {

bool Parsed::has(std::string_view name) const {
    return flag(name).value_or(false);
}

std::optional<bool> Parsed::flag(std::string_view name) const {
    std::optional<bool> said;
    for (const auto& o : occurrences_)
        if (o.name == name)
            said = !o.negated;
    return said;
}

std::optional<std::string> Parsed::value(std::string_view name) const {
    std::optional<std::string> last;
    for (const auto& o : occurrences_)
        if (o.name == name)
            last = o.value;
    return last;
}

std::vector<std::string> Parsed::values(std::string_view name) const {
    std::vector<std::string> all;
    for (const auto& o : occurrences_)
        if (o.name == name)
            all.push_back(o.value);
    return all;
}

// Stands for an argument left out, where Program_options would take the next word for it.
static constexpr std::string_view kOmitted = "\x01";

// Program_options gives an option with an optional argument only what is glued to it; Getopt::Long
// also takes the next word unless that looks like an option. Glue it on beforehand.
std::vector<std::string> Table::join_optional_arguments(
    const std::vector<std::string>& arguments) const {
    auto by_letter = [&](char c) -> const Option* {
        for (const auto& o : options_)
            if (o.letter == c || (o.name.size() == 1 && o.name[0] == c))
                return &o;
        return nullptr;
    };
    auto by_long_name = [&](const std::string& name) -> const Option* {
        for (const auto& o : options_) {
            if (o.name == name)
                return &o;
            for (const auto& alias : o.aliases)
                if (alias == name)
                    return &o;
        }
        return nullptr;
    };
    auto is_number = [](std::string_view text) {
        if (!text.empty() && (text[0] == '-' || text[0] == '+'))
            text.remove_prefix(1);
        return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    std::vector<std::string> out;
    std::vector<std::string> words = arguments;
    for (size_t i = 0; i < words.size(); ++i) {
        std::string word = words[i];
        if (word == "--") {
            out.insert(out.end(), words.begin() + static_cast<ptrdiff_t>(i), words.end());
            break;
        }
        bool takes_next = false, takes_number = false, is_long = word.starts_with("--");
        if (is_long) {
            const Option* o = by_long_name(word.substr(2));
            takes_next = o != nullptr && o->argument == Argument::Optional;
            takes_number = o != nullptr && o->argument == Argument::OptionalNumber;
            if (o != nullptr && o->argument == Argument::Required && i + 1 < words.size())
                word += "=" + words[++i];
        } else if (word.size() > 1 && word[0] == '-') {
            for (size_t k = 1; k < word.size(); ++k) {
                const Option* o = by_letter(word[k]);
                if (o == nullptr)
                    break;
                if (o->argument == Argument::Required) {
                    // Its argument is the rest of the word, or the next word whatever that is.
                    if (k + 1 == word.size() && i + 1 < words.size() && !words[i + 1].empty())
                        word += words[++i];
                    break;
                }
                if (o->argument == Argument::OptionalNumber) {
                    std::string rest = word.substr(k + 1);
                    takes_number = rest.empty();
                    if (!takes_number && !is_number(rest)) {
                        // Further letters: they are looked at as a word of their own.
                        words.insert(words.begin() + static_cast<ptrdiff_t>(i) + 1, "-" + rest);
                        word.resize(k + 1);
                        word += kOmitted;
                    }
                    break;
                }
                if (o->argument == Argument::Optional) {
                    takes_next = k + 1 == word.size();
                    break;
                }
            }
        }
        bool has_next = i + 1 < words.size() && !words[i + 1].empty();
        if (has_next &&
            ((takes_next && words[i + 1][0] != '-') || (takes_number && is_number(words[i + 1]))))
            word += (is_long ? "=" : "") + words[++i];
        else if (takes_number)
            word += (is_long ? "=" : "") + std::string(kOmitted);
        out.push_back(word);
    }
    return out;
}

util::Expected<Parsed, std::string> Table::parse(const std::vector<std::string>& arguments) const {
    po::options_description description;
    // What a long name on the command line means: option and whether it is negated.
    std::vector<std::pair<std::string, std::pair<const Option*, bool>>> meaning;
    auto add = [&](const std::string& name, char letter, const Option& o, bool negated) {
        std::string spec = name;
        if (letter != 0)
            spec += std::string(",") + letter;
        if (o.argument == Argument::None || negated)
            description.add_options()(spec.c_str(), "");
        else if (o.argument == Argument::Optional || o.argument == Argument::OptionalNumber)
            description.add_options()(spec.c_str(), po::value<std::string>()->implicit_value(""),
                                      "");
        else
            description.add_options()(spec.c_str(), po::value<std::string>(), "");
        meaning.push_back({name, {&o, negated}});
    };
    for (const auto& o : options_) {
        if (o.name.size() == 1)
            add("short-option-" + o.name, o.name[0], o, false);
        else
            add(o.name, o.letter, o, false);
        for (const auto& alias : o.aliases)
            add(alias, 0, o, false);
        if (o.negatable) {
            add("no-" + o.name, 0, o, true);
            add("no" + o.name, 0, o, true);
        }
    }
    Parsed parsed;
    try {
        using namespace po::command_line_style;
        auto result =
            po::command_line_parser(join_optional_arguments(arguments))
                .options(description)
                .style(abbreviations_ ? unix_style | allow_guessing : unix_style & ~allow_guessing)
                .run();
        for (const auto& o : result.options) {
            if (o.position_key >= 0 || o.string_key.empty()) {
                parsed.positional_.insert(parsed.positional_.end(), o.value.begin(), o.value.end());
                continue;
            }
            std::string value =
                o.value.empty() || o.value.front() == kOmitted ? std::string() : o.value.front();
            for (const auto& [name, what] : meaning)
                if (name == o.string_key)
                    parsed.occurrences_.push_back({what.first->name, value, what.second});
        }
    } catch (const po::error& e) {
        return util::Unexpected(std::string(e.what()));
    }
    return parsed;
}

std::string Table::help() const {
    std::string out;
    for (const auto& o : options_) {
        if (o.help.empty())
            continue;
        std::string left = " ";
        char letter = o.name.size() == 1 ? o.name[0] : o.letter;
        if (letter != 0)
            left += std::string("-") + letter;
        if (o.name.size() > 1) {
            left += letter != 0 ? ", --" : "--";
            left += (o.negatable ? "[no-]" : "") + o.name;
        }
        if (o.argument == Argument::Required)
            left += (o.name.size() > 1 ? "=" : " ") + o.value_name;
        else if (o.argument != Argument::None)
            left += "[=" + o.value_name + "]";
        left.resize(std::max<size_t>(left.size() + 1, 36), ' ');
        out += left + o.help + "\n";
    }
    return out;
}

}  // namespace options
