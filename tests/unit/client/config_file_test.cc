#include "client/config_file.h"

#include <doctest/doctest.h>

using Words = std::vector<std::string>;

TEST_CASE("config file: words are parted by blanks, comments and blank lines passed over") {
    const auto words =
        client::read_config("# a\n\n-c  -u joe\r\n\t # b\n-t\t5 # no comment\n", "x");
    REQUIRE(words);
    CHECK(*words == Words{"-c", "-u", "joe", "-t", "5", "#", "no", "comment"});
    CHECK(client::read_config("", "x")->empty());
}

TEST_CASE("config file: a file cut short is refused, a missing one told apart") {
    CHECK_FALSE(client::read_config("-c", "x"));
    CHECK(client::load_config("/nonexistent/spamc.conf").status == client::ConfigStatus::Missing);
}
