// Lists of address globs and hosts: welcomelist_from, *_to, *_rcvd, enlist_addrlist, uri hosts.
//
// All lists of addresses live under one roof by name, because enlist_addrlist may add to any of
// them: "welcomelist_from", "blocklist_to", "PAYPAL" ... Patterns are lower case; * stands for any
// characters, ? for one, neither for a newline. Callers pass lower-case addresses.
//
// A copy of the block shares its lists, and a list is copied when a user's preferences change it.

#ifndef RULES_ADDRESS_LISTS_H
#define RULES_ADDRESS_LISTS_H

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/schema.h"
#include "util/strings.h"

namespace rules {

// Finds the patterns that match an address without trying them all: exact ones by hash, the others
// by the literal text behind their last wildcard.
class GlobIndex {
public:
    // The number of the pattern; the same pattern keeps its number.
    size_t add(std::string_view pattern);
    void remove(std::string_view pattern);
    // SIZE_MAX if it is not in.
    size_t find(std::string_view pattern) const;
    bool empty() const { return numbers_.empty(); }
    size_t size() const { return numbers_.size(); }
    // Sorted, for lists and tests.
    std::vector<std::string> patterns() const;

    // fn(number) for each pattern that matches, until it answers false.
    void for_each_match(std::string_view address, const std::function<bool(size_t)>& fn) const;

private:
    struct Pattern {
        std::string text;  // as SpamAssassin's regex reads it
        size_t number = 0;
        bool only_suffix = false;  // "*literal"
    };
    util::StringMap<size_t> numbers_;
    util::StringMap<std::vector<size_t>> exact_;     // text -> numbers
    util::StringMap<std::vector<Pattern>> by_tail_;  // literal tail -> patterns
    std::map<size_t, size_t> tail_lengths_;          // length -> how many tails
    size_t next_ = 0;
};

class AddressList {
public:
    void add(std::string_view pattern) { index_.add(util::lower(pattern)); }
    void remove(std::string_view pattern) { index_.remove(util::lower(pattern)); }
    bool matches(std::string_view address) const;
    const GlobIndex& index() const { return index_; }

private:
    GlobIndex index_;
};

// Address patterns with, each, the domains (or networks) that may vouch for them.
class AddressDomainList {
public:
    void add(std::string_view pattern, std::string_view domain);
    void remove(std::string_view pattern);
    void remove(std::string_view pattern, std::string_view domain);
    // fn(domains) for each pattern that matches, until it answers false.
    void for_each_match(std::string_view address,
                        const std::function<bool(const std::vector<std::string>&)>& fn) const;
    const GlobIndex& index() const { return index_; }
    const std::vector<std::string>& domains(std::string_view pattern) const;

private:
    GlobIndex index_;
    std::vector<std::vector<std::string>> domains_;  // by number
};

struct AddressLists {
    std::map<std::string, std::shared_ptr<AddressList>, std::less<>> lists;
    std::map<std::string, std::shared_ptr<AddressDomainList>, std::less<>> domain_lists;
    // List -> host -> listed (false: excluded with "!").
    using Hosts = util::StringMap<bool>;
    std::map<std::string, std::shared_ptr<Hosts>, std::less<>> uri_hosts;

    // Null when no line ever named the list.
    const AddressList* find(std::string_view name) const;
    const AddressDomainList* find_domains(std::string_view name) const;
    const Hosts* find_hosts(std::string_view name) const;

    AddressList& edit(std::string_view name);
    AddressDomainList& edit_domains(std::string_view name);
    Hosts& edit_hosts(std::string_view name);
};

// The keywords of Conf.pm.
void add_address_keywords(config::Schema& schema);
// For plugins with lists of their own: add the words of a line to a list, remove them from lists,
// add "pattern domain".
config::Setter add_to_address_list(std::string list);
config::Setter remove_from_address_lists(std::vector<std::string> lists);
config::Setter add_to_domain_list(std::string list);
// "pattern [domain]": without a domain it is "", the domain of the address itself.
config::Setter add_to_signed_list(std::string list);
config::Setter remove_from_signed_lists(std::vector<std::string> lists);

}  // namespace rules

#endif  // RULES_ADDRESS_LISTS_H
