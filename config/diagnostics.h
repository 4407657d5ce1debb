// What is wrong with the configuration: every problem with file and line, then life goes on.

#ifndef CONFIG_DIAGNOSTICS_H
#define CONFIG_DIAGNOSTICS_H

#include <string>
#include <vector>

#include "config/source.h"

namespace config {

enum class Severity {
    Note,     // worth a debug line ("accepted, not active")
    Warning,  // shown, does not count for --lint (unknown plugin class ...)
    Error     // counts for --lint's exit code (bad line, bad regex, unknown keyword)
};

struct Diagnostic {
    Severity severity;
    SourcePosition position;
    std::string text;
};

class Diagnostics {
public:
    void note(SourcePosition p, std::string text) {
        add(Severity::Note, std::move(p), std::move(text));
    }
    void warn(SourcePosition p, std::string text) {
        add(Severity::Warning, std::move(p), std::move(text));
    }
    void error(SourcePosition p, std::string text) {
        add(Severity::Error, std::move(p), std::move(text));
    }
    void add(Severity s, SourcePosition p, std::string text) {
        all_.push_back({s, std::move(p), std::move(text)});
        if (s == Severity::Error)
            ++errors_;
    }
    const std::vector<Diagnostic>& all() const { return all_; }
    size_t error_count() const { return errors_; }

private:
    std::vector<Diagnostic> all_;
    size_t errors_ = 0;
};

}  // namespace config

#endif  // CONFIG_DIAGNOSTICS_H
