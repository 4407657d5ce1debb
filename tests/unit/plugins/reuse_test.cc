#include <doctest/doctest.h>

#include "plugin_bench.h"

TEST_CASE("reuse: names exist as rules that never hit") {
    PluginBench b("Reuse",
                  "reuse NEW_NAME OLD_NAME\ntflags LISTED net\nbody HERE /text/\nreuse HERE\n"
                  "meta NONE !NEW_NAME && !LISTED\nreuse 1BAD\nreuse\n");
    CHECK(b.diagnostics.error_count() == 2);
    CHECK(b.rules.rule(b.rules.find("NEW_NAME")).type == rules::RuleType::Placeholder);
    CHECK(b.rules.rule(b.rules.find("LISTED")).type == rules::RuleType::Placeholder);
    CHECK(b.rules.find("OLD_NAME") == rules::kNoRule);
    auto c = b.check("Subject: x\n\ntext\n");
    CHECK(c.hit("HERE"));
    CHECK(c.hit("NONE"));
    CHECK_FALSE(c.hit("NEW_NAME"));
}

TEST_CASE("reuse: the others can be switched off") {
    PluginBench b("Reuse",
                  "body A /text/\nbody B /text/\nbody C /text/\ntflags C net\nreuse A\n"
                  "run_reuse_tests_only 1\n");
    auto c = b.check("Subject: x\n\ntext\n");
    CHECK(c.hit("A"));
    CHECK_FALSE(c.hit("B"));
    CHECK(c.hit("C"));
}
