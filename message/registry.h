// Registered domains by SpamAssassin's own lists (util_rb_tld, _2tld, _3tld), not the public
// suffix list: rules were scored with these boundaries.

#ifndef MESSAGE_REGISTRY_H
#define MESSAGE_REGISTRY_H

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "util/strings.h"

namespace message {

class Registry {
public:
    void add_tld(std::string_view tld);
    void add_2tld(std::string_view tld);
    void add_3tld(std::string_view tld);
    void clear();

    bool is_valid_tld(std::string_view label) const;
    // "a.b.example.co.uk" -> {"a.b", "example.co.uk"}; an unknown or bare TLD gives {"", host}.
    std::pair<std::string, std::string> split_domain(std::string_view host) const;
    // The registered domain of a host, or "" where there is none (IP address, bare label,
    // unknown TLD), as trim_domain with is_domain_valid.
    std::string registered_domain(std::string_view host) const;
    bool is_domain_valid(std::string_view domain) const;

private:
    using Set = std::unordered_set<std::string, util::StringHash, std::equal_to<>>;
    Set tlds_, two_level_, three_level_;
};

}  // namespace message

#endif  // MESSAGE_REGISTRY_H
