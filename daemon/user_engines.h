// Engines of users who bring rules of their own (allow_user_rules): the site's configuration with
// the user's preferences read last, compiled anew. One costs as much as loading the configuration
// (a tenth of a second of processor, some megabytes), so a worker keeps those it used last.
//
// A user's rules stay in his engine: no other request sees them. Every pattern has the match limits
// of all patterns, so that a runaway rule costs its own hit and no more.

#ifndef DAEMON_USER_ENGINES_H
#define DAEMON_USER_ENGINES_H

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "scan/engine.h"
#include "scan/scanner.h"

namespace spamd {

class UserEngines {
public:
    static constexpr size_t kKept = 4;  // engines a worker keeps

    explicit UserEngines(const scan::Engine& site) : site_(site) {}

    // The scanner for preferences that define rules, valid until the next call; null when they
    // define none, or the site does not allow it, or the rule files are gone by now: then
    // Engine::with_preferences() serves. `name` is the file, for diagnostics, which are logged.
    scan::Scanner* find(std::string_view preferences, const std::string& name);

    template <typename Fn>
    void each_plugin(Fn&& fn) const {
        for (const Entry& entry : entries_)
            for (const auto& plugin : entry.engine->plugins().loaded())
                fn(*plugin);
    }

private:
    struct Entry {
        std::string preferences, name;
        std::unique_ptr<const scan::Engine> engine;
        std::unique_ptr<scan::Scanner> scanner;
    };
    const scan::Engine& site_;
    std::list<Entry> entries_;  // the one used last stands first
};

// What reading the preferences of `name` found wrong, as spamd logs it.
void log_preference_problems(const config::Diagnostics& diagnostics, const std::string& name);

}  // namespace spamd

#endif  // DAEMON_USER_ENGINES_H
