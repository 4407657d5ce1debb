#include "rules/address_lists.h"

#include <algorithm>

#include "rules/rule_syntax.h"

namespace rules {

using config::Diagnostics;
using config::Directive;
using config::Setter;
using config::Settings;
using config::ValueType;
using config::Who;

// SpamAssassin makes these three into underscores before it compiles the glob.
static std::string as_matched(std::string_view pattern) {
    std::string out(pattern);
    for (char& c : out)
        if (c == '\0' || c == '\\' || c == '(')
            c = '_';
    return out;
}

// Wildcards with one point to fall back to: linear in most cases, never worse than the product.
static bool glob_matches(std::string_view glob, std::string_view text) {
    size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = g++;
            resume = t;
        } else if (g < glob.size() && (glob[g] == '?' ? text[t] != '\n' : glob[g] == text[t])) {
            ++g;
            ++t;
        } else if (star != std::string_view::npos && text[resume] != '\n') {
            g = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*')
        ++g;
    return g == glob.size();
}

size_t GlobIndex::find(std::string_view pattern) const {
    auto it = numbers_.find(pattern);
    return it == numbers_.end() ? SIZE_MAX : it->second;
}

size_t GlobIndex::add(std::string_view pattern) {
    auto [it, added] = numbers_.try_emplace(std::string(pattern), next_);
    if (!added)
        return it->second;
    size_t number = next_++;
    std::string text = as_matched(pattern);
    size_t wildcard = text.find_last_of("*?");
    if (wildcard == std::string::npos) {
        exact_[text].push_back(number);
        return number;
    }
    std::string tail = text.substr(wildcard + 1);
    bool only_suffix = text[wildcard] == '*' && wildcard == text.find_first_not_of('*') - 1 &&
                       text.find_first_not_of('*') != std::string::npos;
    if (text.find_first_not_of('*') == std::string::npos)
        only_suffix = true;
    auto& patterns = by_tail_[tail];
    if (patterns.empty())
        ++tail_lengths_[tail.size()];
    patterns.push_back({std::move(text), number, only_suffix});
    return number;
}

void GlobIndex::remove(std::string_view pattern) {
    auto it = numbers_.find(pattern);
    if (it == numbers_.end())
        return;
    size_t number = it->second;
    numbers_.erase(it);
    std::string text = as_matched(pattern);
    size_t wildcard = text.find_last_of("*?");
    if (wildcard == std::string::npos) {
        auto& numbers = exact_[text];
        numbers.erase(std::remove(numbers.begin(), numbers.end(), number), numbers.end());
        if (numbers.empty())
            exact_.erase(text);
        return;
    }
    std::string tail = text.substr(wildcard + 1);
    auto& patterns = by_tail_[tail];
    patterns.erase(std::remove_if(patterns.begin(), patterns.end(),
                                  [&](const Pattern& p) { return p.number == number; }),
                   patterns.end());
    if (patterns.empty()) {
        by_tail_.erase(tail);
        if (--tail_lengths_[tail.size()] == 0)
            tail_lengths_.erase(tail.size());
    }
}

std::vector<std::string> GlobIndex::patterns() const {
    std::vector<std::string> out;
    for (const auto& [pattern, number] : numbers_)
        out.push_back(pattern);
    std::sort(out.begin(), out.end());
    return out;
}

void GlobIndex::for_each_match(std::string_view address,
                               const std::function<bool(size_t)>& fn) const {
    if (auto it = exact_.find(address); it != exact_.end())
        for (size_t number : it->second)
            if (!fn(number))
                return;
    bool has_newline = address.find('\n') != std::string_view::npos;
    for (const auto& [length, count] : tail_lengths_) {
        if (length > address.size())
            break;
        auto it = by_tail_.find(address.substr(address.size() - length));
        if (it == by_tail_.end())
            continue;
        for (const Pattern& p : it->second)
            if ((p.only_suffix && !has_newline) || glob_matches(p.text, address))
                if (!fn(p.number))
                    return;
    }
}

bool AddressList::matches(std::string_view address) const {
    bool found = false;
    index_.for_each_match(address, [&](size_t) {
        found = true;
        return false;
    });
    return found;
}

void AddressDomainList::add(std::string_view pattern, std::string_view domain) {
    size_t number = index_.add(util::lower(pattern));
    if (number >= domains_.size())
        domains_.resize(number + 1);
    domains_[number].push_back(util::lower(domain));
}

void AddressDomainList::remove(std::string_view pattern) {
    index_.remove(util::lower(pattern));
}

void AddressDomainList::remove(std::string_view pattern, std::string_view domain) {
    std::string lower = util::lower(pattern), lower_domain = util::lower(domain);
    size_t number = index_.find(lower);
    if (number == SIZE_MAX)
        return;
    auto& list = domains_[number];
    list.erase(std::remove(list.begin(), list.end(), lower_domain), list.end());
    if (list.empty())
        index_.remove(lower);
}

void AddressDomainList::for_each_match(
    std::string_view address,
    const std::function<bool(const std::vector<std::string>&)>& fn) const {
    index_.for_each_match(address, [&](size_t number) { return fn(domains_[number]); });
}

const std::vector<std::string>& AddressDomainList::domains(std::string_view pattern) const {
    static const std::vector<std::string> none;
    size_t number = index_.find(pattern);
    return number == SIZE_MAX ? none : domains_[number];
}

template <typename Map>
static auto* find_in(const Map& map, std::string_view name) {
    auto it = map.find(name);
    return it == map.end()
               ? nullptr
               : static_cast<const typename Map::mapped_type::element_type*>(it->second.get());
}
// The list, alone for the writer.
template <typename Map>
static auto& edit_in(Map& map, std::string_view name) {
    using List = typename Map::mapped_type::element_type;
    auto it = map.find(name);
    if (it == map.end())
        it = map.emplace(std::string(name), std::make_shared<List>()).first;
    else if (it->second.use_count() > 1)
        it->second = std::make_shared<List>(*it->second);
    return *it->second;
}

const AddressList* AddressLists::find(std::string_view name) const {
    return find_in(lists, name);
}
const AddressDomainList* AddressLists::find_domains(std::string_view name) const {
    return find_in(domain_lists, name);
}
const AddressLists::Hosts* AddressLists::find_hosts(std::string_view name) const {
    return find_in(uri_hosts, name);
}
AddressList& AddressLists::edit(std::string_view name) {
    return edit_in(lists, name);
}
AddressDomainList& AddressLists::edit_domains(std::string_view name) {
    return edit_in(domain_lists, name);
}
AddressLists::Hosts& AddressLists::edit_hosts(std::string_view name) {
    return edit_in(uri_hosts, name);
}

Setter add_to_address_list(std::string list) {
    return [list](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        if (d.value.empty()) {
            report_missing(d, diagnostics);
            return;
        }
        auto& addresses = s.edit<AddressLists>().edit(list);
        for (auto word : util::words(d.value))
            addresses.add(word);
    };
}

Setter remove_from_address_lists(std::vector<std::string> lists) {
    return [lists](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        if (d.value.empty()) {
            report_missing(d, diagnostics);
            return;
        }
        auto& block = s.edit<AddressLists>();
        for (const auto& list : lists) {
            if (block.find(list) == nullptr)
                continue;
            auto& addresses = block.edit(list);
            for (auto word : util::words(d.value))
                addresses.remove(word);
        }
    };
}

Setter add_to_domain_list(std::string list) {
    return [list](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        auto words = util::words(d.value);
        if (words.empty())
            report_missing(d, diagnostics);
        else if (words.size() != 2)
            report_invalid(d, diagnostics);
        else
            s.edit<AddressLists>().edit_domains(list).add(words[0], words[1]);
    };
}

// Address and, perhaps, domain; reports and answers false otherwise.
static bool split_signed(const Directive& d, std::string_view& address, std::string_view& domain,
                         Diagnostics& diagnostics) {
    auto words = util::words(d.value);
    if (words.empty())
        report_missing(d, diagnostics);
    else if (words.size() > 2)
        report_invalid(d, diagnostics);
    if (words.empty() || words.size() > 2)
        return false;
    address = words[0];
    if (words.size() == 2)
        domain = words[1];
    return true;
}

Setter add_to_signed_list(std::string list) {
    return [list](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        std::string_view address, domain;
        if (split_signed(d, address, domain, diagnostics))
            s.edit<AddressLists>().edit_domains(list).add(address, domain);
    };
}

Setter remove_from_signed_lists(std::vector<std::string> lists) {
    return [lists](Settings& s, const Directive& d, Diagnostics& diagnostics) {
        std::string_view address, domain;
        if (!split_signed(d, address, domain, diagnostics))
            return;
        auto& block = s.edit<AddressLists>();
        for (const auto& list : lists)
            if (block.find_domains(list) != nullptr)
                block.edit_domains(list).remove(address, domain);
    };
}

namespace {

void remove_from_rcvd(Settings& s, const Directive& d, Diagnostics& diagnostics) {
    if (d.value.empty()) {
        report_missing(d, diagnostics);
        return;
    }
    auto& block = s.edit<AddressLists>();
    for (const char* list : {"welcomelist_from_rcvd", "def_welcomelist_from_rcvd"})
        if (block.find_domains(list) != nullptr)
            for (auto word : util::words(d.value))
                block.edit_domains(list).remove(word);
}

// "(LIST) rest": the list's name may hold anything up to the last ")" that blanks and text follow
// first. False without one.
bool cut_list(std::string_view value, std::string_view& list, std::string_view& rest) {
    if (value.empty() || value[0] != '(')
        return false;
    for (size_t close = value.find(')', 2); close != std::string_view::npos;
         close = value.find(')', close + 1)) {
        std::string_view after = value.substr(close + 1);
        if (after.empty() || !util::is_space(static_cast<unsigned char>(after[0])))
            continue;
        list = value.substr(1, close - 1);
        rest = util::trim_left(after);
        return !rest.empty();
    }
    return false;
}

void add_hosts(AddressLists::Hosts& hosts, std::string_view text) {
    for (auto word : util::words(text)) {
        bool listed = word[0] != '!';
        if (!listed)
            word.remove_prefix(1);
        hosts[util::lower(word)] = listed;
    }
}

void enlist_addrlist(Settings& s, const Directive& d, Diagnostics& diagnostics) {
    std::string_view list, rest;
    if (!cut_list(d.value, list, rest)) {
        report_missing(d, diagnostics);
        return;
    }
    auto& addresses = s.edit<AddressLists>().edit(list);
    for (auto word : util::words(rest))
        addresses.add(word);
}

void enlist_uri_host(Settings& s, const Directive& d, Diagnostics& diagnostics) {
    std::string_view list, rest;
    if (cut_list(d.value, list, rest))
        add_hosts(s.edit<AddressLists>().edit_hosts(list), rest);
    else
        report_missing(d, diagnostics);
}

void delist_uri_host(Settings& s, const Directive& d, Diagnostics& diagnostics) {
    if (d.value.empty()) {
        report_missing(d, diagnostics);
        return;
    }
    auto& block = s.edit<AddressLists>();
    std::string_view list, rest = d.value;
    std::vector<std::string> lists;
    if (cut_list(d.value, list, rest)) {
        lists.emplace_back(list);
    } else {
        rest = d.value;
        for (const auto& [name, hosts] : block.uri_hosts)
            lists.push_back(name);
    }
    for (const auto& name : lists) {
        if (block.find_hosts(name) == nullptr)
            continue;
        auto& hosts = block.edit_hosts(name);
        for (auto word : util::words(rest)) {
            if (word[0] == '!')
                word.remove_prefix(1);
            hosts.erase(util::lower(word));
        }
    }
}

Setter add_to_hosts(std::string list) {
    return [list](Settings& s, const Directive& d, Diagnostics&) {
        add_hosts(s.edit<AddressLists>().edit_hosts(list), d.value);
    };
}

}  // namespace

void add_address_keywords(config::Schema& schema) {
    auto row = [&](const char* name, ValueType type, Setter set, const char* help,
                   std::vector<std::string> aliases = {}) {
        config::Keyword k;
        k.name = name;
        k.aliases = std::move(aliases);
        k.type = type;
        k.help = help;
        k.set = std::move(set);
        k.owner = "core";
        schema.add(std::move(k));
    };
    // Every keyword with "welcome" or "block" has its older name.
    auto list = [&](const char* name, Setter set, const char* help) {
        std::string old = util::replace_all(util::replace_all(name, "welcomelist", "whitelist"),
                                            "blocklist", "blacklist");
        std::vector<std::string> aliases;
        if (old != name)
            aliases.push_back(old);
        row(name, ValueType::Globs, std::move(set), help, std::move(aliases));
    };
    list("welcomelist_from", add_to_address_list("welcomelist_from"), "Senders that are welcome.");
    list("unwelcomelist_from", remove_from_address_lists({"welcomelist_from"}), "Takes them back.");
    list("welcomelist_from_rcvd", add_to_domain_list("welcomelist_from_rcvd"),
         "Senders that are welcome when the relay's name ends so.");
    list("def_welcomelist_from_rcvd", add_to_domain_list("def_welcomelist_from_rcvd"),
         "The same, as the rule files set it.");
    list("unwelcomelist_from_rcvd", remove_from_rcvd, "Takes them back.");
    list("welcomelist_allows_relays", add_to_address_list("welcomelist_allows_relays"),
         "Senders whose mail may come through other relays.");
    list("blocklist_from", add_to_address_list("blocklist_from"), "Senders that are not welcome.");
    list("unblocklist_from", remove_from_address_lists({"blocklist_from"}), "Takes them back.");
    list("welcomelist_to", add_to_address_list("welcomelist_to"), "Recipients who get nearly all.");
    list("more_spam_to", add_to_address_list("more_spam_to"), "Recipients who get more.");
    list("all_spam_to", add_to_address_list("all_spam_to"), "Recipients who get everything.");
    list("blocklist_to", add_to_address_list("blocklist_to"), "Recipients who only get spam.");
    list("welcomelist_auth", add_to_address_list("welcomelist_auth"),
         "Senders that are welcome when SPF or DKIM says it is they.");
    list("def_welcomelist_auth", add_to_address_list("def_welcomelist_auth"),
         "The same, as the rule files set it.");
    list("unwelcomelist_auth",
         remove_from_address_lists({"welcomelist_auth", "def_welcomelist_auth"}),
         "Takes them back.");
    list("bayes_ignore_from", add_to_address_list("bayes_ignore_from"),
         "Senders whose mail Bayes does not judge.");
    list("bayes_ignore_to", add_to_address_list("bayes_ignore_to"),
         "Recipients whose mail Bayes does not judge.");
    row("enlist_addrlist", ValueType::Globs, enlist_addrlist, "Adds addresses to a named list.");
    row("enlist_uri_host", ValueType::KeyValue, enlist_uri_host, "Adds hosts to a named list.");
    row("delist_uri_host", ValueType::KeyValue, delist_uri_host, "Takes hosts off lists.");
    row("blocklist_uri_host", ValueType::KeyValue, add_to_hosts("BLOCK"),
        "Hosts whose URIs are not welcome.", {"blacklist_uri_host"});
    row("welcomelist_uri_host", ValueType::KeyValue, add_to_hosts("WELCOME"),
        "Hosts whose URIs are welcome.", {"whitelist_uri_host"});
}

}  // namespace rules
