// Message ids as spamd's log lines show them.

#ifndef SCAN_LOG_ID_H
#define SCAN_LOG_ID_H

#include <string>
#include <string_view>

namespace scan {

// The last such header of the block: comments gone, only what stands in angle brackets, anything
// unprintable as '?'. "" when there is none.
std::string log_id(std::string_view header_block, std::string_view header);

}  // namespace scan

#endif  // SCAN_LOG_ID_H
