// Whole mails through the parser and every view. The first byte of the input chooses settings.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "message/charset.h"
#include "message/message.h"

namespace {

const message::MessageSettings& settings(uint8_t choice) {
    static const auto all = [] {
        auto registry = std::make_shared<message::Registry>();
        for (const char* tld : {"com", "org", "net", "uk"})
            registry->add_tld(tld);
        registry->add_2tld("co.uk");
        std::vector<message::MessageSettings> made(4);
        for (size_t i = 0; i < made.size(); ++i) {
            made[i].registry = registry;
            made[i].normalize_charset = (i & 1) == 0;
            if (i & 2) {
                made[i].body_part_scan_size = 50;
                made[i].rawbody_part_scan_size = 50;
            }
        }
        return made;
    }();
    return all[choice % all.size()];
}

void require(bool claim) {
    if (!claim)
        std::abort();
}

constexpr const char* kSpecs[] = {
    "ALL",          "ALL:raw",       "ALL-TRUSTED", "ALL-EXTERNAL:raw", "EnvelopeFrom:addr:host",
    "From:addr",    "From:name",     "ToCc:addr",   "MESSAGEID",        "Subject:raw",
    "Received:ip",  "Received:host", "From:domain", "To:name:raw",      "X-AuthorDomain",
    "Subject:revip"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    uint8_t choice = size > 0 ? data[size - 1] : 0;
    std::string bytes(reinterpret_cast<const char*>(data), size);
    message::Message m(bytes, settings(choice));
    require(m.pristine().size() == m.pristine_headers().size() + m.pristine_body().size());
    for (const char* spec : kSpecs) {
        auto view = m.get(spec);
        require(view.has_value() == !m.values(spec).empty());
    }
    for (const std::string& line : m.body_lines())
        require(line.size() <= 2049);
    for (const std::string& chunk : m.rawbody_chunks())
        require(chunk.size() <= 4096);
    m.visible_body_lines();
    m.invisible_body_lines();
    for (const message::Part* part : m.leaves()) {
        require(part->children().empty());
        require(!part->rendered_is_characters() || part->rendered_type() != "text/plain" ||
                message::is_strict_utf8(part->rendered()) ||
                part->rendered().find("\xef\xbf") != std::string::npos ||
                part->charset() != "utf-8");
    }
    m.uris();
    m.all_metadata();
    m.receive_date();
    m.generated_message_id();
    m.part_digests();
    return 0;
}
