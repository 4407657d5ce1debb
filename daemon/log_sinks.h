// Where spamd's log lines go, by its -s option: syslog, a file, standard error, nowhere.

#ifndef DAEMON_LOG_SINKS_H
#define DAEMON_LOG_SINKS_H

#include <memory>
#include <optional>
#include <string>

#include "daemon/settings.h"
#include "util/log.h"

namespace spamd {

// Adds to util::log() the sink that -s, --syslog-socket and --log-timestamp-fmt ask for, beside
// standard error (as the real spamd logs to both until it daemonizes). Falls back to standard
// error with a warning when a file cannot be opened.
void open_log(const Settings& settings);

// Standard error is gone after daemonizing.
void close_stderr_log(const Settings& settings);

// "mail" -> LOG_MAIL; nullopt for a name that is no facility.
std::optional<int> syslog_facility(const std::string& name);

}  // namespace spamd

#endif  // DAEMON_LOG_SINKS_H
