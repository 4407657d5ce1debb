// The text an eval function is given: body lines for body rules, chunks for rawbody rules.

#ifndef PLUGINS_TEXT_LINES_H
#define PLUGINS_TEXT_LINES_H

#include <string>
#include <vector>

#include "rules/plugin.h"

namespace plugins {

inline const std::vector<std::string>& text_lines(rules::MessageStatus& status,
                                                  const rules::EvalCall& call) {
    return call.type == rules::RuleType::RawBodyEval ? status.message().rawbody_chunks()
                                                     : status.message().body_lines();
}

}  // namespace plugins

#endif  // PLUGINS_TEXT_LINES_H
