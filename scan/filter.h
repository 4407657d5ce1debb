// What the `spamassassin` program does with its messages: marks them up, takes markup off, learns
// from those that are reported, or checks the configuration and leaves.

#ifndef SCAN_FILTER_H
#define SCAN_FILTER_H

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "mailbox/standard_input.h"
#include "mailbox/target.h"
#include "scan/filter_settings.h"
#include "scan/scanner.h"

namespace scan {

class Filter {
public:
    // Mail goes to `out`, remarks to the log.
    Filter(FilterSettings settings, std::ostream& out);
    ~Filter();

    // Reads the configuration and everything that was asked for. Answers the exit code; throws
    // util::Error or std::system_error when it cannot go on.
    int run();
    // Reading stops before the next message (a signal arrived). Safe in signal handlers.
    static void interrupt();

private:
    void load(config::Diagnostics& diagnostics);
    int lint();
    void find_targets();
    uint64_t bytes_of_targets() const;
    int filter_all();
    void take(std::string message);
    void report(const std::string& message);
    void check(std::string message);

    FilterSettings settings_;
    std::ostream& out_;
    std::unique_ptr<const Engine> engine_;
    std::unique_ptr<Scanner> scanner_;
    config::Settings for_scans_;  // the engine's, and what --lint changes
    mailbox::StandardInput standard_input_{"spamassassin"};
    std::vector<mailbox::Target> targets_;
    size_t taken_ = 0;
    int exit_code_ = 0;
};

}  // namespace scan

#endif  // SCAN_FILTER_H
