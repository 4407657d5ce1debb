#include "util/file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "tests/support/temporary_directory.h"

TEST_CASE(
    "file: a path leads to a regular file, to a directory, or to neither; links are followed") {
    TemporaryDirectory top;
    const std::string& directory = top.path;
    std::string file = directory + "/file", link = directory + "/link";
    util::replace_file(file, "x");
    REQUIRE(::symlink(directory.c_str(), link.c_str()) == 0);
    CHECK(util::is_regular_file(file));
    CHECK_FALSE(util::is_directory(file));
    CHECK(util::is_directory(link));
    CHECK_FALSE(util::is_regular_file(link));
    CHECK_FALSE(util::is_regular_file(directory + "/none"));
    CHECK_FALSE(util::is_directory(""));
}

TEST_CASE("file: one that others wrote is read up to a size, and only if it is one") {
    TemporaryDirectory top;
    const std::string& directory = top.path;
    std::string file = directory + "/file", fifo = directory + "/fifo";
    util::replace_file(file, std::string(100000, 'x'));
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    auto error = [](const std::string& path, size_t most) {
        try {
            util::read_file(path, most);
        } catch (const std::system_error& e) {
            return e.code().value();
        }
        return 0;
    };
    CHECK(util::read_file(file, 100000).size() == 100000);
    CHECK(error(file, 99999) == EFBIG);
    CHECK(error(fifo, 100) == EINVAL);
    CHECK(error(directory, 100) == EINVAL);
    CHECK(error(directory + "/none", 100) == ENOENT);
}

TEST_CASE("file: the directories above a path are made, those that are there stay") {
    TemporaryDirectory directory;
    const std::string& top = directory.path;
    util::make_parent_directories(top + "/a/b/c", 0700);
    util::make_parent_directories(top + "/a/d/", 0700);
    CHECK(util::is_directory(top + "/a/b"));
    CHECK(!std::filesystem::exists(top + "/a/b/c"));
    CHECK(util::is_directory(top + "/a/d"));
    util::make_parent_directories("/proc/no/such", 0700);
    util::make_parent_directories("relative", 0700);
}
