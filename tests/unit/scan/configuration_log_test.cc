#include "scan/configuration_log.h"

#include <doctest/doctest.h>

TEST_CASE("configuration log: as JSON, whatever octets the configuration holds") {
    config::Diagnostics diagnostics;
    CHECK(scan::diagnostics_json(diagnostics) == "[]\n");
    diagnostics.note({}, "not shown");
    diagnostics.error({std::make_shared<const std::string>("/etc/a \"b\".cf"), 7},
                      "bad \\ line\t\xc3\xa9 \xe9 \xc3");
    diagnostics.warn({}, "nowhere");
    CHECK(scan::diagnostics_json(diagnostics) ==
          "[\n  {\"file\": \"/etc/a \\\"b\\\".cf\", \"line\": 7, \"severity\": \"error\", "
          "\"message\": \"bad \\\\ line\\u0009\xc3\xa9 \\u00e9 \\u00c3\"},\n"
          "  {\"file\": null, \"line\": null, \"severity\": \"warning\", \"message\": "
          "\"nowhere\"}\n]\n");
}

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
