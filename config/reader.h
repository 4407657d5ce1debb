// Reads .pre, .cf and user_prefs text line by line: comments, lang, include, if/else/endif,
// ifplugin, require_version, then hands each remaining line to its keyword's setter.
//
// One Reader reads one configuration (SpamAssassin parses all its files as one text): conditions
// are decided once per wording, and a file is read once, however often it is named. All files given
// to one read_files() call count as read before the first of them is parsed, so that an `include`
// of a sibling does nothing.
//
// Oddities kept from SpamAssassin because configurations live with them: `include` works inside a
// false `if`, and closes every open `if` of the including file (an error each); `file start NAME`
// and `file end NAME` lines rename the current file.

#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

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
    std::string locale = "en_US";  // as locale_from_environment() gives it
    int max_include_depth = 20;
    // Writes out ~, __local_rules_dir__ and the like in include paths; empty = as they are.
    std::function<std::string(std::string)> expand_path;
};

// First of LANGUAGE (up to a colon), LC_ALL, LC_MESSAGES, LANG; without character set and
// modifier; "en_US" for C, POSIX or nothing.
std::string locale_from_environment();

// The files of a directory whose names end in `extension` (".cf", ignoring case), sorted by name
// with updates_spamassassin_org.cf first. Empty when the directory cannot be read.
std::vector<std::string> files_in_directory(const std::string& directory,
                                            std::string_view extension);

class Reader {
public:
    Reader(const Schema& schema, const Conditions& conditions, Diagnostics& diagnostics)
        : schema_(schema), conditions_(conditions), diagnostics_(diagnostics) {}

    // Environment trouble (unreadable file) is a diagnostic as well, not an exception.
    void read_file(const std::string& path, Settings& settings, const ReadOptions& options) {
        read_files({path}, settings, options);
    }
    void read_files(const std::vector<std::string>& paths, Settings& settings,
                    const ReadOptions& options);
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
    class Parse;
    // The text of a file not read before; false (with a diagnostic) if it cannot be opened.
    bool load(const std::string& path, std::string& text);
    bool first_time(const std::string& path) { return seen_.insert(path).second; }

    const Schema& schema_;
    const Conditions& conditions_;
    Diagnostics& diagnostics_;
    std::unordered_set<std::string> seen_;
    std::unordered_map<std::string, bool> decided_;  // "if CONDITION" -> truth
    std::vector<std::string> files_read_;
    std::vector<std::pair<std::string, std::string>> update_versions_;
};

}  // namespace config

#endif  // CONFIG_READER_H
