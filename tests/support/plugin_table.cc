// Prints doc/plugins.md.

#include "tests/support/plugin_table.h"

#include <cstdio>

int main() {
    std::string text = plugin_table();
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
