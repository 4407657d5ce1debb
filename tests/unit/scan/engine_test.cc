#include "scan/engine.h"

#include <doctest/doctest.h>

#include "rules/core_settings.h"
#include "scan/paths.h"
#include "tests/support/site_directories.h"

using scan::Engine;
using scan::LoadOptions;

namespace {

std::string report(const Engine& engine) {
    return util::replace_all(engine.settings().get<rules::CoreSettings>().report_template, "\n",
                             " ");
}

}  // namespace

TEST_CASE("engine: files are read in SpamAssassin's order") {
    SiteDirectories dirs;
    dirs.write("site/b.pre", "report site-b.pre\n");
    dirs.write("site/a.pre", "report site-a.pre\n");
    dirs.write("site/local.cf", "report site.cf\nfile");
    dirs.write("rules/x.pre", "report rules.pre\n");
    dirs.write("rules/20.cf", "# UPDATE version 7\nreport rules20\n");
    dirs.write("rules/10.cf", "# UPDATE version 5\nreport rules10\n");
    dirs.write("rules/notes.txt", "report never\n");
    dirs.write("prefs", "report user\n");
    LoadOptions options = dirs.options();
    options.pre_lines = {"report pre"};
    options.cf_lines = {"report cf1", "report cf2"};
    options.user_prefs = dirs.root + "/prefs";
    config::Diagnostics diagnostics;
    auto engine = Engine::load(options, diagnostics);
    CHECK(report(*engine) ==
          "pre site-a.pre site-b.pre rules.pre rules10 rules20 site.cf user cf1 cf2 ");
    CHECK(engine->settings().get<rules::CoreSettings>().rules_version == "5,7");
    CHECK(diagnostics.error_count() == 1);
    CHECK(engine->files_read().size() == 7);
}

TEST_CASE("engine: one file may stand for the rules directory") {
    SiteDirectories dirs;
    dirs.write("one.cf", "report once\n");
    LoadOptions options = dirs.options();
    options.config_path = dirs.root + "/one.cf";
    config::Diagnostics diagnostics;
    auto engine = Engine::load(options, diagnostics);
    CHECK(report(*engine) == "once ");
}

TEST_CASE("engine: a user's preferences do not leak into the site's") {
    SiteDirectories dirs;
    dirs.write("rules/1.cf", "body A /a/\nscore A 1\nrequired_score 5\n");
    config::Diagnostics diagnostics;
    auto engine = Engine::load(dirs.options(), diagnostics);
    auto mine = engine->with_preferences("score A 3\nrequired_score 7\nbody B /b/\nutil_rb_tld x\n",
                                         "joe's", diagnostics);
    CHECK(diagnostics.error_count() == 2);
    CHECK(mine.get<rules::Scores>().value(0, 0) == 3);
    CHECK(mine.get<rules::CoreSettings>().required_score == 7);
    CHECK(engine->settings().get<rules::Scores>().value(0, 0) == 1);
    CHECK(engine->settings().get<rules::CoreSettings>().required_score == 5);
    CHECK_FALSE(engine->needs_own_engine("body B /b/"));
}

TEST_CASE("engine: rules of users need an engine of their own") {
    SiteDirectories dirs;
    dirs.write("rules/1.cf", "allow_user_rules 1\nbody A /a/\nmeta M A && B\n");
    config::Diagnostics diagnostics;
    auto engine = Engine::load(dirs.options(), diagnostics);
    CHECK_FALSE(engine->needs_own_engine("score A 1\n# body B /b/\n"));
    CHECK(engine->needs_own_engine("score A 1\nBody B /b/\n"));
    auto own = engine->load_for_user("body B /b/\nloadplugin X\n", "joe's", diagnostics);
    CHECK(diagnostics.error_count() == 1);
    CHECK(own->rules().find("B") != rules::kNoRule);
    CHECK(engine->rules().rule(engine->rules().find("A")).pattern == "a");
}

TEST_CASE("paths: names and homes are written out") {
    scan::PathNames names;
    names.prefix = "/opt/x";
    names.user_state_dir = "/home/joe/.spamassassin";
    names.local_state_dir = "/var/lib/sa";
    names.home = "/home/joe";
    CHECK(scan::expand_path("__userstate__/bayes", names) == "/home/joe/.spamassassin/bayes");
    CHECK(scan::expand_path("__local_state_dir__/__version__", names) == "/var/lib/sa/4.000001");
    CHECK(scan::expand_path("~/x", names) == "/home/joe/x");
    CHECK(scan::expand_path("~", names) == "/home/joe");
    CHECK(scan::expand_path("/a/~b", names) == "/a/~b");
    CHECK(scan::first_existing_path({"/nowhere/at/all", "__prefix__", "/"}, names) == "/");
    CHECK(scan::first_existing_path({"/nowhere/at/all"}, names).empty());
}

TEST_CASE("engine: our own rule pack is read without a single complaint") {
    SiteDirectories dirs;
    LoadOptions options = dirs.options();
    options.config_path = TEST_SOURCE_DIR "/../rules/cf";
    options.lint = true;
    config::Diagnostics diagnostics;
    auto engine = Engine::load(options, diagnostics);
    for (const config::Diagnostic& d : diagnostics.all())
        if (d.severity != config::Severity::Note)
            FAIL_CHECK(d.position.to_string() << ": " << d.text);
    CHECK(engine->rules().rules().size() > 200);
}
