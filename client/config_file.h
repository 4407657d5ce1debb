// spamc.conf: further words for the command line, put before those given there.
//
// Words are parted by blanks; there are no quotes. Lines that begin with "#" (blanks before it do
// not matter) are comments. As with SpamAssassin's spamc the last line must end in a line feed: a
// file cut short is not half obeyed. Departures: tabs part words too, and neither line length nor
// number of words is limited to what fits a small buffer.

#ifndef CLIENT_CONFIG_FILE_H
#define CLIENT_CONFIG_FILE_H

#include <string>
#include <string_view>
#include <vector>

#include "util/expected.h"

namespace client {

// The error says what is wrong and where.
util::Expected<std::vector<std::string>, std::string> read_config(std::string_view text,
                                                                  const std::string& path);

enum class ConfigStatus { Ok, Missing, Bad };

struct ConfigFile {
    ConfigStatus status = ConfigStatus::Ok;
    std::vector<std::string> words;
    std::string error;
};

ConfigFile load_config(const std::string& path);

}  // namespace client

#endif  // CLIENT_CONFIG_FILE_H
