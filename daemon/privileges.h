// Users, groups, and giving root up. Everything here throws with the name in the text; a worker
// that cannot drop its privileges must not run.

#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

#include <sys/types.h>

#include <optional>
#include <string>

namespace spamd {

struct Account {
    std::string name, home;
    uid_t uid = 0;
    gid_t gid = 0;
};

std::optional<Account> find_account(const std::string& name);
std::optional<gid_t> find_group(const std::string& name);

// For good: groups, gid, uid; refuses root and verifies that there is no way back.
void drop_privileges(const Account& account, std::optional<gid_t> group);

// For one request (running as root without -u): effective ids only, and back.
void become_user_for_request(const Account& account);
void restore_root();

// Linux: no new privileges by exec; core dumps off. Never fails hard: what the system lacks is
// left out.
void confine_worker();

}  // namespace spamd

#endif  // DAEMON_PRIVILEGES_H
