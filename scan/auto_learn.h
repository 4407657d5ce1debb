// What the autolearn= item says.

#ifndef SCAN_AUTO_LEARN_H
#define SCAN_AUTO_LEARN_H

#include <string>

#include "rules/message_status.h"
#include "scan/verdict.h"

namespace scan {

// "disabled" when learning is switched off, "unavailable" when there is no token store.
std::string auto_learn_text(const rules::MessageStatus& status, const Verdict& verdict);

}  // namespace scan

#endif  // SCAN_AUTO_LEARN_H
