// Any bytes: splitting, removing markup and marking up never fail, and a wrapped message comes back
// out of its wrapper.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "scan/markup_remover.h"
#include "scan/rewriter.h"
#include "util/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view message(reinterpret_cast<const char*>(data), size);
    rules::CoreSettings settings;
    settings.headers_spam = {{"Value", std::string(message.substr(0, 300))}, {"Tag", "_A(x)_"}};
    settings.headers_ham = settings.headers_spam;
    settings.rewrite_header = {{"Subject", "_HITS_"}, {"From", "x"}};
    scan::remove_markup(message, settings.rewrite_header);
    auto parts = scan::split_message(message);
    for (int report_safe : {0, 1}) {
        settings.report_safe = report_safe;
        scan::Markup markup{.settings = settings,
                            .tags =
                                [](std::string_view, std::optional<std::string_view>) {
                                    return std::optional<std::string>("a\nb");
                                },
                            .is_spam = true,
                            .subject_prefix = "p ",
                            .report = [] { return std::string("report\n"); },
                            .content_type = std::nullopt,
                            .host_name = "h",
                            .date = "d",
                            .now = 1,
                            .random = [n = 0u]() mutable { return ++n; }};
        scan::rewrite_headers(parts, markup);
        std::string marked = scan::rewrite_message(parts, markup);
        if (report_safe == 0)
            UTIL_CHECK(marked.ends_with(parts.body));
    }
    return 0;
}
