// What a Message has made of itself so far: the inside of message.h, shared by the files that
// build the views.

#ifndef MESSAGE_VIEWS_H
#define MESSAGE_VIEWS_H

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "message/message.h"
#include "util/strings.h"

namespace message {

// The values of a header spec as a list, and as the one string that rules see.
struct Message::HeaderView {
    std::vector<std::string> values;
    std::string joined;  // of two and more
};

struct Message::Views {
    std::string pristine;  // headers + body
    size_t header_bytes = 0;
    std::string mbox_separator;
    bool crlf = false;
    std::string body_digest;
    Defects defects;
    std::vector<HeaderField> filter_marks;
    std::vector<std::pair<std::string, std::string>> metadata;  // lower-case name, value
    bool domains_noted = false;

    util::StringMap<HeaderView> headers;             // by spec
    util::StringMap<std::vector<size_t>> positions;  // of header fields, by lower-case name

    std::optional<TrustPath> trust_path;
    std::optional<std::vector<std::string>> body, visible, invisible, rawbody;
    bool uris_built = false;
    std::vector<Uri> uri_details;
    util::StringMap<size_t> uri_index;
    std::optional<std::vector<std::string>> uris;
};

}  // namespace message

#endif  // MESSAGE_VIEWS_H
