// The formats of Received headers, apart from what all of them share (received.cc does that).
// Private to message/.

#ifndef MESSAGE_RECEIVED_FORMATS_H
#define MESSAGE_RECEIVED_FORMATS_H

#include <optional>
#include <string>
#include <string_view>

namespace message {

// What a header said, before clean-up. Views into the header's text.
struct ReceivedFields {
    std::string_view ip, rdns, helo, by, ident, id;
    std::optional<std::string_view> envfrom;
    std::string auth;
    // This software looks the name up, so that a missing name means there is none.
    bool looked_up_dns = false;
};

enum class FormatResult {
    Relay,
    Skipped,
    Fetched,       // skipped: a fetch from a mailbox, which restarts the trust path
    QmailScanner,  // skipped: its envelope sender belongs to the next header
    Unrecognized,  // any address in brackets will have to do
};

// `text` is the header behind its "from ", "FROM " or "(from ", white space collapsed and date cut.
// `fields` holds what any header may tell (id, helo=, by) and is completed.
FormatResult read_from_format(std::string_view text, ReceivedFields& fields);
FormatResult read_capital_from_format(std::string_view text, ReceivedFields& fields);
FormatResult read_parenthesized_format(std::string_view text, ReceivedFields& fields);

// Hand-overs that tell nothing, asked when no format fits: Skipped, QmailScanner or Unrecognized.
FormatResult read_handover(std::string_view text);

// How the sender authenticated, as auth= prints it; "" if not. `header` starts with "from".
std::string find_authentication(std::string_view header);

}  // namespace message

#endif  // MESSAGE_RECEIVED_FORMATS_H
