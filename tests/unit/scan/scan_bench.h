// An engine made of a few configuration lines, for tests of whole scans.

#ifndef TESTS_UNIT_SCAN_SCAN_BENCH_H
#define TESTS_UNIT_SCAN_SCAN_BENCH_H

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "scan/scanner.h"

class ScanBench {
public:
    explicit ScanBench(const std::string& configuration) {
        scan::LoadOptions options;
        options.config_path = options.site_config_path = "/nonexistent";
        options.local_tests_only = true;
        for (const char* plugin : {"Check", "AutoLearnThreshold", "HeaderEval"})
            options.cf_lines.push_back(std::string("loadplugin Mail::SpamAssassin::Plugin::") +
                                       plugin);
        options.cf_lines.push_back(configuration);
        config::Diagnostics diagnostics;
        engine_ = scan::Engine::load(options, diagnostics);
        for (const auto& problem : diagnostics.all())
            if (problem.severity == config::Severity::Error)
                FAIL_CHECK(problem.text);
        scanner_ = std::make_unique<scan::Scanner>(*engine_);
    }

    scan::Scanner& scanner() { return *scanner_; }
    std::unique_ptr<scan::Scan> scan(const std::string& message) {
        scan::ScanRequest request;
        request.message = message;
        return scanner_->scan(std::move(request));
    }

private:
    std::unique_ptr<const scan::Engine> engine_;
    std::unique_ptr<scan::Scanner> scanner_;
};

#endif  // TESTS_UNIT_SCAN_SCAN_BENCH_H
