#include "scan/log_id.h"

#include <doctest/doctest.h>

TEST_CASE("log id: only what stands in angle brackets, and nothing that could break the line") {
    const char* rows[][2] = {
        {"Message-Id: <a@b>\n", "<a@b>"},
        {"message-id:\n <a@b> (added (by) us)\n", "<a@b>"},
        {"Message-ID : x <a@b> y <c@d>\n", "<a@b>"},
        {"Message-Id: a b@c\n", "<a?b@c>"},
        {"Message-Id: <a\xC3\xA4@b>\n", "<a??@b>"},
        {"Message-Id: <a<b>\n", "<a?b>"},
        {"Message-Id: <>\n", ""},
        {"Message-Id: <one@x>\nMessage-Id: <two@x>\n", "<two@x>"},
        {"Subject: <a@b>\n", ""},
    };
    for (auto& row : rows) {
        CAPTURE(row[0]);
        CHECK(scan::log_id(row[0], "Message-Id") == row[1]);
    }
}
