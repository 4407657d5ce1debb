// Arguments of eval rules as Perl reads them: text that is a number when a number is wanted; and
// numbers of settings.

#ifndef PLUGINS_ARGUMENTS_H
#define PLUGINS_ARGUMENTS_H

#include <cstddef>
#include <string_view>

namespace plugins {

// The number at the start of the text, 0 where there is none ("inf" is infinity).
double number(std::string_view text);

// Bounds of ranges, where "undef" means none.
bool at_least(double value, std::string_view minimum);
bool below(double value, std::string_view limit);

// A numeric setting as a limit on sizes; 0 for negative ones.
size_t as_size(double number);

}  // namespace plugins

#endif  // PLUGINS_ARGUMENTS_H
