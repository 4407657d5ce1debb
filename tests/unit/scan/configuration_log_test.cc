#include "scan/configuration_log.h"

#include <doctest/doctest.h>

TEST_CASE("configuration log: every problem names its file and line once") {
    auto file = std::make_shared<const std::string>("/etc/local.cf");
    config::Diagnostics diagnostics;
    diagnostics.error({file, 7}, "config: bad thing");
    config::Diagnostic d = diagnostics.all()[0];
    CHECK(scan::diagnostic_text(d) == "config: bad thing in /etc/local.cf (line 7)");
    d.text = "config: failed to parse line in /etc/local.cf (line 7): x";
    CHECK(scan::diagnostic_text(d) == d.text);
    d.position = {};
    d.text = "config: nowhere";
    CHECK(scan::diagnostic_text(d) == "config: nowhere");
}
