// Renders any bytes as each kind of source. Checked: the texts hold together, and characters given
// are characters returned.
#include <cstdint>
#include <string_view>

#include "html/renderer.h"
#include "util/check.h"
#include "util/strings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view source(reinterpret_cast<const char*>(data), size);
    const bool is_utf8 = util::is_valid_utf8(source);
    for (html::Input input :
         {html::Input::Characters, html::Input::Octets, html::Input::Utf8Octets}) {
        html::RenderedText out = html::render(source, {}, input);
        if (input == html::Input::Characters && is_utf8) {
            UTIL_CHECK(util::is_valid_utf8(out.text));
            UTIL_CHECK(out.visible.size() + out.invisible.size() == out.text.size());
            for (const html::Link& link : out.results.links)
                UTIL_CHECK(util::is_valid_utf8(link.uri));
        }
        UTIL_CHECK(out.results.title_lengths.size() == out.results.lists["title"].size());
    }
    return 0;
}
