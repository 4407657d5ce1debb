// What the command-line programs and spamd say of a configuration that was read.

#ifndef SCAN_CONFIGURATION_LOG_H
#define SCAN_CONFIGURATION_LOG_H

#include "config/diagnostics.h"
#include "scan/engine.h"

namespace scan {

// Warnings and errors in SpamAssassin's words; where these do not tell the file and line, they are
// added. Notes are debug lines of the area "config".
void log_diagnostics(const config::Diagnostics& diagnostics);
std::string diagnostic_text(const config::Diagnostic& diagnostic);

// Debug lines: the directories, the files that were read, the plugins.
void log_configuration(const Engine& engine);

// A rule that can hit, of whatever type.
bool has_any_rule(const rules::RuleSet& rules);

}  // namespace scan

#endif  // SCAN_CONFIGURATION_LOG_H
