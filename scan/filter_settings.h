// The command line of the `spamassassin` program, read into plain values. Every option of
// SpamAssassin 4.0.1's program is known; those it refuses any more (-F, -M, -w, --add-from) are
// refused, those it ignores (-P, -S, -l) are ignored with a warning.

#ifndef SCAN_FILTER_SETTINGS_H
#define SCAN_FILTER_SETTINGS_H

#include <optional>
#include <string>
#include <vector>

#include "mailbox/target.h"
#include "options/options.h"
#include "scan/engine.h"
#include "util/expected.h"

namespace scan {

struct FilterSettings {
    LoadOptions load;
    std::string user;          // -u
    bool create_prefs = true;  // -x turns it off
    std::optional<std::string> debug_areas;

    bool lint = false;
    bool lint_json = false;
    bool test_mode = false;      // -t
    bool remove_markup = false;  // -d
    bool report = false, revoke = false;
    int spam_exit_code = 0;  // -e
    bool progress = false;

    // The persistent address lists: what to do with the addresses of each message, or with the one
    // given.
    enum class ListChange { None, AddWelcome, RemoveWelcome, AddBlock };
    ListChange message_addresses = ListChange::None;
    ListChange one_address = ListChange::None;

    mailbox::Format format = mailbox::Format::Detect;
    std::vector<std::string> targets;  // as written; "-" is standard input
    std::vector<std::string> warnings;
};

const options::Table& filter_options();

struct FilterRefusal {
    std::string text;  // for standard error
    int exit_code = 64;
};
// -h and -V are answered by the caller before this.
util::Expected<FilterSettings, FilterRefusal> make_filter_settings(const options::Parsed& parsed);

// The texts of --version and --help.
std::string filter_version_text();
std::string filter_usage_text();

}  // namespace scan

#endif  // SCAN_FILTER_SETTINGS_H
