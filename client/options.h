// spamc's command line: one table feeds the parser, --help and the check of the manual page.
//
// The parser is our own, because spamc's rules are its own and scripts have been written against
// them; getopt_long(3) would take other decisions:
//  - long names are never abbreviated;
//  - a value stands in the next word or, for long names, after "=": never glued to the letter,
//    and a word that begins with "-" is no value;
//  - of letters in one word ("-xE") only the first counts: the rest is passed over, with a warning;
//  - the first word that is no option, or "--", ends the options; what follows is ignored;
//  - -e takes all the rest of the line.
// It also keeps the start short: no table to build, no library to load.

#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/hosts.h"
#include "client/tls.h"
#include "protocol/command.h"
#include "util/expected.h"

namespace client {

enum class Tell { None, LearnSpam, LearnHam, Forget, Report, Revoke };

inline constexpr size_t kMaxMessageBytes = 256 * 1024 * 1024;

// Seconds everywhere; 0 means no limit.
struct Options {
    // Where to.
    HostOptions hosts;
    std::string socket_path;
    bool uses_socket = false;
    bool uses_tls = false;
    TlsSettings tls;

    // How long and how often.
    int timeout = 600;
    int connect_timeout = 0;
    int connect_retries = 3;
    int retry_sleep = 1;
    int filter_retries = 1;
    int filter_retry_sleep = 1;

    // What about.
    std::optional<std::string> username;
    size_t max_size = 500 * 1024;
    bool is_bsmtp = false;
    bool compresses = false;

    // What to ask. Several may be set: see command().
    bool check = false;
    bool report_ifspam = false;
    bool report = false;
    bool symbols = false;
    bool ping = false;
    bool headers = false;
    Tell tell = Tell::None;

    // What to do with the answer.
    bool sets_exit_code = false;
    bool falls_back = true;  // cleared by -x
    bool unavailable_is_tempfail = false;
    bool logs_to_stderr = false;
    std::vector<std::string> pipe_to;

    // Set instead of all the above.
    bool shows_help = false;
    bool shows_version = false;

    // To be logged once it is known where to.
    std::vector<std::string> warnings;

    protocol::Command command() const;
    bool learns() const {
        return tell == Tell::LearnSpam || tell == Tell::LearnHam || tell == Tell::Forget;
    }
};

struct UsageError {
    std::string text;
    // The words were options, but not these together: the list of options would not help.
    bool shows_usage = true;
    bool logs_to_stderr = false;
};

// `arguments` without the program's name.
util::Expected<Options, UsageError> parse_options(const std::vector<std::string>& arguments);

// The value of -F or --config in these arguments, if any, before they are parsed.
std::optional<std::string> find_config_option(const std::vector<std::string>& arguments);

std::string usage_text();

}  // namespace client

#endif  // CLIENT_OPTIONS_H
