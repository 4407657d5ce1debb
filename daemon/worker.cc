#include "daemon/worker.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "daemon/acceptor.h"
#include "daemon/privileges.h"
#include "daemon/session.h"
#include "daemon/system_call_filter.h"
#include "scan/scanner.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"

namespace spamd {

namespace {

// Written by the signal handler, read by the accept loop: a worker told to go while it waits wakes
// at once, one in the middle of a message finishes it.
int g_wake_fd = -1;
int g_wake_read = -1;
volatile sig_atomic_t g_told_to_go = 0;

extern "C" void on_terminate(int) {
    int saved = errno;
    g_told_to_go = 1;
    char byte = 't';
    if (::write(g_wake_fd, &byte, 1) < 0) {
        // the pipe is full: it will wake anyway
    }
    errno = saved;
}

PoolLimits pool_limits(const Settings& s) {
    return {static_cast<size_t>(s.min_children), static_cast<size_t>(s.max_children),
            static_cast<size_t>(s.min_spare), static_cast<size_t>(s.max_spare)};
}

class Worker {
public:
    explicit Worker(const WorkerContext& context)
        : context_(context),
          scanner_(context.engine),
          preferences_(context.settings, context.engine),
          acceptor_(context.listeners, {g_wake_read, context.master_fd}),
          limits_(pool_limits(context.settings)) {}

    void run() {
        set_state(WorkerState::Idle);
        for (int served = 0; served < context_.settings.max_conn_per_child; ++served) {
            if (g_told_to_go != 0 || context_.slot.retire)
                return;
            auto client = acceptor_.next();
            if (!client)
                return;
            context_.slot.busy_since = util::steady_seconds();
            set_state(WorkerState::Busy);
            serve(client->socket.get(), *client->listener);
            client->socket.reset();
            ++context_.slot.requests;
            context_.slot.busy_since = 0;
            set_state(WorkerState::Idle);
        }
    }

    void leave() {
        preferences_.each_plugin([](rules::Plugin& plugin) { plugin.worker_end(); });
    }

private:
    // The master adapts the number of workers; it sleeps while that is right.
    void set_state(WorkerState state) {
        if (context_.slot.retire)
            return;  // the master's word stands
        context_.slot.state = static_cast<char>(state);
        if (context_.settings.round_robin ||
            !context_.scoreboard.wants_master(limits_, context_.slot.generation,
                                              util::steady_seconds()))
            return;
        char byte = static_cast<char>(state);
        if (::write(context_.notify_fd, &byte, 1) < 0) {
            // a full pipe means the master has not looked yet; it will
        }
    }

    // The request boundary: whatever goes wrong with one request ends here.
    void serve(int fd, const Listener& listener) {
        try {
            Session session(context_.settings, scanner_, preferences_, context_.tls, fd, listener);
            session.run();
        } catch (const std::exception& e) {
            util::log_warn(fmt::format("spamd: error: {}, continuing", e.what()));
        }
        preferences_.each_plugin([](rules::Plugin& plugin) { plugin.request_done(); });
        if (preferences_.changes_user())
            restore_root();
    }

    const WorkerContext& context_;
    scan::Scanner scanner_;
    UserPreferences preferences_;
    Acceptor acceptor_;
    PoolLimits limits_;
};

void reset_signals() {
    for (int number : {SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2})
        ::signal(number, number == SIGCHLD ? SIG_DFL : SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    int fds[2];
    if (::pipe(fds) != 0)
        util::throw_errno("pipe");
    for (int fd : fds) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    g_wake_fd = fds[1];
    struct sigaction action = {};
    action.sa_handler = on_terminate;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    g_wake_read = fds[0];
}

}  // namespace

void run_worker(const WorkerContext& context) {
    int code = 0;
    try {
        reset_signals();
        const Settings& s = context.settings;
        if (!s.username.empty()) {
            auto account = find_account(s.username);
            if (!account)
                throw util::Error("spamd: cannot run as nonexistent user or root with -u option");
            drop_privileges(*account, s.groupname.empty() ? std::nullopt : find_group(s.groupname));
        }
        if (s.confine)
            confine_worker();
        if (s.confine && s.seccomp && has_system_call_filter())
            if (std::string wrong = filter_system_calls(); !wrong.empty())
                util::log_warn("spamd: no system call filter: " + wrong);
        for (const auto& plugin : context.engine.plugins().loaded())
            plugin->worker_start(context.engine.settings());
        Worker worker(context);
        worker.run();
        worker.leave();
    } catch (const std::exception& e) {
        util::log_error(e.what());
        ::sleep(1);  // a worker that cannot start must not make the master fork in a tight loop
        code = 1;
    }
    ::_exit(code);
}

}  // namespace spamd
