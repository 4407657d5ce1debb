// Text with _TAG_ and _TAG(arguments)_ in it: add_header values, report templates, subject tags.
//
// A tag nobody knows stays as it is written; a known one without a value becomes nothing. Values
// are not looked at again, so a header of the message cannot smuggle a tag in.

#ifndef SCAN_TEMPLATE_H
#define SCAN_TEMPLATE_H

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace scan {

// nullopt: no such tag. `arguments` is what stood in the parentheses, nullopt without them.
using TagSource = std::function<std::optional<std::string>(
    std::string_view name, std::optional<std::string_view> arguments)>;

std::string expand_template(std::string_view text, const TagSource& tags);

}  // namespace scan

#endif  // SCAN_TEMPLATE_H
