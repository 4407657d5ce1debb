#include "util/file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>

TEST_CASE(
    "file: a path leads to a regular file, to a directory, or to neither; links are followed") {
    std::string directory = "/tmp/file_testXXXXXX";
    REQUIRE(mkdtemp(directory.data()) != nullptr);
    std::string file = directory + "/file", link = directory + "/link";
    util::replace_file(file, "x");
    REQUIRE(::symlink(directory.c_str(), link.c_str()) == 0);
    CHECK(util::is_regular_file(file));
    CHECK_FALSE(util::is_directory(file));
    CHECK(util::is_directory(link));
    CHECK_FALSE(util::is_regular_file(link));
    CHECK_FALSE(util::is_regular_file(directory + "/none"));
    CHECK_FALSE(util::is_directory(""));
    ::unlink(link.c_str());
    ::unlink(file.c_str());
    ::rmdir(directory.c_str());
}
