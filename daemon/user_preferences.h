// Whose preferences a request gets: from the user's home directory, a virtual user's directory, or
// nothing; and then from SQL; as the options -x, -c, --virtual-config-dir, -q, -Q, -u, -P ask.

#ifndef DAEMON_USER_PREFERENCES_H
#define DAEMON_USER_PREFERENCES_H

#include <sys/types.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "daemon/privileges.h"
#include "daemon/settings.h"
#include "daemon/user_engines.h"
#include "scan/engine.h"
#include "util/expected.h"

namespace spamd {

// A user's file may be anything. One that is larger does not count, and the log says so.
inline constexpr size_t kMaxPreferenceBytes = 4 << 20;

struct UserContext {
    std::string name;                          // as the client gave it; "" = none
    std::optional<config::Settings> settings;  // overlay; nullopt = the scanner's
    scan::Scanner* scanner = nullptr;          // for rules of this user's own; null = the worker's
    std::string state_dir;          // where Bayes and lists of this user live, "" = default
    std::optional<Account> become;  // effective user for this request (root without -u)
};

// Why a request is not served.
struct PreferenceRefusal {
    std::string text;          // for the log
    bool unavailable = false;  // the client is told (SQL did not answer), else just disconnected
};

class UserPreferences {
public:
    UserPreferences(const Settings& settings, const scan::Engine& engine)
        : settings_(settings),
          engine_(engine),
          user_engines_(engine),
          changes_user_(runs_as_users(settings)),
          own_uid_(::geteuid()) {}

    // For the name in a User: header (nullopt: no header). Unknown users get the site's settings,
    // or a refusal under -P. The context is good until the next call.
    util::Expected<UserContext, PreferenceRefusal> resolve(const std::optional<std::string>& user);

    // True when each request runs as its user: started as root without -u.
    bool changes_user() const { return changes_user_; }
    // The effective user now.
    uid_t effective_user() const { return changes_user_ ? ::geteuid() : own_uid_; }

    // The plugins of the site's engine and of the users' own.
    template <typename Fn>
    void each_plugin(Fn&& fn) const {
        for (const auto& plugin : engine_.plugins().loaded())
            fn(*plugin);
        user_engines_.each_plugin(fn);
    }

private:
    static bool runs_as_users(const Settings& settings);
    // What was read for one user, before it is applied.
    struct Lines {
        std::string text;
        std::string name;  // where from, for messages
    };
    util::Expected<UserContext, std::string> find(const std::optional<std::string>& user,
                                                  Lines& lines);
    UserContext virtual_user(const std::string& user, Lines& lines);
    void read_file(const std::string& path, Lines& lines) const;
    void apply(const Lines& lines, UserContext& context);
    void create_from_template(const std::string& path, const std::string& user) const;
    const Settings& settings_;
    const scan::Engine& engine_;
    UserEngines user_engines_;
    const bool changes_user_;
    const uid_t own_uid_;
};

// "/var/mail/%d/%l/spamassassin" for a user. Characters outside [-A-Za-z0-9+_.,@=] become '_';
// %u whole name, %l local part, %d domain, %x whole name if that directory has a user_prefs, else
// the domain, %% a percent sign (not in a pattern with %x, as in spamd).
std::string expand_virtual_dir(const std::string& pattern, std::string_view user);

}  // namespace spamd

#endif  // DAEMON_USER_PREFERENCES_H
