#include "plugins/auto_learn_threshold.h"

#include "plugins/makers.h"

namespace plugins {

namespace {

class AutoLearnThreshold : public rules::Plugin {
public:
    std::string_view name() const override { return kAutoLearnThresholdClass; }

    void register_in(rules::Registration& r) override {
        using config::ValueType;
        add(r, "bayes_auto_learn_threshold_nonspam", ValueType::Number, "0.1",
            "Mail that scores less is learned as ham.",
            config::set_number(&AutoLearnThresholds::nonspam));
        add(r, "bayes_auto_learn_threshold_spam", ValueType::Number, "12.0",
            "Mail that scores as much is learned as spam.",
            config::set_number(&AutoLearnThresholds::spam));
        add(r, "bayes_auto_learn_on_error", ValueType::Bool, "0",
            "Learn only what the classifier got wrong or was unsure about.",
            config::set_bool(&AutoLearnThresholds::on_error));
    }

private:
    static void add(rules::Registration& r, const char* name, config::ValueType type,
                    const char* value, const char* help, config::Setter set) {
        config::Keyword keyword;
        keyword.name = name;
        keyword.type = type;
        keyword.default_value = value;
        keyword.help = help;
        keyword.set = std::move(set);
        r.keyword(std::move(keyword));
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_auto_learn_threshold() {
    return std::make_unique<AutoLearnThreshold>();
}

}  // namespace plugins
