// Any bytes as a document and as an archive: reading ends, and within the limits.

#include <cstdint>
#include <cstdlib>

#include "plugins/xml_document.h"
#include "util/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    plugins::XmlSettings settings;
    settings.max_text = 1000;
    settings.max_uris = 20;
    settings.max_size = 100000;
    settings.time_limit = 60;
    plugins::XmlFacts facts;
    plugins::XmlCollector collector(facts, settings, util::Deadline());
    if (!collector.read_archive(bytes))
        collector.read(bytes);
    UTIL_CHECK(facts.text.size() <= 1000 && facts.script_text.size() <= 1000);
    UTIL_CHECK(facts.uris.size() <= 20 && facts.external.size() <= 20);
    UTIL_CHECK(facts.documents <= 100);
    return 0;
}
