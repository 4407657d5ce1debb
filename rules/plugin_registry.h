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
    // All plugins this program knows; plugins::add_all() fills it.
    void add_known(Maker maker);

    // loadplugin: instantiates and registers. False for an unknown class. Loading twice is
    // harmless.
    bool load(std::string_view class_name, config::Schema& schema, RuleSetBuilder& rules);
    bool is_loaded(std::string_view class_name) const;  // aliases too
    const std::vector<std::unique_ptr<Plugin>>& loaded() const { return loaded_; }

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
    std::vector<Maker> known_;
    std::vector<std::unique_ptr<Plugin>> loaded_;
    util::StringMap<Eval> evals_;
    util::StringMap<std::function<std::string(MessageStatus&, std::string_view)>> tags_;
    std::vector<std::string> features_;
};

}  // namespace rules

#endif  // RULES_PLUGIN_REGISTRY_H
