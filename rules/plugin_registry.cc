#include "rules/plugin_registry.h"

#include <algorithm>

#include "rules/rule_set_builder.h"

namespace rules {

class PluginRegistry::Registrar : public Registration {
public:
    Registrar(PluginRegistry& registry, config::Schema& schema, RuleSetBuilder& builder,
              Plugin& plugin)
        : registry_(registry), schema_(schema), builder_(builder), plugin_(plugin) {}

    void eval(std::string_view name, EvalFunction function) override {
        registry_.evals_.insert_or_assign(std::string(name),
                                          Eval{std::move(function), nullptr, plugin_.name()});
    }
    void prepared_eval(std::string_view name, EvalFactory factory) override {
        registry_.evals_.insert_or_assign(std::string(name),
                                          Eval{nullptr, std::move(factory), plugin_.name()});
    }
    void keyword(config::Keyword keyword) override {
        keyword.owner = short_name();
        schema_.add(std::move(keyword));
    }
    void feature(std::string_view name) override {
        if (name.find("::") != std::string_view::npos)
            registry_.add_feature(std::string(name));
        else
            registry_.add_feature(std::string(plugin_.name()) + "::" + std::string(name));
    }
    void tag(std::string_view name,
             std::function<std::string(MessageStatus&, std::string_view)> value) override {
        registry_.tags_.insert_or_assign(std::string(name), std::move(value));
    }
    RuleSetBuilder& rules() override { return builder_; }

private:
    std::string short_name() const {
        std::string_view n = plugin_.name();
        size_t colon = n.rfind("::");
        return std::string(colon == std::string_view::npos ? n : n.substr(colon + 2));
    }
    PluginRegistry& registry_;
    config::Schema& schema_;
    RuleSetBuilder& builder_;
    Plugin& plugin_;
};

}  // namespace rules
