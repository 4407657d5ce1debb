// An access map of a mail server, as sendmail and Postfix keep it in text: a key, white space, and
// what to do. Keys match in any case. Lines that begin with # or hold one word are passed over; of
// several lines with one key the first counts.

#ifndef PLUGINS_ACCESS_DB_H
#define PLUGINS_ACCESS_DB_H

#include <string>
#include <string_view>
#include <vector>

#include "util/strings.h"

namespace plugins {

using AccessMap = util::StringMap<std::string>;

AccessMap parse_access_map(std::string_view text);

// What stands for a sender in such a map: "From:a@b.c", "a@b.c", "From:a@", "a@", "From:b.c",
// "b.c", "From:c", "c", appended in that order, without any that is there already.
void add_address_keys(std::string_view address, std::vector<std::string>& keys);
// The same for a host: its name, then each domain above it.
void add_host_keys(std::string_view host, std::vector<std::string>& keys);
// 192.0.2.1, then 192.0.2, 192.0, 192.
void add_network_keys(std::string_view ip, std::vector<std::string>& keys);

// The first OK or SKIP among the keys answers no, whatever stood before it; else any REJECT, ERROR,
// DISCARD or reply code answers yes.
bool is_refused(const AccessMap& map, const std::vector<std::string>& keys);

}  // namespace plugins

#endif  // PLUGINS_ACCESS_DB_H
