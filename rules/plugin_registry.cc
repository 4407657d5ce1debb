#include "rules/plugin_registry.h"

#include <algorithm>

#include "config/condition.h"
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

// What SpamAssassin 4.0.1's own configuration class says it can do.
static constexpr std::string_view kCoreFeatures[] = {
    "feature_originating_ip_headers",
    "feature_dns_local_ports_permit_avoid",
    "feature_bayes_auto_learn_on_error",
    "feature_uri_host_listed",
    "feature_yesno_takes_args",
    "feature_bug6558_free",
    "feature_edns",
    "feature_dns_query_restriction",
    "feature_registryboundaries",
    "feature_geodb",
    "feature_dns_block_rule",
    "feature_compile_regexp",
    "feature_meta_rules_matching",
    "feature_subjprefix",
    "feature_bayes_stopwords",
    "feature_get_host",
    "feature_blocklist_welcomelist",
    "feature_welcomelist_blocklist",
    "feature_header_address_parser",
    "feature_local_tests_only",
    "feature_header_first_last",
    "feature_header_match_many",
    "feature_capture_rules",
    "has_tflags_nosubject",
    "has_tflags_nolog",
    "perl_min_version_5010000",
};

PluginRegistry::PluginRegistry() {
    for (auto feature : kCoreFeatures)
        add_feature("Mail::SpamAssassin::Conf::" + std::string(feature));
}

void PluginRegistry::add_known(Maker maker) {
    auto sample = maker();
    std::string name(sample->name());
    if (known_by_name_.find(name) != known_by_name_.end())
        return;
    known_by_name_.emplace(name, known_.size());
    for (auto alias : sample->aliases())
        known_by_name_.emplace(alias, known_.size());
    known_.push_back({std::move(maker), std::move(name)});
}

bool PluginRegistry::load(std::string_view class_name, config::Schema& schema,
                          RuleSetBuilder& rules) {
    auto it = known_by_name_.find(config::resolve_plugin_alias(class_name));
    if (it == known_by_name_.end())
        return false;
    const Known& known = known_[it->second];
    if (!loaded_names_.emplace(known.name, true).second)
        return true;
    loaded_.push_back(known.make());
    if (loaded_.back()->hears_of_hits())
        hit_listeners_.push_back(loaded_.back().get());
    Registrar registrar(*this, schema, rules, *loaded_.back());
    loaded_.back()->register_in(registrar);
    return true;
}

bool PluginRegistry::is_loaded(std::string_view class_name) const {
    auto it = known_by_name_.find(config::resolve_plugin_alias(class_name));
    return it != known_by_name_.end() &&
           loaded_names_.find(known_[it->second].name) != loaded_names_.end();
}

const PluginRegistry::Eval* PluginRegistry::find_eval(std::string_view function) const {
    auto it = evals_.find(function);
    return it == evals_.end() ? nullptr : &it->second;
}

bool PluginRegistry::has_feature(std::string_view full_name) const {
    return features_.find(full_name) != features_.end();
}

void PluginRegistry::add_feature(std::string full_name) {
    features_.emplace(std::move(full_name), true);
}

const std::function<std::string(MessageStatus&, std::string_view)>* PluginRegistry::find_tag(
    std::string_view tag) const {
    auto it = tags_.find(tag);
    return it == tags_.end() ? nullptr : &it->second;
}

std::vector<PluginRegistry::Row> PluginRegistry::table() const {
    std::vector<Row> rows;
    for (const Known& known : known_) {
        // Loaded alone into registries of its own, to see what it brings.
        PluginRegistry alone;
        alone.add_known(known.make);
        config::Schema schema;
        RuleSetBuilder builder;
        alone.load(known.name, schema, builder);
        Row row;
        row.name = known.name;
        row.state = alone.loaded_.front()->state();
        for (const auto& [function, eval] : alone.evals_)
            row.evals.push_back(function);
        for (const auto& keyword : schema.all())
            row.keywords.push_back(keyword.name);
        std::sort(row.evals.begin(), row.evals.end());
        rows.push_back(std::move(row));
    }
    return rows;
}

// Class, then perhaps a file of Perl, which is nothing to us: known classes need none, unknown ones
// cannot be run.
void PluginRegistry::load_line(const config::Directive& d, bool quiet, config::Schema& schema,
                               RuleSetBuilder& rules, config::Diagnostics& diagnostics) {
    if (d.value.empty()) {
        report_missing(d, diagnostics);
        return;
    }
    auto words = util::words(d.value);
    bool valid = words.size() <= 2 && config::is_class_name(words[0]);
    if (words.size() == 2)
        valid = valid && words[1].size() > 3 &&
                util::iequals(words[1].substr(words[1].size() - 3), ".pm");
    if (!valid) {
        report_invalid(d, diagnostics);
        return;
    }
    if (words[0] == "Mail::SpamAssassin::Plugin::HashCash") {
        diagnostics.warn(d.position,
                         "plugin: Mail::SpamAssassin::Plugin::HashCash is deprecated, "
                         "remove loadplugin clause from your configuration");
        return;
    }
    if (!load(words[0], schema, rules) && !quiet)
        diagnostics.warn(d.position, "plugin: class " + std::string(words[0]) +
                                         " is not known, not loaded (" + d.position.to_string() +
                                         ")");
}

void PluginRegistry::add_keywords(config::Schema& schema, RuleSetBuilder& rules) {
    auto row = [&](const char* name, const char* help, config::Setter set) {
        config::Keyword keyword;
        keyword.name = name;
        keyword.who = config::Who::Admin;
        keyword.help = help;
        keyword.owner = "core";
        keyword.set = std::move(set);
        schema.add(std::move(keyword));
    };
    row("loadplugin", "Switches a plugin on.",
        [this, &schema, &rules](config::Settings&, const config::Directive& d,
                                config::Diagnostics& diagnostics) {
            load_line(d, false, schema, rules, diagnostics);
        });
    row("tryplugin", "Switches a plugin on if it is known.",
        [this, &schema, &rules](config::Settings&, const config::Directive& d,
                                config::Diagnostics& diagnostics) {
            load_line(d, true, schema, rules, diagnostics);
        });
    row("enable_compat", "Makes can(Mail::SpamAssassin::Conf::compat_NAME) true.",
        [this](config::Settings&, const config::Directive& d, config::Diagnostics& diagnostics) {
            if (d.value.empty())
                report_missing(d, diagnostics);
            else if (d.value.size() > 128 ||
                     !std::all_of(d.value.begin(), d.value.end(),
                                  [](unsigned char c) { return util::is_word(c); }))
                report_invalid(d, diagnostics);
            else
                add_feature("Mail::SpamAssassin::Conf::compat_" + d.value);
        });
}

double RegistryConditions::version() const {
    return config::kSpamAssassinVersion;
}

bool RegistryConditions::has(std::string_view feature) const {
    if (registry_.has_feature(feature))
        return true;
    size_t colons = feature.rfind("::");
    if (colons == std::string_view::npos)
        return false;
    const auto* eval = registry_.find_eval(feature.substr(colons + 2));
    return eval != nullptr && eval->plugin == feature.substr(0, colons);
}

}  // namespace rules
