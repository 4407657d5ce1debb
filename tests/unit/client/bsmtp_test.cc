#include "client/bsmtp.h"

#include <doctest/doctest.h>

#include "client/input.h"

TEST_CASE("bsmtp: the message stands between DATA and the lone dot, its dots undoubled") {
    const auto bsmtp =
        client::read_bsmtp("MAIL FROM:<a>\r\ndata\r\n..a\r\n.\n..\r\nb\r\n.\r\nQUIT\r\n");
    REQUIRE(bsmtp);
    CHECK(bsmtp->envelope == "MAIL FROM:<a>\r\ndata\r\n");
    CHECK(bsmtp->message == ".a\r\n");
    CHECK(bsmtp->trailer == ".\n..\r\nb\r\n.\r\nQUIT\r\n");
}

TEST_CASE("bsmtp: the last dot may lack its line end") {
    CHECK(client::read_bsmtp("x\nDATA\nfoo\n.")->message == "foo\n");
}

TEST_CASE("bsmtp: what has no whole message is refused") {
    for (const char* input : {"", "DATA\nx\n.\n", "x\nDATA\n.\n", "x\nDATA\nfoo\n", "x\nDATA\nfoo",
                              "x\nDATA \nfoo\n.\n", "x\nxDATA\nfoo\n.\n", "x\n"}) {
        CAPTURE(input);
        CHECK_FALSE(client::read_bsmtp(input));
    }
}

TEST_CASE("bsmtp: stuffing what was unstuffed gives the same bytes") {
    const std::string data = "..\n...x\r\nno dot\n\n.. .\n";
    const auto bsmtp = client::read_bsmtp("x\nDATA\n" + data + ".\n");
    REQUIRE(bsmtp);
    std::string out;
    client::append_dot_stuffed(out, bsmtp->message);
    CHECK(out == data);
    out.clear();
    client::append_dot_stuffed(out, ".");
    CHECK(out == "..");
}
