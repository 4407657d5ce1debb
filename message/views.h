// What a Message has made of itself so far: the inside of message.h, shared by the files that
// build the views.

#ifndef MESSAGE_VIEWS_H
#define MESSAGE_VIEWS_H

#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "message/address.h"
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

    // Header views by spec. A message is asked for some 140, most of them absent: one table and its
    // entries side by side are cheaper to make and to throw away than as many nodes.
    static constexpr size_t kUsualSpecs = 192, kUsualSpecBytes = 24576;
    std::pmr::monotonic_buffer_resource spec_memory{kUsualSpecBytes};
    std::pmr::unordered_map<std::pmr::string, HeaderView, util::StringHash, std::equal_to<>>
        headers{kUsualSpecs, &spec_memory};
    // What became of the last few address lists that were read: From alone is asked for in four
    // ways.
    static constexpr size_t kAddressLists = 8;
    std::vector<std::pair<std::string, std::vector<Mailbox>>> address_lists;
    std::vector<uint32_t> name_hashes;  // of header fields, case ignored

    std::optional<TrustPath> trust_path;
    std::optional<std::vector<std::string>> body, visible, invisible, rawbody;
    bool uris_built = false;
    std::vector<Uri> uri_details;
    util::StringMap<size_t> uri_index;
    std::optional<std::vector<std::string>> uris;
};

}  // namespace message

#endif  // MESSAGE_VIEWS_H
