// Which plugins exist, which are loaded, and the eval functions, tags and features they brought.

#ifndef RULES_PLUGIN_REGISTRY_H
#define RULES_PLUGIN_REGISTRY_H

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"
#include "rules/plugin.h"

namespace rules {

class PluginRegistry {
public:
    using Maker = std::function<std::unique_ptr<Plugin>()>;
    PluginRegistry();
    // All plugins this program knows; plugins::add_all() fills it. The first of a name counts.
    void add_known(Maker maker);
    // loadplugin, tryplugin and enable_compat. All three arguments must outlive the schema.
    void add_keywords(config::Schema& schema, RuleSetBuilder& rules);

    // loadplugin: instantiates and registers. False for an unknown class. Loading twice is
    // harmless.
    bool load(std::string_view class_name, config::Schema& schema, RuleSetBuilder& rules);
    bool is_loaded(std::string_view class_name) const;  // aliases too
    const std::vector<std::unique_ptr<Plugin>>& loaded() const { return loaded_; }
    // Those of them that hear of hits.
    const std::vector<Plugin*>& hit_listeners() const { return hit_listeners_; }

    struct Eval {
        EvalFunction function;  // or
        EvalFactory factory;
        std::string_view plugin;
    };
    const Eval* find_eval(std::string_view function) const;
    bool has_feature(std::string_view full_name) const;  // "Mail::SpamAssassin::Plugin::X::has_y"
    void add_feature(std::string full_name);
    const std::function<std::string(MessageStatus&, std::string_view)>* find_tag(
        std::string_view tag) const;

    // One row a known plugin for doc/plugins.md: name, state, eval functions, keywords.
    struct Row {
        std::string name, state;
        std::vector<std::string> evals, keywords;
    };
    std::vector<Row> table() const;

private:
    class Registrar;
    struct Known {
        Maker make;
        std::string name;
    };
    void load_line(const config::Directive& d, bool quiet, config::Schema& schema,
                   RuleSetBuilder& rules, config::Diagnostics& diagnostics);
    std::vector<Known> known_;
    util::StringMap<size_t> known_by_name_;  // aliases too
    std::vector<std::unique_ptr<Plugin>> loaded_;
    std::vector<Plugin*> hit_listeners_;
    util::StringMap<bool> loaded_names_;
    util::StringMap<Eval> evals_;
    util::StringMap<std::function<std::string(MessageStatus&, std::string_view)>> tags_;
    util::StringMap<bool> features_;
};

// What `if` lines ask, answered by a registry.
class RegistryConditions : public config::Conditions {
public:
    RegistryConditions(const PluginRegistry& registry, bool local_tests_only)
        : registry_(registry), local_tests_only_(local_tests_only) {}
    double version() const override;
    bool local_tests_only() const override { return local_tests_only_; }
    bool plugin(std::string_view class_name) const override {
        return registry_.is_loaded(class_name);
    }
    bool can(std::string_view feature) const override { return registry_.has_feature(feature); }
    // has() is content with any function of the class, eval functions among them.
    bool has(std::string_view feature) const override;

private:
    const PluginRegistry& registry_;
    bool local_tests_only_;
};

}  // namespace rules

#endif  // RULES_PLUGIN_REGISTRY_H
