// A directory of a test's own, gone with the object and with all that is in it.

#ifndef TESTS_SUPPORT_TEMPORARY_DIRECTORY_H
#define TESTS_SUPPORT_TEMPORARY_DIRECTORY_H

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "util/check.h"

struct TemporaryDirectory {
    std::string path = std::filesystem::temp_directory_path() / "miharu_testXXXXXX";

    TemporaryDirectory() { UTIL_CHECK(::mkdtemp(path.data()) != nullptr); }
    ~TemporaryDirectory() { std::filesystem::remove_all(path); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
};

#endif  // TESTS_SUPPORT_TEMPORARY_DIRECTORY_H
