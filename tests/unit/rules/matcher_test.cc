#include "rules/matcher.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "message/message.h"
#include "message/registry.h"
#include "rules/message_status.h"
#include "rules/program.h"
#include "rules_bench.h"

using namespace rules;

namespace {

struct Checked {
    std::vector<std::pair<std::string, double>> hits;  // in their order
    double score = 0;
    std::set<std::string> subrules;
    std::set<RuleId> undecided;
};

class Site {
public:
    explicit Site(const std::string& cf) {
        bench_.read(cf).build();
        REQUIRE(bench_.errors() == 0);
        program_ =
            Program::compile(bench_.rules, bench_.settings, bench_.plugins, bench_.diagnostics);
        REQUIRE(bench_.errors() == 0);
        matcher_ = std::make_unique<Matcher>(*program_, bench_.plugins);
    }
    Checked check(const std::string& mail, bool all_subrules) {
        auto registry = std::make_shared<message::Registry>();
        registry->add_tld("com");
        message::MessageSettings settings;
        settings.registry = registry;
        message::Message message(mail, settings);
        StatusOptions options;
        options.all_subrules = all_subrules;
        MessageStatus status(bench_.rules, bench_.settings, message, options);
        matcher_->run(status);
        Checked checked;
        checked.score = status.score();
        for (const Hit& hit : status.hits())
            checked.hits.emplace_back(bench_.rules.rule(hit.rule).name, hit.score);
        for (RuleId id : status.subrule_hits())
            checked.subrules.insert(bench_.rules.rule(id).name);
        for (const auto& [id, reason] : status.undecided_rules())
            checked.undecided.insert(id);
        return checked;
    }

private:
    RulesBench bench_;
    std::unique_ptr<const Program> program_;
    std::unique_ptr<Matcher> matcher_;
};

const std::string kMail =
    "From: Joe <joe@example.com>\nSubject: Winner of the lottery\nX-List: yes\n\n"
    "You win lottery money.\n\nSee http://www.example.com/winner.php or ask the agent.\n";

}  // namespace

TEST_CASE("matcher: a sub-rule that no meta asks for is not decided") {
    const std::string cf =
        "header __LIST exists:X-List\nheader __JOE From =~ /joe/\nbody __MONEY /money/\n"
        "body __AGENT /agent/\nbody __IDLE /lottery/\nbody __TWICE /win/i\ntflags __TWICE "
        "multiple\n"
        "uri __PHP /php/\n"
        "meta __BOTH __MONEY && __AGENT\nmeta __LAZY __IDLE || __PHP\n"
        "meta HIT __BOTH && !__NONE\nbody __NONE /nowhere/\n"
        "meta COUNT __TWICE > 1\nmeta OFF __LAZY && !__LIST\n"
        "body WORD /lottery/\n";
    Site site(cf);
    auto all = site.check(kMail, true);
    CHECK(all.subrules == std::set<std::string>{"__LIST", "__JOE", "__MONEY", "__AGENT", "__IDLE",
                                                "__TWICE", "__PHP", "__BOTH", "__LAZY"});
    auto asked = site.check(kMail, false);
    CHECK(asked.subrules ==
          std::set<std::string>{"__LIST", "__MONEY", "__AGENT", "__TWICE", "__BOTH"});
    CHECK(asked.hits == all.hits);
    CHECK(all.hits ==
          std::vector<std::pair<std::string, double>>{{"WORD", 1}, {"HIT", 1}, {"COUNT", 1}});
    // Nothing of one message is left for the next.
    CHECK(site.check("Subject: Hi\n\nNothing to see\n", false).hits.empty());
    CHECK(site.check(kMail, false).subrules == asked.subrules);
}

TEST_CASE("matcher: a group that sets a tag is looked for though no meta asks") {
    Site site("header __WHO From =~ /<(?<WHO>[a-z]+)@/\nbody __PLAIN /lottery/\n");
    CHECK(site.check(kMail, false).subrules == std::set<std::string>{"__WHO"});
}

