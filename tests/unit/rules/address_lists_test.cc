#include "rules/address_lists.h"

#include <doctest/doctest.h>

#include "config/reader.h"

using namespace rules;

TEST_CASE("address lists: globs match whole addresses") {
    const struct {
        const char *pattern, *address;
        bool matches;
    } rows[] = {
        {"a@b.c", "a@b.c", true},
        {"a@b.c", "xa@b.c", false},
        {"a@b.c", "a@bxc", false},
        {"*@b.c", "a@b.c", true},
        {"*@b.c", "a@x.b.c", false},
        {"*.b.c", "a@x.b.c", true},
        {"*@*.b.c", "a@x.b.c", true},
        {"*@*.b.c", "a@b.c", false},
        {"?@b.c", "a@b.c", true},
        {"?@b.c", "ab@b.c", false},
        {"a*@b.*", "abc@b.org", true},
        {"*", "anything", true},
        {"**", "", true},
        {"*@B.C", "a@b.c", true},
        {"x(y)@b.c", "x_y)@b.c", true},
        {"*@b.c", "a\n@b.c", false},
        {"a?b", "a\nb", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.address);
        AddressList list;
        list.add("other@else.where");
        list.add("*@else.where");
        list.add(row.pattern);
        CHECK(list.matches(row.address) == row.matches);
        list.remove(row.pattern);
        CHECK_FALSE(list.matches(row.address));
        CHECK(list.matches("x@else.where"));
    }
}

TEST_CASE("address lists: every pattern that matches tells its domains") {
    AddressDomainList list;
    list.add("*@b.c", "One.Example");
    list.add("*@b.c", "two.example");
    list.add("a@*", "three.example");
    list.add("z@*", "four.example");
    std::vector<std::string> seen;
    list.for_each_match("a@b.c", [&](const auto& domains) {
        seen.insert(seen.end(), domains.begin(), domains.end());
        return true;
    });
    std::sort(seen.begin(), seen.end());
    CHECK(util::join(seen, " ") == "one.example three.example two.example");
    list.remove("*@B.C", "two.example");
    CHECK(util::join(list.domains("*@b.c"), " ") == "one.example");
    list.remove("*@B.C", "one.example");
    CHECK(list.domains("*@b.c").empty());
    CHECK(list.index().size() == 2);
}

namespace {

class NoConditions : public config::Conditions {
public:
    double version() const override { return 4; }
    bool local_tests_only() const override { return false; }
    bool plugin(std::string_view) const override { return false; }
    bool can(std::string_view) const override { return false; }
    bool has(std::string_view) const override { return false; }
};

struct Fixture {
    config::Schema schema;
    NoConditions conditions;
    config::Diagnostics diagnostics;
    config::Settings settings;
    Fixture() { add_address_keywords(schema); }
    const AddressLists& read(std::string_view text) {
        config::ReadOptions options;
        config::Reader(schema, conditions, diagnostics).read_text(text, "x.cf", settings, options);
        return settings.get<AddressLists>();
    }
};

}  // namespace

TEST_CASE("address keywords: old and new names fill the same list") {
    Fixture f;
    const auto& lists = f.read(
        "welcomelist_from a@b *@C\nwhitelist_from d@e\nunwhitelist_from A@B\n"
        "blacklist_to x@y\nenlist_addrlist (blocklist_to) z@y\nenlist_addrlist (My List) q@r\n"
        "whitelist_from_rcvd u@v w.x\ndef_welcomelist_auth *@k\nunwelcomelist_auth *@K\n");
    CHECK(util::join(lists.find("welcomelist_from")->index().patterns(), " ") == "*@c d@e");
    CHECK(util::join(lists.find("blocklist_to")->index().patterns(), " ") == "x@y z@y");
    CHECK(lists.find("My List")->matches("q@r"));
    CHECK(lists.find_domains("welcomelist_from_rcvd")->domains("u@v").at(0) == "w.x");
    CHECK(lists.find("def_welcomelist_auth")->index().empty());
    CHECK(lists.find("nowhere") == nullptr);
    CHECK(f.diagnostics.error_count() == 0);
}

TEST_CASE("address keywords: hosts are listed, excluded and taken off") {
    Fixture f;
    const auto& lists = f.read(
        "enlist_uri_host (L) A.com !b.com c.com\nblocklist_uri_host d.com\n"
        "delist_uri_host (L) c.com\ndelist_uri_host !d.com\n");
    const auto* hosts = lists.find_hosts("L");
    REQUIRE(hosts);
    CHECK(hosts->size() == 2);
    CHECK(hosts->find("a.com")->second);
    CHECK_FALSE(hosts->find("b.com")->second);
    CHECK(lists.find_hosts("BLOCK")->empty());
}

TEST_CASE("address keywords: wrong lines are errors") {
    for (const char* line :
         {"welcomelist_from", "welcomelist_from_rcvd a@b", "welcomelist_from_rcvd a b c",
          "enlist_addrlist a@b", "enlist_addrlist (L)", "enlist_addrlist () x",
          "enlist_uri_host a.com", "unwelcomelist_auth"}) {
        CAPTURE(line);
        Fixture f;
        f.read(line);
        CHECK(f.diagnostics.error_count() == 1);
    }
}

TEST_CASE("address keywords: a user's change leaves the site's list alone") {
    Fixture f;
    f.read("welcomelist_from a@b");
    config::Settings site = f.settings;
    const AddressList* before = site.get<AddressLists>().find("welcomelist_from");
    f.read("unwelcomelist_from a@b\nmore_spam_to c@d");
    CHECK(site.get<AddressLists>().find("welcomelist_from") == before);
    CHECK(before->matches("a@b"));
    CHECK_FALSE(f.settings.get<AddressLists>().find("welcomelist_from")->matches("a@b"));
    CHECK(site.get<AddressLists>().find("more_spam_to") == nullptr);
}
