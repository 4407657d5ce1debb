#include <doctest/doctest.h>

#include <cmath>

#include "plugin_bench.h"

namespace {

std::string outcome(std::string_view config, Checked* keep = nullptr) {
    PluginBench b("Shortcircuit", config);
    CHECK(b.diagnostics.error_count() == 0);
    auto c = b.check("From: a@b.example\nSubject: first second\n\nbody text\n");
    std::string all;
    for (const auto& hit : c.status->hits())
        all += (all.empty() ? "" : " ") + b.rules.rule(hit.rule).name;
    all += " | " + c.tag("SC") + " | " + c.tag("SCRULE") + " | " + c.tag("SCTYPE") + " | " +
           std::to_string(std::lround(c.status->rounded_score() * 1000));
    if (keep != nullptr)
        *keep = std::move(c);
    return all;
}

constexpr std::string_view kRules =
    "header FIRST Subject =~ /first/\nscore FIRST 2\nbody TEXT /text/\nmeta BOTH FIRST && TEXT\n";

}  // namespace

TEST_CASE("shortcircuit: a rule ends the scan, and passes behind it do not run") {
    std::string rules(kRules);
    CHECK(outcome(rules) == "FIRST TEXT BOTH | no | none | no | 4000");
    CHECK(outcome(rules + "shortcircuit FIRST on\n") ==
          "SHORTCIRCUIT FIRST | FIRST (spam) | FIRST | spam | 2000");
    CHECK(outcome(rules + "score FIRST -2\nshortcircuit FIRST on\n") ==
          "SHORTCIRCUIT FIRST | FIRST (ham) | FIRST | ham | -2000");
    CHECK(outcome(rules + "shortcircuit FIRST spam\n") ==
          "SHORTCIRCUIT FIRST | FIRST (spam) | FIRST | spam | 102000");
    CHECK(outcome(rules + "shortcircuit TEXT ham\nshortcircuit_ham_score -7\n") ==
          "SHORTCIRCUIT TEXT | TEXT (ham) | TEXT | ham | -8000");
    CHECK(outcome(rules + "shortcircuit FIRST spam\nshortcircuit FIRST off\n") ==
          "FIRST TEXT BOTH | no | none | no | 4000");
}

TEST_CASE("shortcircuit: totals beyond the marks end the scan at the next hit") {
    std::string rules(kRules);
    CHECK(outcome(rules + "shortcircuit_max_spam_score 1\n") ==
          "FIRST SHORTCIRCUIT TEXT | no | none | spam | 3001");
    CHECK(outcome(rules + "score FIRST -2\nshortcircuit_min_ham_score -1\n") ==
          "FIRST SHORTCIRCUIT TEXT | no | none | ham | -1001");
    CHECK(outcome(rules + "shortcircuit_max_spam_score 9\n") ==
          "FIRST TEXT BOTH | no | none | no | 4000");
}

TEST_CASE("shortcircuit: abbreviations move a rule to the front and keep it from learning") {
    PluginBench b("Shortcircuit", std::string(kRules) +
                                      "tflags TEXT nosubject\npriority BOTH 7\nshortcircuit TEXT "
                                      "ham\nshortcircuit BOTH spam\n");
    const auto& text = b.rules.rule(b.rules.find("TEXT"));
    CHECK(text.priority == -200);
    CHECK(text.tflags_text == "nosubject nice noautolearn");
    CHECK(text.has(rules::kNoAutoLearn));
    CHECK(b.rules.rule(b.rules.find("BOTH")).priority == 7);
}

TEST_CASE("shortcircuit: bad lines are reported") {
    PluginBench b("Shortcircuit",
                  "shortcircuit\nshortcircuit A\nshortcircuit A maybe\nshortcircuit A on x\n"
                  "shortcircuit_ham_score x\n");
    CHECK(b.diagnostics.error_count() == 5);
}
