// Registered domains by SpamAssassin's own lists (util_rb_tld, _2tld, _3tld), not the public
// suffix list: rules were scored with these boundaries (RegistryBoundaries.pm).
//
// Lists are kept in ASCII form; names may be given in UTF-8. Where a function takes `is_ascii`,
// true says the name is known to be in ASCII form and spares the conversion; false converts, as
// SpamAssassin does by default. Immutable once filled, then shared freely.

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
    bool empty() const { return tlds_.empty(); }

    // Ignores ASCII case; no dot in front.
    bool is_valid_tld(std::string_view label) const;
    // "a.b.example.co.uk" -> {"a.b", "example.co.uk"}. Says nothing about validity: below an
    // unknown TLD the last two labels are the domain, and a name that is all registry ("co.uk") or
    // a single label is returned as the domain.
    std::pair<std::string, std::string> split_domain(std::string_view host,
                                                     bool is_ascii = false) const;
    // The second half of split_domain (trim_domain).
    std::string trim_domain(std::string_view host, bool is_ascii = false) const;
    // Has a dot, no white space, and ends in a known TLD. Nothing else is looked at.
    bool is_domain_valid(std::string_view domain, bool is_ascii = false) const;
    // The registered domain of a host, or "" where there is none: IP address, malformed name, bare
    // label, unknown TLD.
    std::string registered_domain(std::string_view host) const;

private:
    using Set = std::unordered_set<std::string, util::StringHash, std::equal_to<>>;
    size_t domain_start(std::string_view host) const;
    Set tlds_, two_level_, three_level_;
};

}  // namespace message

#endif  // MESSAGE_REGISTRY_H
