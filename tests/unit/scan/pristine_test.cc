#include "scan/pristine.h"

#include <doctest/doctest.h>

using scan::split_message;

TEST_CASE("pristine: header, blank line and body") {
    auto m = split_message("A: 1\nB: 2\n\nbody\n");
    CHECK(m.headers == "A: 1\nB: 2\n\n");
    CHECK(m.body == "body\n");
    CHECK(m.has_separator);
    CHECK_FALSE(m.has_crlf);
}

TEST_CASE("pristine: an mbox separator is set apart, a header From is not") {
    CHECK(split_message("From a@b Mon\nA: 1\n\n").mbox_separator == "From a@b Mon\n");
    CHECK(split_message("From: a@b\n\n").mbox_separator == "");
    CHECK(split_message("From : a@b\n\n").mbox_separator == "");
    CHECK(split_message("From  : a@b\n\n").mbox_separator == "From  : a@b\n");
}

TEST_CASE("pristine: an mbx separator becomes an mbox one") {
    auto m = split_message(
        "25-Jan-2003 15:13:39 +0100,1234;000000000001-00000012\r\nFrom: X <a@b>\r\n\r\nbody\r\n");
    CHECK(m.mbox_separator == "From a@b Sat Jan 25 15:13:39 2003\n");
    CHECK(m.headers == "From: X <a@b>\r\n\r\n");
}

TEST_CASE("pristine: a boundary ends a header without a blank line") {
    auto m = split_message("A: 1\n--b\nC: 2\n\nbody\n");
    CHECK(m.headers == "A: 1\n");
    CHECK(m.body == "--b\nC: 2\n\nbody\n");
    CHECK_FALSE(m.has_separator);
}

TEST_CASE("pristine: three lines that are no headers are forgiven, the fourth is body") {
    auto m = split_message("A: 1\nx\ny\nz\nB: 2\nw\nrest\n");
    CHECK(m.headers == "A: 1\nx\ny\nz\nB: 2\n");
    CHECK(m.body == "w\nrest\n");
}

TEST_CASE("pristine: in a CRLF mail bare header lines get their CR, the body does not") {
    auto m = split_message("A: 1\r\nB: 2\n\nbody\nend\r\n");
    CHECK(m.has_crlf);
    CHECK(m.headers == "A: 1\r\nB: 2\r\n\r\n");
    CHECK(m.body == "body\nend\r\n");
}

TEST_CASE("pristine: a CR alone does not end the header of an LF mail") {
    auto m = split_message("A: 1\nB: 2\n\r\nC: 3\n\nbody\n");
    CHECK(m.headers == "A: 1\nB: 2\n\r\nC: 3\n\n");
}

TEST_CASE("pristine: header values keep folds, and names are compared without case") {
    auto m = split_message("subject:  a\n\tb\nSubject : c\nSubjects: d\n\n");
    CHECK(m.header_values("Subject") == std::vector<std::string>{"a\n\tb\n", "c\n"});
    CHECK(m.header("SUBJECT") == "c\n");
    CHECK_FALSE(m.header("From"));
}

TEST_CASE("pristine: a header cut off by the end of the mail still has its value") {
    CHECK(split_message("Subject: a\n b").header("Subject") == "a b\n");
}

TEST_CASE("pristine: an empty message is one newline") {
    CHECK(split_message("").headers == "\n");
}
