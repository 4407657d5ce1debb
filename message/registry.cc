#include "message/registry.h"

#include <algorithm>
#include <array>

#include "message/host_name.h"
#include "message/ip_text.h"

namespace message {
namespace {

// Sorted: the postal codes below which .us delegates (RFC 1480).
constexpr std::array<std::string_view, 54> kUsStates = {
    "ak", "al", "ar", "az", "ca", "co", "ct", "dc", "de", "fl", "ga", "gu", "hi", "ia",
    "id", "il", "in", "ks", "ky", "la", "ma", "md", "me", "mi", "mn", "mo", "ms", "mt",
    "nc", "nd", "ne", "nh", "nj", "nm", "nv", "ny", "oh", "ok", "or", "pa", "pr", "ri",
    "sc", "sd", "tn", "tx", "ut", "va", "vi", "vt", "wa", "wi", "wv", "wy"};

bool is_us_state(std::string_view label) {
    return std::binary_search(kUsStates.begin(), kUsStates.end(), label);
}

std::string ascii_form(std::string_view name, bool is_ascii) {
    return is_ascii ? util::lower(name) : idn_to_ascii(name);
}

// "www..example.org." -> "www.example.org"
void tidy_dots(std::string& name) {
    auto last =
        std::unique(name.begin(), name.end(), [](char a, char b) { return a == '.' && b == '.'; });
    name.erase(last, name.end());
    if (!name.empty() && name.front() == '.')
        name.erase(0, 1);
    if (!name.empty() && name.back() == '.')
        name.pop_back();
}

}  // namespace

void Registry::add_tld(std::string_view tld) {
    tlds_.insert(idn_to_ascii(tld));
}

void Registry::add_2tld(std::string_view tld) {
    two_level_.insert(idn_to_ascii(tld));
}

void Registry::add_3tld(std::string_view tld) {
    three_level_.insert(idn_to_ascii(tld));
}

void Registry::clear() {
    tlds_.clear();
    two_level_.clear();
    three_level_.clear();
}

bool Registry::is_valid_tld(std::string_view label) const {
    // The text scanner asks for every word with a dot in it, so: no allocation.
    std::array<char, 64> lowered;
    if (label.empty() || label.size() > lowered.size())
        return false;
    std::transform(label.begin(), label.end(), lowered.begin(), util::to_lower);
    return tlds_.find(std::string_view(lowered.data(), label.size())) != tlds_.end();
}

// Where the registered domain begins in a lowercased name with tidy dots.
size_t Registry::domain_start(std::string_view host) const {
    // Offsets of the last labels: start[0] is the last one's.
    std::array<size_t, 4> start{};
    size_t found = 0;
    for (size_t end = host.size(); found < start.size(); ++found) {
        size_t dot = end == 0 ? host.npos : host.rfind('.', end - 1);
        start[found] = dot == host.npos ? 0 : dot + 1;
        if (dot == host.npos) {
            ++found;
            break;
        }
        end = dot;
    }
    if (found < 2)
        return 0;
    auto label = [&](size_t from_end) {
        size_t end = from_end == 0 ? host.size() : start[from_end - 1] - 1;
        return host.substr(start[from_end], end - start[from_end]);
    };
    bool us = label(0) == "us";
    size_t registry_labels = 1;
    if (found == 4 && us && is_us_state(label(1)) &&
        ((label(3) == "pvt" && label(2) == "k12") || label(3) == "ci" || label(3) == "co"))
        registry_labels = 4;
    else if (found >= 3 && (us ? is_us_state(label(1))
                               : three_level_.find(host.substr(start[2])) != three_level_.end()))
        registry_labels = 3;
    else if (two_level_.find(host.substr(start[1])) != two_level_.end())
        registry_labels = 2;

    // One label more than the registry's, if there is one.
    size_t pos = start[registry_labels - 1];
    if (pos == 0)
        return 0;
    size_t dot = pos >= 2 ? host.rfind('.', pos - 2) : host.npos;
    return dot == host.npos ? 0 : dot + 1;
}

std::pair<std::string, std::string> Registry::split_domain(std::string_view host,
                                                           bool is_ascii) const {
    std::string name = ascii_form(host, is_ascii);
    tidy_dots(name);
    size_t start = domain_start(name);
    if (start == 0)
        return {std::string(), std::move(name)};
    return {name.substr(0, start - 1), name.substr(start)};
}

std::string Registry::trim_domain(std::string_view host, bool is_ascii) const {
    std::string name = ascii_form(host, is_ascii);
    tidy_dots(name);
    name.erase(0, domain_start(name));
    return name;
}

bool Registry::is_domain_valid(std::string_view domain, bool is_ascii) const {
    std::string name = ascii_form(domain, is_ascii);
    if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return util::is_space(c); }))
        return false;
    size_t dot = name.rfind('.');
    if (dot == name.npos)
        return false;
    return tlds_.find(std::string_view(name).substr(dot + 1)) != tlds_.end();
}

std::string Registry::registered_domain(std::string_view host) const {
    std::string name = idn_to_ascii(host);
    if (is_ip_address(name) || !is_fqdn_valid(name) || !is_domain_valid(name, true))
        return std::string();
    return trim_domain(name, true);
}

}  // namespace message
