// One `if` or `ifplugin` condition, as SpamAssassin's configuration parser decides it.

#ifndef CONFIG_CONDITION_H
#define CONFIG_CONDITION_H

#include <string>
#include <string_view>

namespace config {

class Conditions;

inline constexpr double kSpamAssassinVersion = 4.000001;  // the version whose behaviour this is
inline constexpr std::string_view kSpamAssassinVersionText = "4.000001";
inline constexpr double kPerlVersion = 5.036000;  // answer to perl_version

struct ConditionResult {
    bool truth = false;
    // Some word of the line is not allowed: the line counts as an error and opens no block at all.
    std::string bad_token_error;
    // The words are fine, the sentence is not: the block is opened and skipped.
    std::string syntax_error;
    // can() or has() with something that names no function: an error, the answer is "no".
    std::string bad_argument_error;
    bool asked_can_in_user_prefs = false;
};

// `in_user_prefs`: can() answers no there.
ConditionResult evaluate_condition(std::string_view text, const Conditions& conditions,
                                   bool in_user_prefs);

// \w+(::\w+){0,10}
bool is_class_name(std::string_view text);
// Old class names that stand for new ones.
std::string_view resolve_plugin_alias(std::string_view class_name);

}  // namespace config

#endif  // CONFIG_CONDITION_H
