// The core's own configuration values (SpamAssassin's Conf.pm) beyond rules and scores.

#ifndef RULES_CORE_SETTINGS_H
#define RULES_CORE_SETTINGS_H

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/schema.h"
#include "message/settings.h"
#include "regex/regex.h"

namespace rules {

struct AddedHeader {
    std::string name;   // without "X-Spam-"
    std::string value;  // template
};

struct CoreSettings {
    message::MessageSettings message;

    double required_score = 5.0;
    double time_limit = 300;  // seconds, 0 = none
    bool use_bayes = true;
    bool use_bayes_rules = true;
    bool use_learner = true;
    bool bayes_auto_learn = true;
    bool skip_rbl_checks = false;
    bool allow_user_rules = false;
    bool ignore_always_matching_regexps = false;
    // False in spamd unless the administrator says otherwise: doc/differences.md says why.
    bool rule_templates_per_message = true;
    // File of what is known about patterns (rule_cache.h); "" = the installed place, "none" = none.
    std::string rule_cache;
    std::string ok_locales = "all";

    // Markup.
    int report_safe = 1;
    int report_wrap_width = 75;
    bool fold_headers = true;
    std::vector<AddedHeader> headers_spam, headers_ham;  // in add_header order
    std::map<std::string, std::string> rewrite_header;   // "Subject" -> template
    std::map<std::string, std::string> subjprefix;       // rule -> text
    std::vector<std::string> report_safe_copy_headers;
    std::string report_template, unsafe_report_template;
    std::string report_charset = "UTF-8";
    std::string report_contact = "the administrator of that system";
    std::string report_hostname;
    std::string rules_version;
    std::string languages_path;  // SpamAssassin's file of language models, "" if there is none

    std::vector<std::shared_ptr<const regex::Regex>> redirector_patterns;

    // Everything else that is read but has no typed member: keyword -> its value, or its words for
    // keywords that take lists. Booleans are "1" and "0", durations seconds.
    std::map<std::string, std::vector<std::string>, std::less<>> other;
    // The last value of a keyword in `other`.
    std::string_view other_or(std::string_view keyword, std::string_view fallback) const {
        auto it = other.find(keyword);
        return it == other.end() || it->second.empty() ? fallback
                                                       : std::string_view(it->second.back());
    }
    double other_number_or(std::string_view keyword, double fallback) const;
};

// Adds every keyword of Conf.pm that is not a rule definition, an address list or about DNS.
void add_core_keywords(config::Schema& schema);
// The state before the first line: loopback is trusted, X-Spam-Checker-Version is added.
void init_core_settings(config::Settings& settings);
// After the last line: networks that are internal must be trusted; redirectors are bound.
void finish_core_settings(config::Settings& settings, config::Diagnostics& diagnostics);

// For keywords without a typed member: checked by type, then kept in CoreSettings::other under the
// keyword. Bool, Number, Duration, String: the last line wins. Words: collected. None: the keyword
// named in `clears` is emptied.
config::Setter keep_in_other(config::ValueType type, std::string clears = {});

}  // namespace rules

#endif  // RULES_CORE_SETTINGS_H
