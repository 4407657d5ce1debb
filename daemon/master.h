// The master process: binds, loads, forks, watches, reloads. It parses no mail and speaks no
// SPAMC; it stays privileged only so that it can bind again and start workers as another user.
//
//   TERM, INT   stop: no new clients, workers finish the message at hand (up to a limit)
//   HUP         load the configuration anew beside the old; on success new workers replace the old
//               ones as these finish; on error the old configuration goes on serving
//   USR2        log the scoreboard
//   CHLD        bury workers, replace them

#ifndef DAEMON_MASTER_H
#define DAEMON_MASTER_H

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "daemon/listener.h"
#include "daemon/scoreboard.h"
#include "daemon/settings.h"
#include "daemon/tls.h"
#include "scan/engine.h"

namespace spamd {

class Master {
public:
    // Takes a loaded engine, the rule cache that is to be stored once workers are there, and bound
    // sockets.
    Master(const Settings& settings, scan::LoadOptions load_options,
           std::unique_ptr<const scan::Engine> engine, rules::RuleCacheUpdate rule_cache,
           std::vector<Listener> listeners, std::unique_ptr<TlsContext> tls, size_t config_errors);
    ~Master();
    // Until a signal ends it; returns the exit code. Once everything is in place, a byte is written
    // to `ready` (if open) and it is closed.
    int run(util::UniqueFd ready);

private:
    void install_signals();
    void spawn();
    void store_rule_cache();
    void bury_children();
    void adapt();
    void retire(WorkerSlot& slot);
    void kill_hung();
    void reload();
    void stop(int signal);
    size_t alive() const;
    void write_pidfile() const;

    const Settings& settings_;
    scan::LoadOptions load_options_;
    std::unique_ptr<const scan::Engine> engine_;
    rules::RuleCacheUpdate rule_cache_;  // not stored yet
    std::vector<Listener> listeners_;
    std::unique_ptr<TlsContext> tls_;
    size_t config_errors_;
    mutable Scoreboard scoreboard_;
    uint32_t generation_ = 1;
    size_t target_ = 0;  // workers wanted now
    bool stopping_ = false;
    util::UniqueFd notify_read_, notify_write_;  // workers -> master: "look at us"
    util::UniqueFd life_read_, life_write_;      // closed with the master: workers see end of file
    util::UniqueFd signal_read_;
    size_t last_alive_ = 0;
};

}  // namespace spamd

#endif  // DAEMON_MASTER_H
