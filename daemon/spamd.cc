// spamd: the daemon. Start-up in order: options, log, sockets, configuration, background, workers.

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <exception>

#include "daemon/log_sinks.h"
#include "daemon/master.h"
#include "daemon/privileges.h"
#include "daemon/settings.h"
#include "daemon/sql_preferences.h"
#include "scan/configuration_log.h"
#include "util/error.h"
#include "util/log.h"
#include "util/unique_fd.h"

namespace {

// How long the starter of a daemon waits for it to be ready, milliseconds.
constexpr int kReadyTime = 180'000;

scan::LoadOptions load_options(const spamd::Settings& s) {
    scan::LoadOptions options;
    options.config_path = s.config_path;
    options.site_config_path = s.site_config_path;
    options.pre_lines = s.pre_lines;
    options.pre_lines.insert(options.pre_lines.begin(), "rule_templates_per_message 0");
    options.cf_lines = s.cf_lines;
    options.local_tests_only = s.local_tests_only;
    options.threads = scan::loading_threads();  // workers are forked when these are gone
    return options;
}

// Forks into the background. In the child returns the descriptor on which to say "ready"; the
// parent waits for that word and exits.
util::UniqueFd daemonize(const spamd::Settings& settings) {
    int fds[2];
    if (::pipe(fds) != 0)
        util::throw_errno("pipe");
    util::UniqueFd ready_read(fds[0]), ready_write(fds[1]);
    ::fcntl(ready_write.get(), F_SETFD, FD_CLOEXEC);
    pid_t pid = ::fork();
    if (pid < 0)
        util::throw_errno("spamd: cannot fork");
    if (pid > 0) {
        ready_write.reset();
        struct pollfd p = {ready_read.get(), POLLIN, 0};
        char byte = 0;
        if (::poll(&p, 1, kReadyTime) == 1 && ::read(ready_read.get(), &byte, 1) == 1)
            ::_exit(0);
        int status = 0;
        ::waitpid(pid, &status, WNOHANG);
        std::fprintf(stderr,
                     "spamd: child process [%d] exited or timed out without signaling production "
                     "of a PID file\n",
                     static_cast<int>(pid));
        ::_exit(255);
    }
    ::setsid();
    if (::chdir("/") != 0)
        util::throw_errno("spamd: cannot chdir to /");
    util::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(null.get(), fd);
    spamd::close_stderr_log(settings);
    return ready_write;
}

// The configuration is read and the daemon does not start. 1 when something is wrong with it.
int lint(const spamd::Settings& settings) {
    // Whoever asks is at the terminal: nothing for syslog.
    util::log().add_sink(util::make_stderr_sink());
    util::log().set_areas(settings.debug_areas);
    scan::LoadOptions options = load_options(settings);
    options.lint = true;
    config::Diagnostics diagnostics;
    auto engine = scan::Engine::load(options, diagnostics);
    if (settings.lint_json)
        std::fputs(scan::diagnostics_json(diagnostics).c_str(), stdout);
    else
        scan::log_diagnostics(diagnostics);
    if (!scan::has_any_rule(engine->rules()))
        throw util::Error("config: no rules were found!  Do you need to run 'sa-update'?");
    if (std::fflush(stdout) != 0)
        util::throw_errno("spamd: cannot write");
    return diagnostics.error_count() > 0 ? 1 : 0;
}

int serve(const spamd::Settings& settings) {
    spamd::open_log(settings);
    ::umask(022);
    auto listeners = spamd::open_listeners(settings);
    auto unlink_sockets = [&] {
        for (const auto& listener : listeners)
            listener.unlink();
    };
    std::unique_ptr<const scan::Engine> engine;
    rules::RuleCacheUpdate rule_cache;
    std::unique_ptr<spamd::TlsContext> tls;
    size_t errors = 0;
    scan::LoadOptions options = load_options(settings);
    try {
        config::Diagnostics diagnostics;
        engine = scan::Engine::load(options, diagnostics, &rule_cache);
        scan::log_diagnostics(diagnostics);
        errors = diagnostics.error_count();
        if (settings.sql_config || settings.setuid_with_sql)
            if (auto source = spamd::open_preference_source(engine->settings()); !source)
                throw util::Error("spamd: " + source.error());
        bool any_ssl = false;
        for (const auto& listener : listeners)
            any_ssl |= listener.is_ssl();
        if (any_ssl) {
            spamd::Settings with_paths = settings;
            std::string certs =
                (engine->site_dir().empty() ? "/etc/mail/spamassassin" : engine->site_dir()) +
                "/certs/";
            if (with_paths.server_key.empty())
                with_paths.server_key = certs + "server-key.pem";
            if (with_paths.server_cert.empty())
                with_paths.server_cert = certs + "server-cert.pem";
            tls = std::make_unique<spamd::TlsContext>(with_paths);
        }
    } catch (...) {
        unlink_sockets();
        throw;
    }
    util::UniqueFd ready;
    if (settings.daemonize)
        ready = daemonize(settings);
    // The C library loads what it asks for accounts on first use: once here instead of in each
    // worker.
    if (!settings.username.empty())
        spamd::find_account(settings.username);
    spamd::Master master(settings, std::move(options), std::move(engine), std::move(rule_cache),
                         std::move(listeners), std::move(tls), errors);
    return master.run(std::move(ready));
}

}  // namespace

int main(int argc, char** argv) {
    std::setlocale(LC_TIME, "C");
    auto parsed = spamd::option_table().parse({argv + 1, argv + argc});
    if (!parsed) {
        std::fprintf(stderr, "spamd: %s\n%s", parsed.error().c_str(), spamd::usage_text().c_str());
        return 64;
    }
    if (parsed->has("help")) {
        std::printf("%s\n%s\nFor more details, use \"man spamd\".\n", spamd::version_text().c_str(),
                    spamd::usage_text().c_str());
        return 0;
    }
    if (parsed->has("version")) {
        std::fputs(spamd::version_text().c_str(), stdout);
        return 0;
    }
    auto settings = spamd::make_settings(*parsed);
    if (!settings) {
        std::fprintf(stderr, "%s\n", settings.error().text.c_str());
        return settings.error().exit_code;
    }
    try {
        return settings->lint ? lint(*settings) : serve(*settings);
    } catch (const std::exception& e) {
        // The log may be a file or syslog by now; whoever started us looks at standard error.
        util::log_error(e.what());
        return 255;
    }
}
