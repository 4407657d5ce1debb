// Any bytes as an attached document, under every kind of name: looking ends, and within the limits.

#include <cstdint>

#include "plugins/office_document.h"
#include "util/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    plugins::OfficeSettings settings;
    settings.extended_scan = true;
    settings.max_unpacked = 200000;
    for (const char* name : {"a.zip", "a.doc", "a.docm", "a.csv", "a"}) {
        plugins::OfficeFacts facts;
        plugins::OfficeInspector(facts, settings, true, true).look_at(name, bytes);
        UTIL_CHECK(facts.redirect_uris.size() <= 10 && facts.mhtml_uris.size() <= 5);
        UTIL_CHECK(!facts.malice || facts.macro);
    }
    return 0;
}
