#include "scan/user_prefs_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "util/error.h"
#include "util/file.h"
#include "util/unique_fd.h"

namespace scan {

std::string create_user_prefs(const std::string& path,
                              const std::vector<std::string>& directories) {
    std::string text =
        "# Preferences of this user; see the manual for what may stand here.\n"
        "#\n"
        "# How many points before a mail is considered spam.\n"
        "# required_score 5\n"
        "#\n"
        "# Senders that are always welcome, never welcome.\n"
        "# welcomelist_from someone@example.com\n"
        "# blocklist_from *@spammer.example\n";
    try {
        for (const auto& directory : directories) {
            std::string candidate = directory + "/user_prefs.template";
            if (util::is_regular_file(candidate)) {
                text = util::read_file(candidate);
                break;
            }
        }
        std::string directory = std::filesystem::path(path).parent_path().string();
        ::mkdir(directory.c_str(), 0700);
        util::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!fd)
            util::throw_errno("create " + path);
        util::write_all(fd.get(), text);
    } catch (const std::system_error& e) {
        return e.code().message();
    }
    return {};
}

}  // namespace scan
