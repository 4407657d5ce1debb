// Any bytes as a user's preferences over a site that lets users bring rules: laid over the site's
// settings, and, where they define rules, as an engine of the user's own that scans a message.
// Checked: the site itself answers as before.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/user_engines.h"
#include "scan/engine.h"
#include "scan/scanner.h"
#include "tests/support/site_directories.h"
#include "util/check.h"
#include "util/log.h"

namespace {

constexpr std::string_view kMessage =
    "From: Ann <ann@example.com>\nTo: joe@example.org\nSubject: cheap pills\n"
    "Received: from mail.example.com (mail.example.com [192.0.2.1]) by mx.example.org\n\n"
    "hello world http://www.example.net/x?y=1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";

struct Site {
    SiteDirectories directories;
    std::unique_ptr<const scan::Engine> engine;
    std::unique_ptr<scan::Scanner> scanner;
    std::string answer;

    Site() {
        // Bayes and reputation keep files, which are none of the input's business.
        directories.write("site/init.pre",
                          "loadplugin Mail::SpamAssassin::Plugin::ReplaceTags\n"
                          "loadplugin Mail::SpamAssassin::Plugin::MIMEHeader\n"
                          "loadplugin Mail::SpamAssassin::Plugin::URIDetail\n"
                          "loadplugin Mail::SpamAssassin::Plugin::WLBLEval\n");
        directories.write(
            "rules/1.cf",
            "allow_user_rules 1\nclear_headers\nadd_header all Status _YESNO_ _TESTSSCORES_\n"
            "body SITE /hello/\nscore SITE 1.5\nheader PILLS Subject =~ /pills/\nscore PILLS 2\n"
            "meta BOTH SITE && PILLS\nheader LISTED eval:check_from_in_welcomelist()\n");
        config::Diagnostics diagnostics;
        engine = scan::Engine::load(directories.options(), diagnostics);
        scanner = std::make_unique<scan::Scanner>(*engine);
        answer = scan(*scanner, nullptr);
        UTIL_CHECK(answer.find("SITE") != std::string::npos);
        ::atexit([] { std::filesystem::remove_all(site().directories.root); });
    }
    static std::string scan(scan::Scanner& scanner, const config::Settings* settings) {
        scan::ScanRequest request;
        request.message = kMessage;
        request.settings = settings;
        request.deadline = util::Deadline::after(std::chrono::seconds(10));
        return scanner.scan(std::move(request))->rewritten_message();
    }
    static Site& site();
};

Site& Site::site() {
    static Site& made = *new Site;
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    Site& site = Site::site();
    config::Diagnostics diagnostics;
    config::Settings mine = site.engine->with_preferences(text, "user_prefs", diagnostics);
    Site::scan(*site.scanner, &mine);
    spamd::UserEngines engines(*site.engine);
    if (scan::Scanner* own = engines.find(text, "user_prefs"))
        Site::scan(*own, nullptr);
    UTIL_CHECK(Site::scan(*site.scanner, nullptr) == site.answer);
    return 0;
}
