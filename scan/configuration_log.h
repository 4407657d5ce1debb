// What the command-line programs and spamd say of a configuration that was read.

#ifndef SCAN_CONFIGURATION_LOG_H
#define SCAN_CONFIGURATION_LOG_H

#include <string>

#include "config/diagnostics.h"
#include "scan/engine.h"

namespace scan {

// Warnings and errors in SpamAssassin's words; where these do not tell the file and line, they are
// added. Notes are debug lines of the area "config".
void log_diagnostics(const config::Diagnostics& diagnostics);
std::string diagnostic_text(const config::Diagnostic& diagnostic);

// For programs, as spamassassin --lint --json and spamd --lint --json print it: an array of objects
// with "file" and "line" (null where they are not known), "severity" ("error" or "warning") and
// "message", each on a line of its own. Notes are left out. Octets that are no UTF-8 stand as the
// characters U+0080 to U+00FF.
std::string diagnostics_json(const config::Diagnostics& diagnostics);

// Debug lines: the directories, the files that were read, the plugins.
void log_configuration(const Engine& engine);

// A rule that can hit, of whatever type.
bool has_any_rule(const rules::RuleSet& rules);

}  // namespace scan

#endif  // SCAN_CONFIGURATION_LOG_H
