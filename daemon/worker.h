// A worker process: accepts, serves one request after another, and leaves after a set number of
// them, when told to, or when the master is gone.

#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include <memory>
#include <vector>

#include "daemon/listener.h"
#include "daemon/scoreboard.h"
#include "daemon/settings.h"
#include "daemon/tls.h"
#include "scan/engine.h"

namespace spamd {

struct WorkerContext {
    const Settings& settings;
    const std::vector<Listener>& listeners;
    const scan::Engine& engine;
    const TlsContext* tls;  // null without TLS
    const Scoreboard& scoreboard;
    WorkerSlot& slot;  // this worker's own
    int notify_fd;     // a byte written here wakes the master
    int master_fd;     // end of file here: the master is gone
};

// Runs in the child after fork; never returns.
[[noreturn]] void run_worker(const WorkerContext& context);

}  // namespace spamd

#endif  // DAEMON_WORKER_H
