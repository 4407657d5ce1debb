// Home directories of vpopmail's users (--vpopmail), asked from vpopmail's own programs.

#ifndef DAEMON_VPOPMAIL_H
#define DAEMON_VPOPMAIL_H

#include <chrono>
#include <optional>
#include <string>

namespace spamd {

struct VpopmailLimits {
    std::chrono::milliseconds time{5000};  // for one user, all programs together
    size_t max_output = 65536;             // bytes of one program
    size_t max_lookups = 20;  // users and aliases asked for, as aliases may go in circles
};

// The home directory of a user, or of the first mailbox that the alias of that name leads to;
// nullopt if there is none, a program fails, or a limit is reached (the program is killed).
// `vpopmail_dir` is the home of vpopmail itself, with bin/vuserinfo and bin/valias. Names with
// other characters than [-:,.=+A-Za-z0-9_@~], and those with a "-" in front, are not asked for. No
// shell is involved.
std::optional<std::string> find_vpopmail_home(const std::string& vpopmail_dir,
                                              const std::string& user,
                                              const VpopmailLimits& limits = {});

}  // namespace spamd

#endif  // DAEMON_VPOPMAIL_H
