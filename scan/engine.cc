#include "scan/engine.h"

#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "plugins/plugins.h"
#include "rules/core_settings.h"
#include "scan/paths.h"
#include "util/log.h"

namespace scan {

// What cannot be shared takes as long as a quarter of what can.
static constexpr size_t kMaxLoadingThreads = 4;

size_t loading_threads() {
    return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMaxLoadingThreads);
}

Engine::Engine() = default;
Engine::~Engine() = default;

// What reading `path` means for files of one kind: a directory's files, or the file itself.
static std::vector<std::string> files_at(const std::string& path, std::string_view extension) {
    struct stat st {};
    if (path.empty() || stat(path.c_str(), &st) != 0)
        return {};
    if (S_ISDIR(st.st_mode))
        return config::files_in_directory(path, extension);
    if (S_ISREG(st.st_mode) && st.st_size > 0)
        return {path};
    return {};
}

static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += line + "\n";
    return text;
}

std::unique_ptr<const Engine> Engine::load(const LoadOptions& options,
                                           config::Diagnostics& diagnostics,
                                           rules::RuleCacheUpdate* update) {
    std::unique_ptr<Engine> engine(new Engine());
    Engine& e = *engine;
    e.options_ = options;
    e.schema_ = std::make_unique<config::Schema>();
    e.plugins_ = std::make_unique<rules::PluginRegistry>();
    e.builder_ = std::make_unique<rules::RuleSetBuilder>();
    e.conditions_ =
        std::make_unique<rules::RegistryConditions>(*e.plugins_, options.local_tests_only);
    e.builder_->set_lint(options.lint);
    plugins::add_all_keywords(*e.schema_, *e.plugins_, *e.builder_);
    rules::init_core_settings(e.settings_);

    PathNames names = default_path_names();
    if (!options.user_state_dir.empty())
        names.user_state_dir = options.user_state_dir;
    e.site_dir_ =
        options.site_config_path.empty() ? find_site_dir(names) : options.site_config_path;
    e.rules_dir_ = options.config_path.empty() ? find_rules_dir(names) : options.config_path;
    if (e.site_dir_.empty())
        diagnostics.warn({}, "config: could not find site rules directory");
    if (e.rules_dir_.empty())
        diagnostics.warn({}, "config: could not find sys rules directory");

    e.settings_.edit<rules::CoreSettings>().languages_path =
        find_rule_support_file("languages", e.site_dir_, e.rules_dir_, names);

    std::vector<std::string> files;
    auto append = [&](const std::vector<std::string>& more) {
        files.insert(files.end(), more.begin(), more.end());
    };
    append(files_at(e.site_dir_, ".pre"));
    append(files_at(e.rules_dir_, ".pre"));
    append(files_at(e.rules_dir_, ".cf"));
    append(files_at(e.site_dir_, ".cf"));
    append(files_at(options.user_prefs, ".cf"));

    config::ReadOptions read;
    read.locale = config::locale_from_environment();
    read.expand_path = [names](std::string path) { return expand_path(std::move(path), names); };
    config::Reader reader(*e.schema_, *e.conditions_, diagnostics);
    if (!options.pre_lines.empty())
        reader.read_text(joined(options.pre_lines), "(pre_config_text)", e.settings_, read);
    reader.read_files(files, e.settings_, read);
    if (!options.cf_lines.empty())
        reader.read_text(joined(options.cf_lines), "(post_config_text)", e.settings_, read);
    if (!options.user_text.empty()) {
        config::ReadOptions as_user = read;
        as_user.from_user = true;
        as_user.allow_user_rules = e.settings_.get<rules::CoreSettings>().allow_user_rules;
        config::Reader(*e.schema_, *e.conditions_, diagnostics)
            .read_text(options.user_text, options.user_text_name, e.settings_, as_user);
    }
    e.files_read_ = reader.files_read();

    auto versions = reader.update_versions();
    std::sort(versions.begin(), versions.end());
    std::string& version = e.settings_.edit<rules::CoreSettings>().rules_version;
    for (const auto& [file, number] : versions)
        version += (version.empty() ? "" : ",") + number;

    e.rules_ = e.builder_->build(e.settings_, *e.plugins_, diagnostics);
    e.builder_->serve(e.rules_);
    if (options.compiles_rules)
        e.compile(names, diagnostics, update);
    return engine;
}

void Engine::compile(const PathNames& names, config::Diagnostics& diagnostics,
                     rules::RuleCacheUpdate* update) {
    std::string path = settings_.get<rules::CoreSettings>().rule_cache;
    if (path.empty())
        path = names.cache_dir + "/rules";
    rules::RuleCache cache;
    rules::RuleCacheBuilder collected;
    rules::CompileOptions compile;
    compile.threads = options_.threads;
    compile.seeks_factors = options_.seeks_factors;
    if (path != "none") {
        auto read = rules::RuleCache::load(path);
        if (read)
            cache = std::move(*read);
        else
            util::log_debug("config", "config: no rule cache: " + read.error());
        compile.cache = &cache;
        if (update != nullptr && options_.seeks_factors)
            compile.collected = &collected;
    }
    program_ = rules::Program::compile(rules_, settings_, *plugins_, diagnostics, compile);
    if (compile.collected != nullptr && collected.has_news())
        *update = {path, collected.bytes()};
}

config::Settings Engine::with_preferences(std::string_view text, const std::string& name,
                                          config::Diagnostics& diagnostics) const {
    config::Settings settings = settings_;
    config::ReadOptions read;
    read.from_user = true;
    // Rules of a user are beyond this: they need an engine of their own.
    read.allow_user_rules = false;
    read.locale = config::locale_from_environment();
    config::Reader(*schema_, *conditions_, diagnostics).read_text(text, name, settings, read);
    rules::finish_core_settings(settings, diagnostics);
    return settings;
}

bool Engine::needs_own_engine(std::string_view preferences) const {
    if (!settings_.get<rules::CoreSettings>().allow_user_rules)
        return false;
    for (auto line : util::split(preferences, '\n')) {
        auto words = util::words(line);
        if (words.empty())
            continue;
        std::string key = util::lower(words[0]);
        std::replace(key.begin(), key.end(), '-', '_');
        const config::Keyword* keyword = schema_->find(key);
        if (keyword != nullptr && keyword->who == config::Who::Privileged)
            return true;
    }
    return false;
}

std::unique_ptr<const Engine> Engine::load_for_user(std::string_view preferences,
                                                    const std::string& name,
                                                    config::Diagnostics& diagnostics) const {
    LoadOptions options = options_;
    options.user_text = preferences;
    options.threads = 1;  // a worker may be refused more
    options.user_text_name = name;
    return load(options, diagnostics);
}

}  // namespace scan
