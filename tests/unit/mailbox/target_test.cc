#include "mailbox/target.h"

#include <doctest/doctest.h>

#include <cstdlib>

using mailbox::Format;
using mailbox::parse_target;

TEST_CASE("target: a full target says class and format, a plain one takes the defaults") {
    mailbox::Target spam{true, Format::Mbox, {}};
    auto t = parse_target("/var/mail/joe", spam).target;
    CHECK(t.is_spam);
    CHECK(t.format == Format::Mbox);
    CHECK(t.location == "/var/mail/joe");
    t = parse_target("ham:dir:/x:y", spam).target;
    CHECK_FALSE(t.is_spam);
    CHECK(t.format == Format::Directory);
    CHECK(t.location == "/x:y");
    t = parse_target(":detect:/x", spam).target;
    CHECK(t.is_spam);
    CHECK(t.format == Format::Detect);
    CHECK(parse_target("/a:B:/c", spam).target.location == "/a:B:/c");
    CHECK(parse_target("spam:zip:/x", spam).error == "format zip unknown");
}

TEST_CASE("target: a location without wildcards stands for itself, blanks and all") {
    CHECK(mailbox::expand_location("/no/such file") == std::vector<std::string>{"/no/such file"});
    CHECK(mailbox::expand_location("/no/such*").empty());
    CHECK(mailbox::expand_location("/no/{a,b{c,d}}x") ==
          std::vector<std::string>{"/no/ax", "/no/bcx", "/no/bdx"});
    CHECK(mailbox::expand_location("/no/\\*") == std::vector<std::string>{"/no/*"});
    ::setenv("HOME", "/home/joe", 1);
    CHECK(mailbox::expand_location("~/Mail") == std::vector<std::string>{"/home/joe/Mail"});
}
