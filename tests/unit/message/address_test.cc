#include "message/address.h"

#include <doctest/doctest.h>

#include "message/address_list.h"

using namespace message;

namespace {

// "phrase|address" of each, "-" for what is not there, parted by " ; ".
std::string shown(const std::vector<Mailbox>& mailboxes) {
    std::string out;
    for (const Mailbox& m : mailboxes) {
        if (!out.empty())
            out += " ; ";
        out += m.phrase.value_or("-") + "|" + m.address.value_or("-");
    }
    return out;
}

}  // namespace

TEST_CASE("address: names and addresses come out of what people write") {
    struct Row {
        const char* value;
        const char* expected;
    };
    for (const Row& row : {
             Row{"a@example.com", "-|a@example.com"},
             Row{"Foo Bar <a@example.com>", "Foo Bar |a@example.com"},
             Row{"\"Foo, Bar\" <a@example.com>", "Foo, Bar |a@example.com"},
             Row{"\"Foo \\\"Bar\\\"\" <a@example.com>", "Foo \"Bar\" |a@example.com"},
             Row{"a@example.com (Foo Bar)", "Foo Bar|a@example.com"},
             Row{"a@example.com, b@example.org (B)", "-|a@example.com ; B|b@example.org"},
             Row{"a@example.com; b@example.org", "-|a@example.com ; -|b@example.org"},
             Row{"friends: a@example.com, b@example.org;", "-|a@example.com ; -|b@example.org"},
             Row{"<>", "-|-"},
             Row{"\"a@example.com\"<a@example.com>", "-|a@example.com"},
             Row{"\"joe@example.com\"", "-|joe@example.com"},
             Row{"Foo <not an address>", "Foo |-"},
             Row{"<a@example.com@example.org>", "-|a@example.com"},
             Row{"=?UTF-8?Q?\"Foo\"_<noreply@example.com>?=", "-|noreply@example.com"},
             Row{"   ", ""},
             // Fewer than the commas promise: the grammar is asked.
             Row{"Mon, 02 Jan 2006 15:04:05 +0000",
                 "Mon, 02 Jan 2006 15:04:05 +0000|- ; Mon, 02 Jan 2006 15:04:05 +0000|-"},
             Row{",, a@example.com", ",, a@example.com|- ; ,, a@example.com|- ; -|a@example.com"},
         }) {
        CAPTURE(row.value);
        CHECK(shown(parse_addresses(row.value)) == row.expected);
    }
}

TEST_CASE("address list: the grammar of RFC 5322, and what is left of lists that break it") {
    struct Row {
        const char* value;
        const char* expected;  // phrase|user|host|comment
    };
    for (const Row& row : {
             Row{"a@b.c", "-|a|b.c|-"},
             Row{"A B <a@b.c> (c (d))", "A B|a|b.c|c (d)"},
             Row{"\"a b\"@c.d", "-|a b|c.d|-"},
             Row{"a . b @ c . d", "-|a.b|c.d|-"},
             Row{"a@[1.2.3.4]", "-|a|[1.2.3.4]|-"},
             Row{"<@x,@y:a@b.c>", "-|a|b.c|-"},
             Row{"g:a@b.c,d@e.f;,h@i.j", "-|a|b.c|- ; -|d|e.f|- ; -|h|i.j|-"},
             Row{"g:;", ""},
             Row{"word", "word|-|-|-"},
             Row{"Name <broken", "Name|broken|-|-"},
             Row{"<>", "-|-|-|-"},
             Row{"a@b.c, (unclosed", "-|a|b.c|- ; -|-|-|-"},
             Row{"", ""},
         }) {
        CAPTURE(row.value);
        std::string out;
        for (const ListedAddress& a : parse_address_list(row.value)) {
            if (!out.empty())
                out += " ; ";
            out += a.phrase.value_or("-") + "|" + a.user.value_or("-") + "|" +
                   a.host.value_or("-") + "|" + a.comment.value_or("-");
        }
        CHECK(out == row.expected);
    }
}

TEST_CASE("address list: a local part that needs quotes gets them back") {
    auto listed = parse_address_list("\"a \\\"b\"@c.d");
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].address() == "\"a \\\"b\"@c.d");
}
