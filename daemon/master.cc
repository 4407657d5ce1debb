#include "daemon/master.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "daemon/sql_preferences.h"
#include "daemon/system_call_filter.h"
#include "daemon/worker.h"
#include "scan/configuration_log.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/version.h"

namespace spamd {

// How long workers may finish what they are at when the daemon stops, seconds.
static constexpr int kStopGrace = 10;
// A worker this much over --timeout-child is stuck in something that looks at no clock.
static constexpr int kHungGrace = 20;

namespace {

int g_signal_fd = -1;

extern "C" void on_signal(int number) {
    int saved = errno;
    char byte = static_cast<char>(number);
    if (::write(g_signal_fd, &byte, 1) < 0) {
        // full: enough signals are waiting
    }
    errno = saved;
}

void make_pipe(util::UniqueFd& read_end, util::UniqueFd& write_end) {
    int fds[2];
    if (::pipe(fds) != 0)
        util::throw_errno("pipe");
    for (int fd : fds) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    read_end.reset(fds[0]);
    write_end.reset(fds[1]);
}

std::string exit_text(int status) {
    if (WIFEXITED(status))
        return fmt::format("exit {}", WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        return fmt::format("DIED, signal {} ({:04x})", WTERMSIG(status), status);
    return fmt::format("status {:04x}", status);
}

void drain(int fd) {
    char buffer[512];
    while (::read(fd, buffer, sizeof buffer) > 0) {
    }
}

}  // namespace

Master::Master(const Settings& settings, scan::LoadOptions load_options,
               std::unique_ptr<const scan::Engine> engine, rules::RuleCacheUpdate rule_cache,
               std::vector<Listener> listeners, std::unique_ptr<TlsContext> tls,
               size_t config_errors)
    : settings_(settings),
      load_options_(std::move(load_options)),
      engine_(std::move(engine)),
      rule_cache_(std::move(rule_cache)),
      listeners_(std::move(listeners)),
      tls_(std::move(tls)),
      config_errors_(config_errors),
      // During a reload old and new workers stand side by side.
      scoreboard_(static_cast<size_t>(settings.max_children) * 2 + 2) {
    make_pipe(notify_read_, notify_write_);
    make_pipe(life_read_, life_write_);
}

Master::~Master() = default;

void Master::install_signals() {
    util::UniqueFd write_end;
    make_pipe(signal_read_, write_end);
    g_signal_fd = write_end.release();
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (int number : {SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGUSR2})
        ::sigaction(number, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ,
             SIG_IGN);  // a log or store at the limit of file sizes is an error like others
    ::signal(SIGUSR1, SIG_IGN);
}

void Master::write_pidfile() const {
    if (settings_.pidfile.empty())
        return;
    try {
        util::replace_file(settings_.pidfile, std::to_string(::getpid()) + "\n");
    } catch (const std::system_error& e) {
        util::log_warn(fmt::format("spamd: cannot write to PID file: {}", e.what()));
    }
}

// Workers of the present configuration that are not on their way out.
size_t Master::alive() const {
    return scoreboard_.census(generation_).all;
}

// For the next start; workers are at work meanwhile.
void Master::store_rule_cache() {
    if (auto why = rule_cache_.store())
        util::log_debug("config", "config: rule cache not stored: " + *why);
    rule_cache_ = {};
}

void Master::spawn() {
    WorkerSlot* slot = scoreboard_.free_slot();
    if (slot == nullptr)
        return;
    // The child must not run the master's handlers: signals wait until it has its own.
    sigset_t all, before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before);
    slot->state = static_cast<char>(WorkerState::Starting);
    slot->generation = generation_;
    slot->requests = 0;
    slot->busy_since = 0;
    slot->retire = false;
    pid_t pid = ::fork();
    if (pid == 0) {
        slot->pid = ::getpid();
        life_write_.reset();
        notify_read_.reset();
        signal_read_.reset();
        run_worker({settings_, listeners_, *engine_, tls_.get(), scoreboard_, *slot,
                    notify_write_.get(), life_read_.get()});
    }
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) {
        slot->pid = 0;
        slot->state = static_cast<char>(WorkerState::Free);
        util::log_warn(fmt::format("spamd: fork: {}", std::strerror(errno)));
        return;
    }
    slot->pid = pid;
    util::log_info(fmt::format("spamd: server successfully spawned child process, pid {}", pid));
}

