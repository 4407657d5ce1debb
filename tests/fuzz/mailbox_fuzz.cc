// Any line: separators are found or not, and a size that is read fits.

#include <cstdint>

#include "mailbox/separators.h"
#include "mailbox/target.h"
#include "util/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    if (mailbox::is_mbox_separator(text))
        UTIL_CHECK(text.starts_with("From "));
    mailbox::mbx_message_size(text);
    auto parsed = mailbox::parse_target(text, {});
    UTIL_CHECK(text.ends_with(parsed.target.location));
    return 0;
}
