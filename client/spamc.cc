// spamc: hands a message from standard input to spamd and the answer to standard output.

#include <signal.h>

#include <cstdio>
#include <string>
#include <vector>

#include "client/config_file.h"
#include "client/filter.h"
#include "client/log.h"
#include "client/options.h"
#include "client/tls.h"
#include "protocol/command.h"
#include "util/version.h"

namespace {

using protocol::ResultCode;

// The first two lines are those of the spamc this one stands in for: scripts read them.
std::string version_text() {
    return std::string("SpamAssassin Client version ") + kCompatibleVersion +
           "\n  compiled with SSL support (" + client::tls_library_version() + ")\n  Miharu " +
           kMiharuVersion + "\n";
}

}  // namespace

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    std::vector<std::string> arguments(argv + 1, argv + argc);

    const auto named = client::find_config_option(arguments);
    client::ConfigFile config = client::load_config(named.value_or(SPAMC_CONFIG));
    // Only the file that was asked for has to be there.
    if (config.status == client::ConfigStatus::Bad ||
        (config.status == client::ConfigStatus::Missing && named)) {
        std::fprintf(stderr, "spamc: %s\n", config.error.c_str());
        return static_cast<int>(ResultCode::Config);
    }
    arguments.insert(arguments.begin(), config.words.begin(), config.words.end());

    auto options = client::parse_options(arguments);
    client::Log log;
    if (!options) {
        log.to_stderr(options.error().logs_to_stderr);
        log.error(options.error().text);
        if (options.error().shows_usage)
            std::fprintf(stderr, "%s", client::usage_text().c_str());
        return static_cast<int>(ResultCode::Usage);
    }
    if (options->shows_help || options->shows_version) {
        std::printf("%s", version_text().c_str());
        if (options->shows_help)
            std::printf("\n%s\n%s", client::usage_text().c_str(), version_text().c_str());
        return 0;
    }
    log.to_stderr(options->logs_to_stderr);
    for (const std::string& warning : options->warnings)
        log.notice(warning);
    options->hosts.only_first = !options->falls_back;
    return client::Filter(*options, log).run();
}
