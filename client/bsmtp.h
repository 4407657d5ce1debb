// One message wrapped in batch SMTP: an envelope up to the line DATA, the message with its leading
// dots doubled, the line with a single dot, and what follows.
//
// The keyword matches in any case but must stand alone on a line that is not the first; lines end
// in LF or CR LF. Departures from SpamAssassin's spamc: a dot at the very start of the message is
// undoubled and doubled like any other.

#ifndef CLIENT_BSMTP_H
#define CLIENT_BSMTP_H

#include <optional>
#include <string>
#include <string_view>

namespace client {

struct Bsmtp {
    std::string_view envelope;  // through the DATA line; views into the input
    std::string message;        // dots undoubled
    std::string_view trailer;   // from the single dot on
};

// nullopt when there is no such message, or an empty one.
std::optional<Bsmtp> read_bsmtp(std::string_view input);

// Appends `message` with its leading dots doubled. Line ends stay as they are.
void append_dot_stuffed(std::string& out, std::string_view message);

}  // namespace client

#endif  // CLIENT_BSMTP_H
