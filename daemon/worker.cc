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

#include "daemon/privileges.h"
#include "daemon/session.h"
#include "daemon/system_call_filter.h"
#include "scan/scanner.h"
#include "util/error.h"
#include "util/log.h"

namespace spamd {

namespace {

// Written by the signal handler, read by the accept loop: a worker told to go while it waits wakes
// at once, one in the middle of a message finishes it.
int g_wake_fd = -1;
int g_wake_read = -1;

extern "C" void on_terminate(int) {
    int saved = errno;
    char byte = 't';
    if (::write(g_wake_fd, &byte, 1) < 0) {
        // the pipe is full: it will wake anyway
    }
    errno = saved;
}

int64_t steady_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

class Worker {
public:
    explicit Worker(const WorkerContext& context)
        : context_(context),
          scanner_(context.engine),
          preferences_(context.settings, context.engine) {}

    void run() {
        set_state(WorkerState::Idle);
        for (int served = 0; served < context_.settings.max_conn_per_child;) {
            const Listener* ready = wait_for_client();
            if (ready == nullptr)
                return;
            util::UniqueFd client(::accept(ready->fd(), nullptr, nullptr));
            if (!client) {
                // Another worker was faster, or the client has gone again.
                if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                    util::log_warn(fmt::format("spamd: accept failed: {}", std::strerror(errno)));
                    ::poll(nullptr, 0, 100);
                }
                continue;
            }
            ::fcntl(client.get(), F_SETFD, FD_CLOEXEC);
            ::fcntl(client.get(), F_SETFL, ::fcntl(client.get(), F_GETFL) | O_NONBLOCK);
            context_.slot.busy_since = steady_seconds();
            set_state(WorkerState::Busy);
            serve(client.get(), *ready);
            client.reset();
            ++served;
            ++context_.slot.requests;
            context_.slot.busy_since = 0;
            set_state(WorkerState::Idle);
        }
    }

    void leave() {
        preferences_.each_plugin([](rules::Plugin& plugin) { plugin.worker_end(); });
    }

private:
    void set_state(WorkerState state) {
        context_.slot.state = static_cast<char>(state);
        char byte = static_cast<char>(state);
        if (::write(context_.notify_fd, &byte, 1) < 0) {
            // a full pipe means the master has not looked yet; it will
        }
    }

    // The listener with a client waiting; null when it is time to go.
    const Listener* wait_for_client() {
        std::vector<struct pollfd> fds;
        for (const auto& listener : context_.listeners)
            fds.push_back({listener.fd(), POLLIN, 0});
        fds.push_back({g_wake_read, POLLIN, 0});
        fds.push_back({context_.master_fd, POLLIN, 0});
        while (true) {
            if (context_.slot.retire)
                return nullptr;
            int n = ::poll(fds.data(), fds.size(), -1);
            if (n < 0 && errno != EINTR)
                util::throw_errno("poll");
            if (n <= 0)
                continue;
            if (fds[fds.size() - 2].revents != 0 || fds.back().revents != 0)
                return nullptr;
            // Start elsewhere each time, so that no socket starves another.
            size_t count = context_.listeners.size();
            for (size_t i = 0; i < count; ++i) {
                size_t k = (i + turn_) % count;
                if (fds[k].revents != 0) {
                    turn_ = k + 1;
                    return &context_.listeners[k];
                }
            }
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
        // The client has its answer before anything is put away.
        ::shutdown(fd, SHUT_WR);
        preferences_.each_plugin([](rules::Plugin& plugin) { plugin.request_done(); });
        restore_root();
    }

    const WorkerContext& context_;
    scan::Scanner scanner_;
    UserPreferences preferences_;
    size_t turn_ = 0;
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
