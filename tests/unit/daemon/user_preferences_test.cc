#include "daemon/user_preferences.h"

#include <doctest/doctest.h>

using spamd::expand_virtual_dir;

TEST_CASE("virtual directories: %u, %l, %d and %% are replaced") {
    CHECK(expand_virtual_dir("/var/mail/%d/%l/sa", "joe@example.org") ==
          "/var/mail/example.org/joe/sa");
    CHECK(expand_virtual_dir("/v/%u", "joe@example.org") == "/v/joe@example.org");
    CHECK(expand_virtual_dir("/v/100%%/%u", "joe") == "/v/100%/joe");
    CHECK(expand_virtual_dir("/v/%d/%l", "joe") == "/v//");
}

TEST_CASE("virtual directories: a name cannot climb out of the tree") {
    CHECK(expand_virtual_dir("/v/%u", "../../etc") == "/v/.._.._etc");
    CHECK(expand_virtual_dir("/v/%u", "..") == "/v/__");
    CHECK(expand_virtual_dir("/v/%d/%l", "..@..") == "/v/__/__");
    CHECK(expand_virtual_dir("/v/%u", "a b;c|d\n") == "/v/a_b_c_d_");
}

TEST_CASE("virtual directories: %x without a file of the user's own means his domain") {
    CHECK(expand_virtual_dir("/nonexistent/%x", "joe@example.org") == "/nonexistent/example.org");
}
