#include "daemon/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "util/error.h"

namespace spamd {

std::optional<Account> find_account(const std::string& name) {
    struct passwd* found = ::getpwnam(name.c_str());
    if (found == nullptr)
        return std::nullopt;
    return Account{found->pw_name, found->pw_dir, found->pw_uid, found->pw_gid};
}

std::optional<gid_t> find_group(const std::string& name) {
    struct group* found = ::getgrnam(name.c_str());
    if (found == nullptr)
        return std::nullopt;
    return found->gr_gid;
}

void drop_privileges(const Account& account, std::optional<gid_t> group) {
    if (account.uid == 0)
        throw util::Error("spamd: cannot run as nonexistent user or root with -u option");
    gid_t gid = group.value_or(account.gid);
    if (::geteuid() == 0) {
        if (::initgroups(account.name.c_str(), gid) != 0)
            util::throw_errno("initgroups for " + account.name);
        if (::setgid(gid) != 0)
            util::throw_errno("setgid for " + account.name);
        if (::setuid(account.uid) != 0)
            util::throw_errno("setuid to " + account.name);
        if (::setuid(0) == 0)
            throw util::Error("spamd: root could be regained after setuid to " + account.name);
    }
    if (::geteuid() != account.uid || ::getuid() != account.uid)
        throw util::Error("spamd: setuid to " + account.name + " failed, not started as root?");
}

void become_user_for_request(const Account& account) {
    if (account.uid == 0)
        throw util::Error("spamd: will not scan as root");
    if (::initgroups(account.name.c_str(), account.gid) != 0)
        util::throw_errno("initgroups for " + account.name);
    if (::setegid(account.gid) != 0)
        util::throw_errno("setegid for " + account.name);
    if (::seteuid(account.uid) != 0)
        util::throw_errno("seteuid to " + account.name);
}

void restore_root() {
    if (::geteuid() == ::getuid())
        return;
    gid_t own = ::getgid();
    if (::seteuid(::getuid()) != 0)
        util::throw_errno("return from setuid");
    if (::setegid(own) != 0 || ::setgroups(1, &own) != 0)
        util::throw_errno("return from setgid");
}

void confine_worker() {
    struct rlimit none = {0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace spamd