void Master::bury_children() {
    int status = 0;
    while (true) {
        pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid <= 0)
            return;
        WorkerSlot* slot = scoreboard_.find(pid);
        if (slot == nullptr)
            continue;
        slot->state = static_cast<char>(WorkerState::Free);
        slot->pid = 0;
        util::log_info(fmt::format("spamd: handled cleanup of child pid [{}] due to SIGCHLD: {}",
                                   pid, exit_text(status)));
    }
}

void Master::retire(WorkerSlot& slot) {
    slot.retire = true;
    slot.state = static_cast<char>(WorkerState::Killed);
    ::kill(slot.pid, SIGTERM);
}

// Keeps the number of idle workers between the spare limits, one step a look, as spamd's scaling
// parent does; then makes up for workers that have gone.
void Master::adapt() {
    if (stopping_)
        return;
    auto [idle, all] = scoreboard_.census(generation_);
    size_t max_children = static_cast<size_t>(settings_.max_children);
    if (!settings_.round_robin) {
        size_t min_spare = static_cast<size_t>(settings_.min_spare),
               max_spare = static_cast<size_t>(settings_.max_spare);
        if (idle < min_spare && all >= target_) {
            if (target_ < max_children) {
                ++target_;
                spawn();
                util::log_info(
                    fmt::format("prefork: adjust: {} idle children less than {} minimum idle "
                                "children.  Increasing spamd children: "
                                "{} started.",
                                idle, min_spare, alive()));
            } else if (int64_t now = util::steady_seconds(); scoreboard_.said_full() != now) {
                util::log_info(
                    "prefork: server reached --max-children setting, consider raising it");
                scoreboard_.said_full() = now;
            }
        } else if (idle > max_spare && all > static_cast<size_t>(settings_.min_children) &&
                   target_ > 0) {
            WorkerSlot* last = nullptr;
            for (size_t i = 0; i < scoreboard_.size(); ++i) {
                auto& slot = scoreboard_.slot(i);
                if (slot.pid != 0 && slot.generation == generation_ && slot.state == 'I' &&
                    (last == nullptr || slot.pid > last->pid))
                    last = &slot;
            }
            if (last != nullptr) {
                util::log_info(
                    fmt::format("prefork: adjust: {} idle children more than {} maximum idle "
                                "children. Decreasing spamd children: {} "
                                "killed.",
                                idle, max_spare, last->pid.load()));
                target_ =
                    std::max<size_t>(target_ - 1, static_cast<size_t>(settings_.min_children));
                retire(*last);
            }
        }
    }
    for (size_t missing = target_ > alive() ? target_ - alive() : 0; missing > 0; --missing)
        spawn();
    if (alive() != last_alive_ && !settings_.round_robin)
        util::log_info("prefork: child states: " + scoreboard_.states());
    last_alive_ = alive();
}

void Master::kill_hung() {
    if (settings_.timeout_child == 0)
        return;
    int64_t now = util::steady_seconds();
    for (size_t i = 0; i < scoreboard_.size(); ++i) {
        auto& slot = scoreboard_.slot(i);
        int64_t since = slot.busy_since;
        if (slot.pid != 0 && since != 0 && now - since > settings_.timeout_child + kHungGrace) {
            util::log_warn(fmt::format("spamd: child [{}] is stuck for {} seconds, killing it",
                                       slot.pid.load(), now - since));
            ::kill(slot.pid, SIGKILL);
            slot.busy_since = 0;
        }
    }
}

