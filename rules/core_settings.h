// The core's own configuration values (SpamAssassin's Conf.pm) beyond rules and scores.

#ifndef RULES_CORE_SETTINGS_H
#define RULES_CORE_SETTINGS_H

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/schema.h"
#include "message/settings.h"

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

    // Everything else that is read but has no typed member yet: keyword -> lines.
    std::map<std::string, std::vector<std::string>> other;
};

// Adds every keyword of Conf.pm that is not a rule definition.
void add_core_keywords(config::Schema& schema);

}  // namespace rules

#endif  // RULES_CORE_SETTINGS_H
