#include "daemon/system_call_filter.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <functional>
#include <thread>

#include "daemon/privileges.h"

#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#endif

// What `claim` says in a child.
static bool holds_in_child(const std::function<bool()>& claim) {
    pid_t pid = ::fork();
    if (pid == 0)
        ::_exit(claim() ? 0 : 1);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// In one that is a worker.
static bool holds_when_filtered(const std::function<bool()>& claim) {
    return holds_in_child([&] {
        spamd::confine_worker();
        return spamd::filter_system_calls().empty() && claim();
    });
}

static bool shell_says(const char* command, int code) {
    pid_t pid = ::fork();
    if (pid == 0) {
        ::execl("/bin/sh", "sh", "-c", command, nullptr);
        ::_exit(1);
    }
    int status = 0;
    return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == code;
}

TEST_CASE("the filter leaves programs, pipes and threads alone") {
    CHECK(holds_when_filtered([] {
        return shell_says("test \"$(echo spam | tr a-z A-Z | (cat; exit 3))\" = SPAM && exit 7", 7);
    }));
    CHECK(holds_when_filtered([] {
        int sum = 0;
        std::thread([&] { sum = 7; }).join();
        return sum == 7;
    }));
}

#ifdef __linux__
TEST_CASE("the filter refuses with EPERM and kills nobody") {
    if (!spamd::has_system_call_filter()) {
        MESSAGE("no filter here");
        return;
    }
    auto refused = [](long result) { return result == -1 && errno == EPERM; };
    // A child may ask to be traced and look at its own clock if nothing stops it, so that it is the
    // filter that says no.
    auto trace_me = [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); };
    if (holds_in_child([&] { return trace_me() == 0; }))
        CHECK(holds_when_filtered([&] { return refused(trace_me()); }));
    CHECK(holds_when_filtered([&] { return refused(::unshare(CLONE_NEWUSER)); }));
    CHECK(holds_when_filtered(
        [&] { return refused(::mount("none", "/nowhere-at-all", "tmpfs", 0, nullptr)); }));
    CHECK(holds_when_filtered([&] { return refused(::syscall(SYS_io_uring_setup, 1, nullptr)); }));
    // Name spaces by clone, whose other uses remain.
    CHECK(holds_when_filtered([&] {
        return refused(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, 0));
    }));
    CHECK(holds_when_filtered(
        [] { return ::syscall(SYS_clone3, nullptr, 0) == -1 && errno == ENOSYS; }));
    // After all that it still does its work.
    CHECK(holds_when_filtered([&] {
        trace_me();
        int pair[2];
        char byte = 'x';
        return ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
               ::write(pair[0], &byte, 1) == 1 && ::read(pair[1], &byte, 1) == 1;
    }));
}

#ifdef __x86_64__
TEST_CASE("the filter knows the other set of numbers of x86-64") {
    if (spamd::has_system_call_filter())
        CHECK(holds_when_filtered([] {
            // getpid, which is refused by no name
            return ::syscall(0x40000000 + SYS_getpid) == -1 && errno == EPERM;
        }));
}
#endif

TEST_CASE("a kernel without filters is an answer, not a failure") {
    if (!spamd::has_system_call_filter())
        return;
    CHECK(holds_in_child([] {
        // Such a kernel is made by a filter that refuses filters.
        sock_filter program[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        sock_fprog whole = {sizeof program / sizeof *program, program};
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) != 0)
            return false;
        return !spamd::has_system_call_filter() && !spamd::filter_system_calls().empty();
    }));
}
#endif
