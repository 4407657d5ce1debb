// Any bytes as a message under the rule pack of our own with every local plugin: pictures, PDF,
// office documents, phrases and all eval functions. The verdict and the markup come out.

#include <cstdint>
#include <memory>
#include <string>

#include "plugins/plugins.h"
#include "scan/engine.h"
#include "scan/scanner.h"
#include "util/check.h"

namespace {

std::unique_ptr<const scan::Engine> make_engine() {
    scan::LoadOptions options;
    options.config_path = MIHARU_RULE_PACK;
    options.site_config_path = MIHARU_RULE_PACK "/none";  // no site
    options.local_tests_only = true;
    for (const char* plugin : {"AntiVirus", "DecodeShortURLs", "FromNameSpoof", "ImageInfo",
                               "PDFInfo", "Phishing", "TextCat", "URIDetail", "VBounce"})
        options.pre_lines.push_back(std::string("loadplugin Mail::SpamAssassin::Plugin::") +
                                    plugin);
    options.cf_lines = {"use_bayes 0",
                        "report_safe 1",
                        "body SCRIPTS eval:check_microsoft_executable()",
                        "body PDF eval:pdf_named('.pdf')",
                        "body PDF_SIZE eval:pdf_pixel_coverage('png',1,2)",
                        "body PDF_COUNT eval:pdf_count(1)",
                        "body PDF_TITLE eval:pdf_match_details('title','/x/')",
                        "body PICTURES eval:image_count('all',1)",
                        "body PICTURE_SIZE eval:pixel_coverage('all',1,2)",
                        "header NAME eval:check_fromname_spoof()",
                        "body LANGUAGE eval:check_language()",
                        "header BOUNCE eval:have_any_bounce_relays()",
                        "add_header all Report _REPORT_ _LANGUAGES_ _RELAYSUNTRUSTED_"};
    config::Diagnostics diagnostics;
    auto engine = scan::Engine::load(options, diagnostics);
    UTIL_CHECK(engine != nullptr);
    UTIL_CHECK(diagnostics.all().empty());
    return engine;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const auto engine = make_engine();
    static scan::Scanner scanner(*engine);
    scan::ScanRequest request;
    request.message.assign(reinterpret_cast<const char*>(data), size);
    request.deadline = util::Deadline::after(std::chrono::seconds(30));
    auto scan = scanner.scan(std::move(request));
    std::string marked = scan->rewritten_message();
    UTIL_CHECK(marked.find("X-Spam-") != std::string::npos);
    scan->report();
    scan->tests();
    return 0;
}
