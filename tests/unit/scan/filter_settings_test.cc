#include "scan/filter_settings.h"

#include <doctest/doctest.h>

using scan::FilterSettings;

namespace {

util::Expected<FilterSettings, scan::FilterRefusal> settings(
    const std::vector<std::string>& arguments) {
    auto parsed = scan::filter_options().parse(arguments);
    REQUIRE(parsed);
    return scan::make_filter_settings(*parsed);
}

}  // namespace

TEST_CASE("filter settings: nothing said means one message on standard input") {
    auto s = settings({});
    REQUIRE(s);
    CHECK(s->targets == std::vector<std::string>{"-"});
    CHECK(s->create_prefs);
    CHECK(s->spam_exit_code == 0);
    CHECK_FALSE(s->load.local_tests_only);
    CHECK_FALSE(s->debug_areas);
}

TEST_CASE("filter settings: a test program's command line") {
    auto s = settings({"-D", "-L", "-t", "-C", "rules", "--siteconfigpath", "site",
                       "--prefspath=prefs", "-x", "--cf=score A 1", "--cf", "score B 2", "--lint"});
    REQUIRE(s);
    CHECK(s->debug_areas == "all");
    CHECK(s->load.config_path == "rules");
    CHECK(s->load.site_config_path == "site");
    CHECK(s->load.user_prefs == "prefs");
    CHECK(s->load.cf_lines == std::vector<std::string>{"score A 1", "score B 2"});
    CHECK(s->load.local_tests_only);
    CHECK(s->test_mode);
    CHECK(s->lint);
    CHECK_FALSE(s->create_prefs);
}

TEST_CASE("filter settings: the exit code is 5 unless another is named") {
    CHECK(settings({"-e", "mail"})->spam_exit_code == 5);
    CHECK(settings({"-e", "mail"})->targets == std::vector<std::string>{"mail"});
    CHECK(settings({"-e", "9"})->spam_exit_code == 9);
    CHECK(settings({"--exit-code=9"})->spam_exit_code == 9);
    CHECK(settings({"-e0"})->spam_exit_code == 5);
}

TEST_CASE("filter settings: lint stays off the network unless told otherwise") {
    CHECK(settings({"--lint"})->load.local_tests_only);
    CHECK_FALSE(settings({"--lint", "--net"})->load.local_tests_only);
    CHECK(settings({"--lint", "--net", "-L"})->load.local_tests_only);
}

TEST_CASE("filter settings: old and new names of the address list options are the same") {
    using Change = FilterSettings::ListChange;
    CHECK(settings({"-W"})->message_addresses == Change::AddWelcome);
    CHECK(settings({"--add-to-whitelist"})->message_addresses == Change::AddWelcome);
    CHECK(settings({"--add-to-blacklist"})->message_addresses == Change::AddBlock);
    CHECK(settings({"-R"})->message_addresses == Change::RemoveWelcome);
    CHECK(settings({"--remove-addr-from-whitelist=a@b"})->one_address == Change::RemoveWelcome);
    CHECK(settings({"--add-addr-to-blocklist", "a@b"})->one_address == Change::AddBlock);
}

TEST_CASE("filter settings: removed options are refused with 2, ignored ones warned of") {
    for (const char* option : {"-F", "-M", "-w", "--add-from", "--noadd-from"}) {
        auto s = settings({option});
        REQUIRE_FALSE(s);
        CHECK(s.error().exit_code == 2);
    }
    auto s = settings({"-P", "-S"});
    REQUIRE(s);
    CHECK(s->warnings.size() == 2);
}

TEST_CASE("filter settings: the version starts as SpamAssassin's does") {
    CHECK(scan::filter_version_text().starts_with("SpamAssassin version 4.0.1\n  running "));
}
