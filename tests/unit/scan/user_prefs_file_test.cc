#include "scan/user_prefs_file.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"
#include "util/file.h"

TEST_CASE("user preferences: made from the template, private, and never twice") {
    TemporaryDirectory top;
    const std::string& root = top.path;
    std::ofstream(root + "/user_prefs.template") << "# template\n";
    std::string file = root + "/.spamassassin/user_prefs";
    CHECK(scan::create_user_prefs(file, {"/nonexistent", root}).empty());
    CHECK(util::read_file(file) == "# template\n");
    struct stat st {};
    REQUIRE(stat(file.c_str(), &st) == 0);
    CHECK((st.st_mode & 0777) == 0600);
    CHECK_FALSE(scan::create_user_prefs(file, {root}).empty());
    std::string other = root + "/other/user_prefs";
    CHECK(scan::create_user_prefs(other, {}).empty());
    CHECK(util::read_file(other).find("required_score") != std::string::npos);
}
