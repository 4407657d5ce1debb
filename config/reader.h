// Reads .pre, .cf and user_prefs text line by line: comments, lang, include, if/else/endif,
// ifplugin, require_version, then hands each remaining line to its keyword's setter.

#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <string>
#include <string_view>

#include "config/schema.h"

namespace config {

// What `if` expressions may ask. The answers live with the plugin registry.
class Conditions {
public:
    virtual ~Conditions() = default;
    virtual double version() const = 0;  // 4.000001
    virtual bool local_tests_only() const = 0;
    virtual bool plugin(std::string_view class_name) const = 0;  // loaded?
    virtual bool can(std::string_view feature) const = 0;  // "Mail::SpamAssassin::Conf::feature_x"
    virtual bool has(std::string_view feature) const = 0;
};

struct ReadOptions {
    bool from_user =
        false;  // user_prefs / SQL: Admin keywords refused, Privileged ones unless allowed
    bool allow_user_rules = false;
    std::string locale;  // first of LANGUAGE, LC_ALL, LC_MESSAGES, LANG; "en_US" for C
    int max_include_depth = 20;
};

class Reader {
public:
    Reader(const Schema& schema, const Conditions& conditions, Diagnostics& diagnostics)
        : schema_(schema), conditions_(conditions), diagnostics_(diagnostics) {}

    // Environment trouble (unreadable file) is a diagnostic as well, not an exception.
    void read_file(const std::string& path, Settings& settings, const ReadOptions& options);
    // `name` stands for the file in positions ("--cf", "user_prefs of joe").
    void read_text(std::string_view text, const std::string& name, Settings& settings,
                   const ReadOptions& options);

    // Files that were read, in order, for -D config.
    const std::vector<std::string>& files_read() const { return files_read_; }
    // Newest "# UPDATE version N" stamp per file name, for _RULESVERSION_.
    const std::vector<std::pair<std::string, std::string>>& update_versions() const {
        return update_versions_;
    }

private:
    const Schema& schema_;
    const Conditions& conditions_;
    Diagnostics& diagnostics_;
    std::vector<std::string> files_read_;
    std::vector<std::pair<std::string, std::string>> update_versions_;
};

}  // namespace config

#endif  // CONFIG_READER_H
