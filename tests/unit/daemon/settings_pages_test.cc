#include "tests/support/settings_pages.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

static std::string read(const char* path) {
    std::ifstream file(path);
    REQUIRE(file);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// When one of these does not hold: build/dev/bin/settings_pages doc

TEST_CASE("limits: doc/limits.md says what the code says") {
    std::string page = limits_page(TEST_SOURCE_DIR "/..");
    CHECK(page.find("| ? |") == std::string::npos);  // a constant that is not where it was
    CHECK(read(TEST_SOURCE_DIR "/../doc/limits.md") == page);
}

TEST_CASE("limits: every keyword that sets one is listed") {
    std::string page = limits_page(TEST_SOURCE_DIR "/..");
    std::string list = keyword_list();
    size_t limits = 0;
    const config::Schema& schema = whole_schema();
    for (const auto& k : schema.all()) {
        bool is_number =
            k.type == config::ValueType::Number || k.type == config::ValueType::Duration;
        bool is_limit = k.name.find("_max_") != std::string::npos || k.name.ends_with("_limit") ||
                        k.name.ends_with("_scan_size");
        // Those of inert plugins, which have no help, and scores are none.
        if (!is_number || !is_limit || k.help.empty() || k.name == "bayes_journal_max_size" ||
            k.name.find("_score") != std::string::npos || k.name.starts_with("short"))
            continue;
        ++limits;
        CAPTURE(k.name);
        CHECK(page.find("| `" + k.name + "`: ") != std::string::npos);
    }
    CHECK(limits > 10);
}

TEST_CASE("manual: miharu.conf.5 has every keyword, with its default") {
    const std::string page = read(TEST_SOURCE_DIR "/../doc/miharu.conf.5");
    CHECK(page == with_keyword_list(page));
    const config::Schema& schema = whole_schema();
    CHECK(schema.all().size() > 300);
    for (const auto& k : schema.all()) {
        CAPTURE(k.name);
        CHECK(page.find("\n.It Ic " + k.name) != std::string::npos);
    }
}
