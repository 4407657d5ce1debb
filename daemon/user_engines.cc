#include "daemon/user_engines.h"

#include <algorithm>

#include "scan/configuration_log.h"
#include "util/log.h"

namespace spamd {

void log_preference_problems(const config::Diagnostics& diagnostics, const std::string& name) {
    // The site's own problems were logged when the daemon started.
    for (const auto& d : diagnostics.all())
        if (d.severity != config::Severity::Note && d.position.file && *d.position.file == name)
            util::log_warn(scan::diagnostic_text(d));
}

scan::Scanner* UserEngines::find(std::string_view preferences, const std::string& name) {
    if (!site_.needs_own_engine(preferences))
        return nullptr;
    auto known = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
        return e.name == name && e.preferences == preferences;
    });
    if (known != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, known);
        return entries_.front().scanner.get();
    }
    util::log_info("config: user has rules of his own, allow_user_rules: " + name);
    Entry entry{std::string(preferences), name, nullptr, nullptr};
    config::Diagnostics diagnostics;
    entry.engine = site_.load_for_user(preferences, name, diagnostics);
    log_preference_problems(diagnostics, name);
    if (entry.engine->rules().size() < site_.rules().size()) {
        util::log_warn("config: the rule files cannot be read any more, user rules are left out: " +
                       name);
        return nullptr;
    }
    for (const auto& plugin : entry.engine->plugins().loaded())
        plugin->worker_start(entry.engine->settings());
    entry.scanner = std::make_unique<scan::Scanner>(*entry.engine);
    entries_.push_front(std::move(entry));
    if (entries_.size() > kKept)
        entries_.pop_back();
    return entries_.front().scanner.get();
}

}  // namespace spamd
