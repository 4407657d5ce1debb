// A rules directory and a site directory for an engine, gone with the object.

#ifndef TESTS_SUPPORT_SITE_DIRECTORIES_H
#define TESTS_SUPPORT_SITE_DIRECTORIES_H

#include <filesystem>
#include <fstream>
#include <string>

#include "scan/engine.h"
#include "tests/support/temporary_directory.h"

struct SiteDirectories {
    TemporaryDirectory top;
    const std::string& root = top.path;

    SiteDirectories() {
        std::filesystem::create_directory(root + "/rules");
        std::filesystem::create_directory(root + "/site");
    }

    // `name` as "rules/1.cf".
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(root + "/" + name) << text;
    }
    // For an engine that reads these two and makes local tests only.
    scan::LoadOptions options() const {
        scan::LoadOptions o;
        o.config_path = root + "/rules";
        o.site_config_path = root + "/site";
        o.local_tests_only = true;
        return o;
    }
};

#endif  // TESTS_SUPPORT_SITE_DIRECTORIES_H
