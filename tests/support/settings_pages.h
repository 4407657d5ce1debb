// The texts of doc/limits.md and of the keyword list in doc/miharu.conf.5, made from the code.

#ifndef TESTS_SUPPORT_SETTINGS_PAGES_H
#define TESTS_SUPPORT_SETTINGS_PAGES_H

#include <string>

#include "config/schema.h"

// Every keyword that there is, with all plugins loaded. Setters must not be called.
const config::Schema& whole_schema();

// `sources`: the top of the source tree, for constants that only their file sees.
std::string limits_page(const std::string& sources);

// Between these two lines of doc/miharu.conf.5.
inline constexpr const char* kKeywordsBegin = ".\\\" The list below is made by settings_pages.\n";
inline constexpr const char* kKeywordsEnd = ".\\\" End of the list.\n";
std::string keyword_list();

// The page with its list replaced by keyword_list(); empty if it has no place for one.
std::string with_keyword_list(const std::string& page);

#endif  // TESTS_SUPPORT_SETTINGS_PAGES_H
