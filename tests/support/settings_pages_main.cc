// settings_pages DOC: brings DOC/limits.md and DOC/miharu.conf.5 up to date.

#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/support/settings_pages.h"

int main(int argc, char** argv) {
    if (argc != 2)
        return 2;
    const std::string doc = argv[1];
    std::stringstream page;
    page << std::ifstream(doc + "/miharu.conf.5").rdbuf();
    const std::string manual = with_keyword_list(page.str());
    if (manual.empty()) {
        std::cerr << "miharu.conf.5 has no place for the list of keywords\n";
        return 1;
    }
    std::ofstream limits(doc + "/limits.md"), conf(doc + "/miharu.conf.5");
    limits << limits_page(doc + "/..");
    conf << manual;
    return limits.flush() && conf.flush() ? 0 : 1;
}