void Master::reload() {
    util::log_info("spamd: server hit by SIGHUP, restarting");
    util::log().reopen();
    config::Diagnostics diagnostics;
    std::unique_ptr<const scan::Engine> fresh;
    rules::RuleCacheUpdate update;
    try {
        fresh = scan::Engine::load(load_options_, diagnostics, &update);
    } catch (const std::exception& e) {
        util::log_warn(
            fmt::format("spamd: reload failed, the old configuration goes on: {}", e.what()));
        write_pidfile();
        return;
    }
    for (const auto& d : diagnostics.all())
        if (d.severity == config::Severity::Error)
            util::log_warn(scan::diagnostic_text(d));
    if (diagnostics.error_count() > config_errors_ || fresh->rules().size() == 0) {
        util::log_warn(fmt::format(
            "spamd: reload failed, {} errors in the new configuration; the old one goes on",
            diagnostics.error_count()));
        write_pidfile();
        return;
    }
    if (settings_.sql_config || settings_.setuid_with_sql) {
        if (auto source = open_preference_source(fresh->settings()); !source) {
            util::log_warn("spamd: reload failed, the old configuration goes on: " +
                           source.error());
            write_pidfile();
            return;
        }
    }
    config_errors_ = diagnostics.error_count();
    engine_ = std::move(fresh);
    rule_cache_ = std::move(update);
    ++generation_;
    // New workers first, so that there is always someone to answer; the old ones leave when they
    // are done with the message at hand.
    target_ =
        std::max<size_t>(1, std::min<size_t>(target_, static_cast<size_t>(settings_.max_children)));
    for (size_t i = 0; i < target_; ++i)
        spawn();
    for (size_t i = 0; i < scoreboard_.size(); ++i) {
        auto& slot = scoreboard_.slot(i);
        if (slot.pid != 0 && slot.generation != generation_)
            retire(slot);
    }
    store_rule_cache();
    write_pidfile();
    util::log_info(fmt::format("spamd: configuration reloaded, {} rules (running version {})",
                               engine_->rules().size(), kCompatibleVersion));
    util::log_info(fmt::format("spamd: server pid: {}", ::getpid()));
}

void Master::stop(int signal) {
    util::log_info(fmt::format("spamd: server killed by {}, shutting down",
                               signal == SIGINT ? "SIGINT" : "SIGTERM"));
    stopping_ = true;
    for (const auto& listener : listeners_)
        listener.unlink();
    listeners_.clear();
    if (!settings_.pidfile.empty() && ::unlink(settings_.pidfile.c_str()) != 0)
        util::log_warn(
            fmt::format("spamd: cannot unlink {}: {}", settings_.pidfile, std::strerror(errno)));
    for (size_t i = 0; i < scoreboard_.size(); ++i)
        if (scoreboard_.slot(i).pid != 0)
            retire(scoreboard_.slot(i));
    util::Deadline grace = util::Deadline::after(std::chrono::seconds(kStopGrace));
    while (true) {
        bury_children();
        bool any = false;
        for (size_t i = 0; i < scoreboard_.size(); ++i)
            any |= scoreboard_.slot(i).pid != 0;
        if (!any)
            return;
        if (grace.expired())
            break;
        ::poll(nullptr, 0, 10);
    }
    for (size_t i = 0; i < scoreboard_.size(); ++i)
        if (pid_t pid = scoreboard_.slot(i).pid; pid != 0)
            ::kill(pid, SIGKILL);
}

int Master::run(util::UniqueFd ready) {
    install_signals();
    std::string where;
    for (const auto& listener : listeners_)
        where += (where.empty() ? "" : ", ") + listener.describe();
    util::log_info(
        fmt::format("spamd: server started on {} (running version {})", where, kCompatibleVersion));
    write_pidfile();
    util::log_info(fmt::format("spamd: server pid: {}", ::getpid()));
    // Said once, not by every worker.
    if (settings_.confine && settings_.seccomp && !has_system_call_filter())
        util::log_info("spamd: no system call filter here, workers go without");

    size_t max_children = static_cast<size_t>(settings_.max_children);
    target_ = settings_.round_robin
                  ? max_children
                  : std::max<size_t>(
                        std::min<size_t>(max_children, static_cast<size_t>(settings_.max_spare)),
                        static_cast<size_t>(settings_.min_children));
    if (ready && ::write(ready.get(), "r", 1) != 1)
        util::log_warn("spamd: whoever started this daemon has not waited for it");
    ready.reset();
    for (size_t i = 0; i < target_; ++i)
        spawn();
    store_rule_cache();

    while (true) {
        struct pollfd fds[2] = {{signal_read_.get(), POLLIN, 0}, {notify_read_.get(), POLLIN, 0}};
        int n = ::poll(fds, 2, 2000);
        if (n < 0 && errno != EINTR)
            util::throw_errno("poll");
        drain(notify_read_.get());
        char number;
        while (::read(signal_read_.get(), &number, 1) == 1) {
            switch (number) {
                case SIGTERM:
                case SIGINT:
                    stop(number);
                    return 0;
                case SIGHUP:
                    reload();
                    break;
                case SIGUSR2:
                    util::log_info("spamd: scoreboard: " + scoreboard_.states());
                    break;
                default:
                    break;
            }
        }
        bury_children();
        kill_hung();
        adapt();
    }
}

}  // namespace spamd
