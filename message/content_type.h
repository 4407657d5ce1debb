// A Content-Type field as SpamAssassin reads it (Util::parse_content_type): with forgiveness, and
// with everything that a mail reader would show as plain text called text/plain.

#ifndef MESSAGE_CONTENT_TYPE_H
#define MESSAGE_CONTENT_TYPE_H

#include <optional>
#include <string>
#include <string_view>

namespace message {

struct ContentType {
    std::string type = "text/plain";  // lower case
    std::optional<std::string> boundary;
    std::optional<std::string> charset;  // as written, may be ""
    std::string name;                    // of name= or filename=, RFC 2231 pieces joined
    bool was_missing = false;            // no field, or no type in it
};

// nullopt or "": there is no field.
ContentType parse_content_type(std::optional<std::string_view> value);

}  // namespace message

#endif  // MESSAGE_CONTENT_TYPE_H
