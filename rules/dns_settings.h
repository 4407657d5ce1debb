// How the network may be asked: Conf.pm's dns_* keywords and rbl_timeout.

#ifndef RULES_DNS_SETTINGS_H
#define RULES_DNS_SETTINGS_H

#include <bitset>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/schema.h"

namespace rules {

struct DnsSettings {
    std::string available = "yes";     // "yes", "no", "test" or "test: names"
    std::vector<std::string> servers;  // "[address]:port"; empty = the system's
    double test_interval = 600;        // seconds
    bool rotate = false, dns0x20 = false, v4 = true, v6 = true;
    int edns = 4096;  // bytes, 0 = off

    // Domain -> denied? The longest domain that is a suffix of the name decides.
    std::map<std::string, bool, std::less<>> query_restriction;
    // When RULE hits, these zones are not asked for block_time seconds.
    std::map<std::string, std::set<std::string>> block_rules;
    double block_time = 300;

    struct Timeout {
        std::optional<double> longest, shortest;  // seconds
    };
    Timeout timeout{15, std::nullopt};
    std::map<std::string, Timeout> timeout_by_zone;  // lower case, no dots at the ends

    // Local ports to ask from; null = all from 1024 on.
    std::shared_ptr<const std::bitset<65536>> local_ports;
};

void add_dns_keywords(config::Schema& schema);

}  // namespace rules

#endif  // RULES_DNS_SETTINGS_H
