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
static void check_within(message::NetSet& inner, std::vector<std::string>& texts,
                         const message::NetSet& outer, bool loopback, std::string_view inner_name,
                         std::string_view outer_name, config::Diagnostics& diagnostics) {
    std::vector<std::string> kept;
    for (const auto& text : texts) {
        if (text.empty() || text[0] == '!' || outer.contains_network(text))
            kept.push_back(text);
        else
            diagnostics.error(
                {}, fmt::format("{} doesn't contain {} entry '{}'", outer_name, inner_name, text));
    }
    if (kept.size() == texts.size())
        return;
    inner.clear();
    if (loopback) {
        inner.add("127.0.0.0/8");
        inner.add("::1");
    }
    for (const auto& text : kept)
        inner.add(text);
    texts = std::move(kept);
}

static void check_networks(CoreSettings& core, config::Diagnostics& diagnostics) {
    auto& m = core.message;
    if (m.trusted_networks_configured) {
        if (m.internal_networks_configured)
            check_within(m.internal_networks, core.internal_networks_text, m.trusted_networks, true,
                         "internal_networks", "trusted_networks", diagnostics);
        if (m.msa_networks_configured)
            check_within(m.msa_networks, core.msa_networks_text, m.trusted_networks, false,
                         "msa_networks", "trusted_networks", diagnostics);
    } else if (m.internal_networks_configured && m.msa_networks_configured) {
        check_within(m.msa_networks, core.msa_networks_text, m.internal_networks, false,
                     "msa_networks", "internal_networks", diagnostics);
    }
}

void finish_core_settings(config::Settings& settings, config::Diagnostics& diagnostics) {
    auto& core = settings.edit<CoreSettings>();
    check_networks(core, diagnostics);
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
