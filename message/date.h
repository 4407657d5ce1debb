// Dates of mail headers, read as forgivingly as SpamAssassin's Util::parse_rfc822_date does: RFC
// 5322 dates, asctime() dates, two- and three-digit years, zones by name, comments around all that.
//
// Times are seconds since the epoch. Years are kept within 1970..2037, hours, minutes and seconds
// within their ranges, a day past its month becomes the first of the next month. Nothing fails:
// nullopt says that no date was found.

#ifndef MESSAGE_DATE_H
#define MESSAGE_DATE_H

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace message {

std::optional<std::time_t> parse_date(std::string_view text);

// The zone of this machine as "+0100".
std::string local_zone();

// "Mon, 02 Jan 2006 15:04:05 +0100" in the zone of this machine.
std::string format_date(std::time_t when);

// When the first trustworthy Received header was written, else the mbox "From " line, else any
// other Received, Resent-Date or Date; nullopt when nothing can be read. `headers` is a decoded
// header block, one field a line, an mbox line in front allowed (Util::receive_date).
std::optional<std::time_t> find_receive_date(std::string_view headers);

}  // namespace message

#endif  // MESSAGE_DATE_H
