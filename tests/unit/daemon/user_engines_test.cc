#include "daemon/user_engines.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/site_directories.h"

using spamd::UserEngines;

namespace {

// A site with one rule, and user rules allowed or not; its files are gone with the object.
struct Site {
    SiteDirectories directories;
    std::unique_ptr<const scan::Engine> engine;

    explicit Site(const std::string& line) {
        directories.write("rules/1.cf", line + "\nbody SITE /hello/\n");
        config::Diagnostics diagnostics;
        engine = scan::Engine::load(directories.options(), diagnostics);
    }
};

std::string hits(scan::Scanner& scanner) {
    scan::ScanRequest request;
    request.message = "Subject: x\n\nhello world\n";
    return scanner.scan(std::move(request))->tests();
}

}  // namespace

TEST_CASE("user engines: a user's rules hit for him and for nobody else") {
    Site site("allow_user_rules 1");
    UserEngines engines(*site.engine);
    scan::Scanner* joe = engines.find("body JOE /world/\nscore JOE 2\n", "joe");
    REQUIRE(joe != nullptr);
    CHECK(hits(*joe) == "JOE,SITE");
    scan::Scanner* ann = engines.find("body ANN /o w/\n", "ann");
    REQUIRE(ann != nullptr);
    CHECK(hits(*ann) == "ANN,SITE");
    scan::Scanner everyone(*site.engine);
    CHECK(hits(everyone) == "SITE");
}

TEST_CASE("user engines: preferences that define no rule need none") {
    Site site("allow_user_rules 1");
    UserEngines engines(*site.engine);
    CHECK(engines.find("score SITE 3\nrequired_score 2\n", "joe") == nullptr);
}

TEST_CASE("user engines: a site that does not allow user rules gets none") {
    Site site("allow_user_rules 0");
    UserEngines engines(*site.engine);
    CHECK(engines.find("body JOE /world/\n", "joe") == nullptr);
}

TEST_CASE("user engines: the same preferences are compiled once, changed ones anew") {
    Site site("allow_user_rules 1");
    UserEngines engines(*site.engine);
    scan::Scanner* first = engines.find("body JOE /world/\n", "joe");
    for (size_t i = 1; i < UserEngines::kKept; ++i)
        CHECK(engines.find("body X /x/\n", "user" + std::to_string(i)) != nullptr);
    CHECK(engines.find("body JOE /world/\n", "joe") == first);
    CHECK(hits(*engines.find("body JOE /hell/\nbody JOE2 /o/\n", "joe")) == "JOE,JOE2,SITE");
}

TEST_CASE("user engines: rule files that vanished leave the site's rules at work") {
    Site site("allow_user_rules 1");
    UserEngines engines(*site.engine);
    std::filesystem::remove(site.directories.root + "/rules/1.cf");
    CHECK(engines.find("body JOE /world/\n", "joe") == nullptr);
}
