// The lines that part the messages of a mailbox file.

#ifndef MAILBOX_SEPARATORS_H
#define MAILBOX_SEPARATORS_H

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailbox {

// "From a@b Mon Jan  1 00:00:00 2001", or CommuniGate's "From <a@b>(...) 01-01-2001_00:00:00_...";
// a line of text that starts with "From " is none.
bool is_mbox_separator(std::string_view line);

// "25-Jan-2003 15:13:39 +0100,1234;000000000001-00000012": the size of the message behind it in
// bytes, nullopt when the line is none of these.
std::optional<uint64_t> mbx_message_size(std::string_view line);

}  // namespace mailbox

#endif  // MAILBOX_SEPARATORS_H
