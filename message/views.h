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

struct Message::Views {
    std::string pristine;  // headers + body
    size_t header_bytes = 0;
    std::string mbox_separator;
    bool crlf = false;
    Defects defects;
    std::vector<std::pair<std::string, std::string>> metadata;  // name, value with newline

    // Header view: values of a spec as a list, and joined as rules see them.
    struct HeaderView {
        std::vector<std::string> values;
        std::optional<std::string> joined;
    };
    util::StringMap<HeaderView> headers;
    bool computing_envelope_sender = false;

    std::optional<TrustPath> trust_path;
    std::optional<std::vector<std::string>> body, visible, invisible, rawbody;
    bool uris_built = false;
    std::vector<Uri> uri_details;
    util::StringMap<size_t> uri_index;
    std::optional<std::vector<std::string>> uris;
};

}  // namespace message

#endif  // MESSAGE_VIEWS_H
