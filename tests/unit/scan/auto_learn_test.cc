#include "scan/auto_learn.h"

#include <doctest/doctest.h>

#include "scan_bench.h"

namespace {

const char kRules[] =
    "header HEAD Subject =~ /h/\nbody BODY /b/\nfull FULL /f/\n"
    "meta MIX HEAD + HEAD + BODY > 2\n"
    "header FORCED Subject =~ /force/\ntflags FORCED autolearn_force\n"
    "header LEARNED Subject =~ /learned/\ntflags LEARNED learn\n"
    "header WHITE Subject =~ /white/\ntflags WHITE userconf nice\n"
    "header ASBODY Subject =~ /asbody/\ntflags ASBODY autolearn_body\n";

std::string mail(const std::string& subject, const std::string& body) {
    return "Subject: " + subject + "\n\n" + body + "\n";
}

std::string learned(const std::string& scores, const std::string& subject,
                    const std::string& body) {
    ScanBench bench(kRules + scores);
    bench.scanner().set_auto_learner(
        [](rules::MessageStatus&, bool) { return scan::LearnOutcome::Learned; });
    return bench.scan(mail(subject, body))->autolearn_text();
}

}  // namespace

TEST_CASE("auto-learn: points are told apart by where rules look") {
    ScanBench bench(std::string(kRules) +
                    "score HEAD 2\nscore BODY 1\nscore FULL 0.5\nscore MIX 3\n"
                    "score WHITE -50\nscore LEARNED 0.7\nscore ASBODY 4");
    auto scan = bench.scan(mail("h white learned asbody", "b f"));
    auto points = scan::auto_learn_points(scan->status());
    CHECK(points.total == 10.5);
    CHECK(points.head == 4);  // HEAD, and two thirds of MIX
    CHECK(points.body == 6);
    CHECK(points.learned == 0.7);
    CHECK_FALSE(points.is_forced());
}

TEST_CASE("auto-learn: spam needs points from header and body") {
    CHECK(learned("score MIX 0\nscore HEAD 9\nscore BODY 3", "h", "b") ==
          "spam autolearn_force=no");
    CHECK(learned("score MIX 0\nscore HEAD 20\nscore BODY 2.9", "h", "b") ==
          "no autolearn_force=no");
    CHECK(learned("score MIX 0\nscore HEAD 2.9\nscore BODY 20", "h", "b") ==
          "no autolearn_force=no");
    CHECK(learned("score MIX 0\nscore HEAD 5\nscore BODY 5", "h", "b") == "no autolearn_force=no");
}

TEST_CASE("auto-learn: a rule may force it") {
    CHECK(learned("score FORCED 12", "force", "x") == "spam autolearn_force=yes (FORCED)");
}

TEST_CASE("auto-learn: the classifier's own opinion stands against it") {
    CHECK(learned("score HEAD 9\nscore BODY 9\nscore LEARNED -1.5", "h learned", "b") ==
          "no autolearn_force=no");
    CHECK(learned("score LEARNED 1.5", "learned", "x") == "no autolearn_force=no");
    CHECK(learned("score LEARNED 0.5", "learned", "x") == "ham autolearn_force=no");
}

TEST_CASE("auto-learn: thresholds are configured, and the verdict must agree") {
    CHECK(learned("score HEAD 2\nbayes_auto_learn_threshold_nonspam 3", "h", "x") ==
          "ham autolearn_force=no");
    CHECK(learned("required_score 1\nscore HEAD 2\nbayes_auto_learn_threshold_nonspam 3", "h",
                  "x") == "no autolearn_force=no");
}

TEST_CASE("auto-learn: nothing is learned when it is off or nobody can") {
    CHECK(learned("bayes_auto_learn 0", "x", "x") == "disabled");
    CHECK(learned("use_bayes 0", "x", "x") == "disabled");
    ScanBench bench(kRules);
    CHECK(bench.scan(mail("x", "x"))->autolearn_text() == "unavailable autolearn_force=no");
    bench.scanner().set_auto_learner(
        [](rules::MessageStatus&, bool) { return scan::LearnOutcome::Failed; });
    CHECK(bench.scan(mail("x", "x"))->autolearn_text() == "failed autolearn_force=no");
}
