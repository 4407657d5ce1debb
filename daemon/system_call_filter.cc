#include "daemon/system_call_filter.h"

#if defined(__linux__) && defined(__x86_64__)
#define MIHARU_SECCOMP AUDIT_ARCH_X86_64
#elif defined(__linux__) && defined(__aarch64__)
#define MIHARU_SECCOMP AUDIT_ARCH_AARCH64
#endif

#ifdef MIHARU_SECCOMP
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <vector>
#endif

namespace spamd {

#ifdef MIHARU_SECCOMP

namespace {

// The list refuses rather than permits, because plugins may run programs of the administrator's
// that we know nothing of. Numbers of calls younger than the headers of Debian 12 are left out.
constexpr unsigned kRefusedCalls[] = {
    // other processes
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_process_madvise,
    // the kernel itself
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_reboot,
    SYS_acct,
    SYS_quotactl,
    SYS_swapon,
    SYS_swapoff,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_syslog,
    // clocks
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    // file systems and name spaces
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_open_by_handle_at,
    SYS_unshare,
    SYS_setns,
    // keys
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
#ifdef __x86_64__
    SYS_iopl,
    SYS_ioperm,
    SYS_kexec_file_load,
    SYS_modify_ldt,
#endif
};

constexpr unsigned kNameSpaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
// x86-64 alone has a second set of numbers (x32), which would pass by the list.
constexpr unsigned kFirstForeignNumber = 0x40000000;

sock_filter statement(unsigned code, unsigned k) {
    return {static_cast<uint16_t>(code), 0, 0, k};
}

// Instructions to skip if the comparison holds, and if not.
sock_filter jump(unsigned comparison, unsigned k, size_t if_true, size_t if_not) {
    return {static_cast<uint16_t>(BPF_JMP | comparison | BPF_K), static_cast<uint8_t>(if_true),
            static_cast<uint8_t>(if_not), k};
}

sock_filter load(size_t offset) {
    return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
}

std::vector<sock_filter> program() {
    const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const sock_filter refuse = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    const sock_filter unknown = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    static_assert(std::size(kRefusedCalls) < 200);  // jumps reach 255 instructions
    std::vector<sock_filter> p = {
        load(offsetof(seccomp_data, arch)),
        jump(BPF_JEQ, MIHARU_SECCOMP, 1, 0),
        refuse,
        load(offsetof(seccomp_data, nr)),
        jump(BPF_JGE, kFirstForeignNumber, 0, 1),
        refuse,
        jump(BPF_JEQ, SYS_clone3, 0, 1),
        unknown,
        jump(BPF_JEQ, SYS_clone, 0, 4),
        // The flags, lower half: argument 0 on both machines, which are little-endian.
        load(offsetof(seccomp_data, args)),
        jump(BPF_JSET, kNameSpaces, 0, 1),
        refuse,
        allow,
    };
    for (size_t left = std::size(kRefusedCalls); unsigned call : kRefusedCalls)
        p.push_back(jump(BPF_JEQ, call, left--, 0));  // to the last, behind the permission
    p.push_back(allow);
    p.push_back(refuse);
    return p;
}

}  // namespace

std::string filter_system_calls() {
    std::vector<sock_filter> p = program();
    sock_fprog whole = {static_cast<uint16_t>(p.size()), p.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) != 0)
        return std::strerror(errno);
    return {};
}

bool has_system_call_filter() {
    // The kernel takes no program from nowhere; EINVAL says that it takes none at all.
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr, 0, 0) != 0 && errno == EFAULT;
}

#else

std::string filter_system_calls() {
    return {};
}

bool has_system_call_filter() {
    return false;
}

#endif

}  // namespace spamd
