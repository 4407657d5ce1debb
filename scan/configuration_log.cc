#include "scan/configuration_log.h"

#include <fmt/core.h>

#include "util/log.h"
#include "util/strings.h"

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

namespace {

// Of the UTF-8 character in front; 0 if there is none.
size_t character_length(std::string_view text) {
    for (size_t n = 1; n <= 4 && n <= text.size(); ++n)
        if (util::is_valid_utf8(text.substr(0, n)))
            return n;
    return 0;
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
        auto c = static_cast<unsigned char>(text[i]);
        size_t length = character_length(text.substr(i));
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text[i];
        } else if (c < 0x20 || c == 0x7f || length == 0) {
            out += fmt::format("\\u{:04x}", c);
            length = 1;
        } else {
            out += text.substr(i, length);
        }
        i += length;
    }
    return out + "\"";
}

}  // namespace

std::string diagnostics_json(const config::Diagnostics& diagnostics) {
    std::string out;
    for (const auto& d : diagnostics.all()) {
        if (d.severity == config::Severity::Note)
            continue;
        out += fmt::format(
            "{}\n  {{\"file\": {}, \"line\": {}, \"severity\": \"{}\", \"message\": {}}}",
            out.empty() ? "" : ",", d.position.file ? json_string(*d.position.file) : "null",
            d.position.line > 0 ? std::to_string(d.position.line) : "null",
            d.severity == config::Severity::Error ? "error" : "warning", json_string(d.text));
    }
    return out.empty() ? "[]\n" : "[" + out + "\n]\n";
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
