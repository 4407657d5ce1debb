// Which charsets a user of ok_locales expects (SpamAssassin's Locales.pm).

#ifndef PLUGINS_LOCALES_H
#define PLUGINS_LOCALES_H

#include <string>
#include <string_view>
#include <vector>

namespace plugins {

// The words of ok_locales, and the locale of this process's environment.
std::vector<std::string> ok_locales(std::string_view setting);
bool is_all(const std::vector<std::string>& locales);
// Roman charsets and Unicode are always fine.
bool is_charset_ok(std::string_view charset, const std::vector<std::string>& locales);

}  // namespace plugins

#endif  // PLUGINS_LOCALES_H
