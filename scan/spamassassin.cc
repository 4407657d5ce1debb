// spamassassin: the filter on the command line, with the options, output and exit codes of
// SpamAssassin's program of that name.

#include <signal.h>

#include <clocale>
#include <exception>
#include <iostream>

#include "scan/filter.h"
#include "scan/filter_settings.h"
#include "util/log.h"

namespace {

constexpr int kUsage = 64;
constexpr int kKilled = 15;   // after HUP, INT or TERM
constexpr int kFailed = 255;  // as Perl's die
volatile sig_atomic_t g_signal = 0;

extern "C" void on_signal(int number) {
    g_signal = number;
    scan::Filter::interrupt();
}

void catch_signals() {
    // Without SA_RESTART, so that a read of standard input comes back.
    struct sigaction action = {};
    action.sa_handler = on_signal;
    for (int number : {SIGHUP, SIGINT, SIGTERM})
        ::sigaction(number, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
    std::setlocale(LC_TIME, "C");
    auto parsed = scan::filter_options().parse({argv + 1, argv + argc});
    if (!parsed.has_value()) {
        std::cerr << parsed.error() << '\n' << scan::filter_usage_text();
        return kUsage;
    }
    if (parsed->has("help") || parsed->has("?")) {
        std::cout << scan::filter_version_text()
                  << "\nFor more information read the spamassassin man page.\n"
                  << scan::filter_usage_text();
        return 0;
    }
    if (parsed->has("version")) {
        std::cout << scan::filter_version_text();
        return 0;
    }
    auto settings = scan::make_filter_settings(*parsed);
    if (!settings.has_value()) {
        std::cerr << settings.error().text << '\n';
        return settings.error().exit_code;
    }
    util::log().set_areas(settings->debug_areas.value_or(""));
    util::log().add_sink(util::make_stderr_sink());
    catch_signals();
    try {
        std::ios::sync_with_stdio(false);
        int code = scan::Filter(std::move(*settings), std::cout).run();
        std::cout.flush();
        if (!std::cout) {
            std::cerr << "error writing to standard output\n";
            return kFailed;
        }
        return code;
    } catch (const std::exception& e) {
        if (g_signal != 0) {
            const char* name = g_signal == SIGHUP ? "HUP" : g_signal == SIGINT ? "INT" : "TERM";
            util::log_warn(std::string("spamassassin: killed by SIG") + name);
            return kKilled;
        }
        std::cout.flush();
        std::cerr << e.what() << '\n';
        return kFailed;
    }
}
