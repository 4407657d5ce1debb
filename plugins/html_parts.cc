#include "plugins/html_parts.h"

namespace plugins {

namespace {
struct HtmlParts {
    bool found = false;
    std::vector<const html::Results*> parts;
};
}  // namespace

const std::vector<const html::Results*>& html_parts(rules::MessageStatus& status) {
    auto& state = status.state<HtmlParts>();
    if (!state.found) {
        state.found = true;
        status.message().body_lines();  // renders what is to be rendered
        for (const message::Part* part : status.message().text_parts())
            if (const html::Results* results = part->html_results())
                state.parts.push_back(results);
    }
    return state.parts;
}

}  // namespace plugins
