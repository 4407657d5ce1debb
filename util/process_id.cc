#include "util/process_id.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>

namespace util {

static std::atomic<pid_t> g_pid{0};

pid_t process_id() {
    // Without the handler nobody would tell that the number is a parent's.
    static const bool told_of_forks =
        ::pthread_atfork(nullptr, nullptr, [] { g_pid.store(0, std::memory_order_relaxed); }) == 0;
    if (!told_of_forks)
        return ::getpid();
    pid_t pid = g_pid.load(std::memory_order_relaxed);
    if (pid == 0) {
        pid = ::getpid();
        g_pid.store(pid, std::memory_order_relaxed);
    }
    return pid;
}

}  // namespace util
