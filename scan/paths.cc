#include "scan/paths.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "config/condition.h"
#include "util/strings.h"

namespace scan {

static std::string home_of(const std::string& user) {
    if (user.empty()) {
        const char* home = std::getenv("HOME");
        if (home != nullptr && std::string_view(home).find('/') != std::string_view::npos)
            return home;
    }
    const passwd* entry = user.empty() ? getpwuid(geteuid()) : getpwnam(user.c_str());
    return entry != nullptr ? entry->pw_dir : "";
}

PathNames default_path_names() {
    PathNames names;
    names.prefix = MIHARU_PREFIX;
    names.def_rules_dir = "/usr/share/spamassassin";
    names.local_rules_dir = MIHARU_SITE_DIR;
    names.local_state_dir = "/var/lib/spamassassin";
    names.cache_dir = MIHARU_CACHE_DIR;
    names.home = home_of("");
    names.user_state_dir = names.home + "/.spamassassin";
    return names;
}

std::string expand_path(std::string path, const PathNames& names) {
    const std::pair<std::string_view, const std::string&> kNames[] = {
        {"__local_rules_dir__", names.local_rules_dir},
        {"__local_state_dir__", names.local_state_dir},
        {"__def_rules_dir__", names.def_rules_dir},
        {"__prefix__", names.prefix},
        {"__userstate__", names.user_state_dir},
        {"__global_state_dir__", names.local_state_dir},
    };
    if (path.find("__") != std::string::npos) {
        for (const auto& [name, value] : kNames)
            path = util::replace_all(std::move(path), name, value);
        path = util::replace_all(std::move(path), "__perl_major_ver__", "5.036");
        path = util::replace_all(std::move(path), "__version__", config::kSpamAssassinVersionText);
    }
    if (!path.empty() && path[0] == '~') {
        size_t slash = std::min(path.find('/'), path.size());
        std::string user = path.substr(1, slash - 1);
        // A home that the caller named, or HOME, stands for every user's.
        path = (names.home.empty() ? home_of(user) : names.home) + path.substr(slash);
    }
    return path;
}

static bool exists(const std::string& path) {
    struct stat st {};
    return stat(path.c_str(), &st) == 0;
}

std::string first_existing_path(const std::vector<std::string>& candidates,
                                const PathNames& names) {
    for (const auto& candidate : candidates) {
        std::string path = expand_path(candidate, names);
        if (exists(path))
            return path;
    }
    return {};
}

static const std::vector<std::string>& rules_dirs() {
    static const std::vector<std::string> dirs = {
        "__local_state_dir__/__version__", "__def_rules_dir__",
        "__prefix__/share/spamassassin",   "/usr/local/share/spamassassin",
        "/usr/share/spamassassin",         MIHARU_RULES_DIR,
        MIHARU_SOURCE_RULES_DIR,
    };
    return dirs;
}

std::string find_rules_dir(const PathNames& names) {
    return first_existing_path(rules_dirs(), names);
}

std::string find_site_dir(const PathNames& names) {
    return first_existing_path(
        {"__local_rules_dir__", "__prefix__/etc/mail/spamassassin", "__prefix__/etc/spamassassin",
         "/usr/local/etc/spamassassin", "/usr/local/etc/mail/spamassassin",
         "/usr/pkg/etc/spamassassin", "/usr/etc/spamassassin", "/etc/mail/spamassassin",
         "/etc/spamassassin", MIHARU_RULES_DIR, MIHARU_SOURCE_RULES_DIR},
        names);
}

std::string find_rule_support_file(const std::string& name, const std::string& site_dir,
                                   const std::string& rules_dir, const PathNames& names) {
    std::vector<std::string> candidates = {
        site_dir + "/" + name, rules_dir + "/" + name,
        "__local_state_dir__/__version__/updates_spamassassin_org/" + name};
    for (const auto& dir : rules_dirs())
        candidates.push_back(dir + "/" + name);
    return first_existing_path(candidates, names);
}

}  // namespace scan
