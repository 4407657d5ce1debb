// Configuration loaded and compiled: everything a worker needs to scan, immutable, built before the
// fork. Reads files in SpamAssassin's order: --pre lines, site *.pre, rules-dir *.pre, rules-dir
// *.cf, site *.cf, user preferences, --cf lines.

#ifndef SCAN_ENGINE_H
#define SCAN_ENGINE_H

#include <memory>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/reader.h"
#include "config/settings.h"
#include "rules/plugin_registry.h"
#include "rules/program.h"
#include "rules/rule_cache.h"
#include "rules/rule_set.h"
#include "rules/rule_set_builder.h"
#include "util/check.h"

namespace scan {

struct PathNames;

struct LoadOptions {
    std::string config_path;       // -C; "" = search (/var/lib/spamassassin/4.000001,
                                   // /usr/share/spamassassin, our own pack)
    std::string site_config_path;  // --siteconfigpath; "" = search
    std::vector<std::string> pre_lines, cf_lines;
    std::string user_prefs;  // file read after the site's (spamassassin program), "" = none
    bool local_tests_only = false;
    bool lint = false;  // stricter, as --lint
    // False for programs that scan nothing: the rules are read, and program() must not be called.
    bool compiles_rules = true;
    // False for little mail: matching it without a prefilter takes less time than building one.
    // What the rule cache knows is used all the same.
    bool seeks_factors = true;
    // Threads that share the work of loading; none is left when load() returns.
    size_t threads = 1;
    std::string user_state_dir;  // __userstate__, "" = ~/.spamassassin
    // Preferences that define rules need an engine of their own (allow_user_rules): their text is
    // read last of all, with a user's rights.
    std::string user_text, user_text_name;
};

// As many threads for loading as this machine can use, at most 4.
size_t loading_threads();

class Engine {
public:
    // Problems go to `diagnostics`; only trouble with the environment throws. The rule cache is
    // read where it can be trusted; `update`, if not null, gets what should be stored in its place.
    static std::unique_ptr<const Engine> load(const LoadOptions& options,
                                              config::Diagnostics& diagnostics,
                                              rules::RuleCacheUpdate* update = nullptr);
    ~Engine();

    const config::Settings& settings() const { return settings_; }
    const rules::RuleSet& rules() const { return rules_; }
    const rules::Program& program() const {
        UTIL_CHECK(program_ != nullptr);
        return *program_;
    }
    const rules::PluginRegistry& plugins() const { return *plugins_; }
    const config::Schema& schema() const { return *schema_; }
    const LoadOptions& options() const { return options_; }
    const std::vector<std::string>& files_read() const { return files_read_; }
    const std::string& rules_dir() const { return rules_dir_; }
    const std::string& site_dir() const { return site_dir_; }

    // The site's settings with a user's preferences text laid over them.
    config::Settings with_preferences(std::string_view text, const std::string& name,
                                      config::Diagnostics& diagnostics) const;
    // True when the site allows user rules and the text has lines that define or change rules: then
    // load_for_user() gives an engine that knows them. It costs as much as load().
    bool needs_own_engine(std::string_view preferences) const;
    std::unique_ptr<const Engine> load_for_user(std::string_view preferences,
                                                const std::string& name,
                                                config::Diagnostics& diagnostics) const;

private:
    Engine();
    void compile(const PathNames& names, config::Diagnostics& diagnostics,
                 rules::RuleCacheUpdate* update);
    LoadOptions options_;
    config::Settings settings_;
    std::unique_ptr<config::Schema> schema_;
    std::unique_ptr<config::Conditions> conditions_;
    std::unique_ptr<rules::PluginRegistry> plugins_;
    std::unique_ptr<rules::RuleSetBuilder> builder_;  // answers for the schema's rule keywords
    rules::RuleSet rules_;
    std::unique_ptr<const rules::Program> program_;
    std::vector<std::string> files_read_;
    std::string rules_dir_, site_dir_;
};

}  // namespace scan

#endif  // SCAN_ENGINE_H
