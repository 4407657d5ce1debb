#include "scan/configuration_log.h"

#include <fmt/core.h>

#include "util/log.h"

namespace scan {

std::string diagnostic_text(const config::Diagnostic& d) {
    if (!d.position.file || d.position.line == 0 ||
        d.text.find(*d.position.file) != std::string::npos)
        return d.text;
    return fmt::format("{} in {} (line {})", d.text, *d.position.file, d.position.line);
}

void log_diagnostics(const config::Diagnostics& diagnostics) {
    for (const auto& d : diagnostics.all()) {
        if (d.severity != config::Severity::Note)
            util::log_warn(diagnostic_text(d));
        else if (util::debugging("config"))
            util::log_debug("config", "config: " + diagnostic_text(d));
    }
}

void log_configuration(const Engine& engine) {
    if (util::debugging("config")) {
        util::log_debug("config",
                        fmt::format("config: using \"{}\" for site rules dir", engine.site_dir()));
        util::log_debug("config", fmt::format("config: using \"{}\" for default rules dir",
                                              engine.rules_dir()));
        if (!engine.options().user_prefs.empty())
            util::log_debug("config", fmt::format("config: using \"{}\" for user prefs file",
                                                  engine.options().user_prefs));
        for (const auto& file : engine.files_read())
            util::log_debug("config", "config: read file " + file);
    }
    if (util::debugging("plugin"))
        for (const auto& plugin : engine.plugins().loaded())
            util::log_debug("plugin", fmt::format("plugin: loading {}", plugin->name()));
}

bool has_any_rule(const rules::RuleSet& rules) {
    for (rules::RuleId id = 0; id < rules.size(); ++id)
        if (rules.rule(id).type != rules::RuleType::Unset)
            return true;
    return false;
}

}  // namespace scan
