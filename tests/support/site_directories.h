// A rules directory and a site directory for an engine, gone with the object.

#ifndef TESTS_SUPPORT_SITE_DIRECTORIES_H
#define TESTS_SUPPORT_SITE_DIRECTORIES_H

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "scan/engine.h"
#include "util/check.h"

struct SiteDirectories {
    std::string root;

    SiteDirectories() {
        root = std::filesystem::temp_directory_path() / "miharu_siteXXXXXX";
        UTIL_CHECK(::mkdtemp(root.data()) != nullptr);
        std::filesystem::create_directory(root + "/rules");
        std::filesystem::create_directory(root + "/site");
    }
    ~SiteDirectories() { std::filesystem::remove_all(root); }
    SiteDirectories(const SiteDirectories&) = delete;
    SiteDirectories& operator=(const SiteDirectories&) = delete;

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