TEST_CASE("matcher: metas at several priorities see sub-rules of later ones") {
    Site site(
        "priority EARLY -100\nmeta EARLY __LATE && __MONEY\nbody __MONEY /money/\n"
        "body __LATE /agent/\npriority __LATE 500\nmeta NOT !__LATE && __MONEY\n"
        "meta __CHAIN __LATE && __MONEY\nmeta LAST __CHAIN && !__NOPE\n");
    auto all = site.check(kMail, true), asked = site.check(kMail, false);
    CHECK(asked.hits == all.hits);
    CHECK(all.hits.size() == 2);
}

TEST_CASE("matcher: metas come out the same whether sub-rules wait to be asked or not") {
    std::mt19937 random(7);
    auto pick = [&](size_t n) { return static_cast<size_t>(random() % n); };
    const std::vector<std::string> words = {"win",    "lottery", "money", "agent", "nothing",
                                            "winner", "example", "the",   "o",     "absent"};
    size_t hits = 0, saved = 0;
    for (int round = 0; round < 60; ++round) {
        std::string cf;
        std::vector<std::string> names;
        for (size_t i = 0; i < 24; ++i) {
            std::string name = (pick(4) == 0 ? "R" : "__R") + std::to_string(i);
            static constexpr const char* kKinds[] = {"body ", "rawbody ", "uri ", "header "};
            size_t kind = pick(4);
            cf += kKinds[kind] + name + (kind == 3 ? " Subject =~ /" : " /") +
                  words[pick(words.size())] + "/i\n";
            if (pick(3) == 0)
                cf += "tflags " + name + " multiple\n";
            if (pick(5) == 0)
                cf += "priority " + name + " " +
                      std::to_string(static_cast<int>(pick(5)) * 100 - 200) + "\n";
            names.push_back(name);
        }
        for (size_t i = 0; i < 40; ++i) {
            auto operand = [&]() -> std::string {
                std::string name = names[pick(names.size())];
                switch (pick(6)) {
                    case 0:
                        return "!" + name;
                    case 1:
                        return "(" + name + " > " + std::to_string(pick(3)) + ")";
                    case 2:
                        return "(" + name + " + " + names[pick(names.size())] + " >= 2)";
                    case 3:
                        return "(" + name + " || " + names[pick(names.size())] + ")";
                    default:
                        return name;
                }
            };
            static constexpr const char* kOps[] = {" && ", " && ", " && ", " || ", " + ", " * "};
            std::string text = operand();
            for (size_t n = pick(4); n > 0; --n)
                text += kOps[pick(6)] + operand();
            std::string name = (pick(2) == 0 ? "M" : "__M") + std::to_string(i);
            cf += "meta " + name + " " + text + "\n";
            names.push_back(name);
        }
        CAPTURE(cf);
        Site site(cf);
        auto all = site.check(kMail, true), asked = site.check(kMail, false);
        CHECK(asked.hits == all.hits);
        CHECK(asked.score == all.score);
        CHECK(asked.undecided == all.undecided);
        CHECK(std::includes(all.subrules.begin(), all.subrules.end(), asked.subrules.begin(),
                            asked.subrules.end()));
        hits += all.hits.size();
        saved += all.subrules.size() - asked.subrules.size();
    }
    CHECK(hits > 500);
    CHECK(saved > 50);
}

TEST_CASE("matcher: hits of a rule that can begin in many ways are counted one by one") {
    const std::string ways = "/(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta)\\d/\n";
    Site site("body MANY " + ways + "tflags MANY multiple\nbody FEW " + ways +
              "tflags FEW multiple maxhits=3\nbody ONE " + ways +
              "body W1 /wword/\nbody W2 /xword/\nbody W3 /yword/\n");
    Checked checked =
        site.check("Subject: eta1\n\nalpha1 beta2beta3, gamma delta4\n\nzeta5\n", true);
    CHECK(std::count(checked.hits.begin(), checked.hits.end(),
                     std::pair<std::string, double>("MANY", 1)) == 6);
    CHECK(checked.hits.size() == 10);
    CHECK(checked.score == 10);
}
