// The preferences file of a user who has none yet.

#ifndef SCAN_USER_PREFS_FILE_H
#define SCAN_USER_PREFS_FILE_H

#include <string>
#include <vector>

namespace scan {

// Writes `path` and its directory (mode 0600 and 0700), from the first user_prefs.template in
// `directories` or a text of our own. Never touches a file that exists. Answers the reason when
// it could not be made, "" when it was.
std::string create_user_prefs(const std::string& path, const std::vector<std::string>& directories);

}  // namespace scan

#endif  // SCAN_USER_PREFS_FILE_H
