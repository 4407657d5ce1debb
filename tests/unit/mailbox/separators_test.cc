#include "mailbox/separators.h"

#include <doctest/doctest.h>

using mailbox::is_mbox_separator;
using mailbox::mbx_message_size;

TEST_CASE("separators: an mbox line has a sender and a date") {
    CHECK(is_mbox_separator("From a@b Mon Jan  1 00:00:00 2001\n"));
    CHECK(is_mbox_separator("From a@b  Mon Jan 1 9:00:00 2001 +0100"));
    CHECK(is_mbox_separator("From <a@b>(x) 01-01-2001_00:00:00_+0100\n"));
    CHECK_FALSE(is_mbox_separator("From a@b\n"));
    CHECK_FALSE(is_mbox_separator("From the start Mon Jan 1 00:00:00 2001\n"));
    CHECK_FALSE(is_mbox_separator("From a@b Mon Jan 1 00:00 2001\n"));
    CHECK_FALSE(is_mbox_separator(">From a@b Mon Jan  1 00:00:00 2001\n"));
    CHECK_FALSE(is_mbox_separator(""));
}

TEST_CASE("separators: an mbx line tells the size") {
    CHECK(mbx_message_size("25-Jan-2003 15:13:39 +0100,1234;000000000001-00000012\r\n") == 1234);
    CHECK(mbx_message_size(" 5-Jan-2003 15:13:39 +0100,7;00000000abcd-0000000A\n") == 7);
    CHECK_FALSE(mbx_message_size("25-Jan-2003 15:13:39 +0100,1234;00000000000X-00000012\n"));
    CHECK_FALSE(mbx_message_size("25-Jan-2003 15:13:39 +0100,;000000000001-00000012\n"));
    CHECK_FALSE(mbx_message_size("25-Jan-2003 15:13:39 +0100\n"));
    CHECK_FALSE(mbx_message_size("\n"));
    CHECK(mbx_message_size("25-Jan-2003 15:13:39,99999999999999999999;000000000001-00000012") ==
          UINT64_MAX);
}
