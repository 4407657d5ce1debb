#include "scan/auto_learn.h"

#include "rules/core_settings.h"

namespace scan {

std::string auto_learn_text(const rules::MessageStatus& status, const Verdict&) {
    const auto& core = status.settings().get<rules::CoreSettings>();
    if (!core.bayes_auto_learn || !core.use_learner || !core.use_bayes)
        return "disabled";
    return "unavailable";
}

}  // namespace scan
