#include "rules/core_settings.h"

#include <fmt/format.h>

namespace rules {

double CoreSettings::other_number_or(std::string_view keyword, double fallback) const {
    std::string_view text = other_or(keyword, "");
    double value = 0;
    return config::parse_number(text, value) ? value : fallback;
}

void init_core_settings(config::Settings& settings) {
    auto& core = settings.edit<CoreSettings>();
    core.message.originating_ip_headers.clear();  // the rule files name them
    AddedHeader checker{"Checker-Version", "SpamAssassin _VERSION_ (_SUBVERSION_) on _HOSTNAME_"};
    core.headers_spam = {checker};
    core.headers_ham = {checker};
}

// Drops (with an error each) what `outer` does not contain.
static void check_within(message::NetSet& inner, const message::NetSet& outer,
                         std::string_view inner_name, std::string_view outer_name,
                         config::Diagnostics& diagnostics) {
    for (const auto& text : inner.drop_outside(outer))
        diagnostics.error(
            {}, fmt::format("{} doesn't contain {} entry '{}'", outer_name, inner_name, text));
}

static void check_networks(message::MessageSettings& m, config::Diagnostics& diagnostics) {
    if (m.trusted_networks_configured) {
        if (m.internal_networks_configured)
            check_within(m.internal_networks, m.trusted_networks, "internal_networks",
                         "trusted_networks", diagnostics);
        if (m.msa_networks_configured)
            check_within(m.msa_networks, m.trusted_networks, "msa_networks", "trusted_networks",
                         diagnostics);
    } else if (m.internal_networks_configured && m.msa_networks_configured) {
        check_within(m.msa_networks, m.internal_networks, "msa_networks", "internal_networks",
                     diagnostics);
    }
}

void finish_core_settings(config::Settings& settings, config::Diagnostics& diagnostics) {
    auto& core = settings.edit<CoreSettings>();
    check_networks(core.message, diagnostics);
    if (core.redirector_patterns.empty())
        return;
    core.message.redirector_target =
        [patterns = core.redirector_patterns](std::string_view uri) -> std::optional<std::string> {
        thread_local regex::MatchData data;
        for (const auto& pattern : patterns) {
            if (!pattern->search(uri, data))
                continue;
            auto target = data.group(1);
            if (target && target->find('.') != std::string_view::npos)
                return std::string(*target);
        }
        return std::nullopt;
    };
}

}  // namespace rules
