// Where configuration is looked for: SpamAssassin's lists of directories, with our own rule pack
// as the last resort.

#ifndef SCAN_PATHS_H
#define SCAN_PATHS_H

#include <string>
#include <vector>

namespace scan {

// What the __names__ in path values stand for.
struct PathNames {
    std::string prefix, def_rules_dir, local_rules_dir, local_state_dir, user_state_dir, home;
    std::string cache_dir;  // of programs, not of users
};
PathNames default_path_names();

// Writes out __prefix__, __userstate__ and the others, then ~ or ~user in front.
std::string expand_path(std::string path, const PathNames& names);

// The first that exists, expanded; "" if none does.
std::string first_existing_path(const std::vector<std::string>& candidates, const PathNames& names);
std::string find_rules_dir(const PathNames& names);
// Falls back to the pack's own directory, whose .pre files load the usual plugins.
std::string find_site_dir(const PathNames& names);
// Candidates for a file beside the rules ("languages"), best first.
std::string find_rule_support_file(const std::string& name, const std::string& site_dir,
                                   const std::string& rules_dir, const PathNames& names);

}  // namespace scan

#endif  // SCAN_PATHS_H
