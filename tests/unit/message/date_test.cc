#include "message/date.h"

#include <doctest/doctest.h>

TEST_CASE("date: RFC 5322, asctime and two-digit years are read, zones applied") {
    struct Row {
        const char* text;
        long expected;  // -1: no date
    };
    for (const Row& row : {
             Row{"Mon, 02 Jan 2006 15:04:05 +0000", 1136214245},
             Row{"Mon, 02 Jan 2006 15:04:05 -0700", 1136239445},
             Row{"2 Jan 06 15:04:05 EST", 1136232245}, Row{"2 jan 2006 15:04", 1136214240},
             Row{"Mon Jan  2 15:04:05 2006", 1136160000},  // the time of day goes with the date
             Row{"Sun, 31 Apr 2006 00:00:00 GMT", 1146441600}, Row{"1 Jan 1965 00:00:00 +0000", 0},
             Row{"1 Jan 1970 00:00:00 +0900", 0}, Row{"1 Jan 2099 00:00:00 +0000", 2114380800},
             Row{"0 Jan 2006 00:00:00 +0000", -1}, Row{"yesterday", -1},
             Row{"Mon, 02 Jan 2006 25:61:61 +0000", 1136246399},
             Row{"Mon, 02 Jan 2006 15:04:05 XYZ EST", 1136214245},  // the first name decides
         }) {
        CAPTURE(row.text);
        auto t = message::parse_date(row.text);
        CHECK((t ? *t : -1) == row.expected);
    }
}

TEST_CASE("date: the topmost foreign Received header tells when a message came in") {
    CHECK(message::find_receive_date("Received: from a by b; Mon, 02 Jan 2006 15:04:05 +0000\n"
                                     "Date: Mon, 02 Jan 2005 15:04:05 +0000\n") == 1136214245);
    CHECK(message::find_receive_date(
              "Received: from localhost (a) by b; 3 Jan 2006 15:04:05 +0000\n"
              "Received: from c by localhost with POP3 (fetchmail-6.3); 2 Jan 2006 "
              "15:04:05 +0000\n") == 1136300645);
    CHECK(message::find_receive_date("Date: Mon, 02 Jan 2006\n 15:04:05 +0000\n") == 1136214245);
    CHECK_FALSE(message::find_receive_date("Subject: none\n"));
}
