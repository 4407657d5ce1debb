#include "daemon/vpopmail.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "util/clock.h"
#include "util/strings.h"
#include "util/subprocess.h"

namespace spamd {

namespace {

bool may_be_asked(std::string_view user) {
    return !user.empty() && user[0] != '-' &&
           std::all_of(user.begin(), user.end(), [](unsigned char c) {
               return util::is_digit(c) || util::is_alpha(c) ||
                      std::string_view("-:,.=+_@~").find(static_cast<char>(c)) !=
                          std::string_view::npos;
           });
}

// What a program wrote, if it ended well, in time, and within the limits.
std::optional<std::string> output_of(const std::vector<std::string>& command,
                                     const util::Deadline& deadline, const VpopmailLimits& limits) {
    util::ProgramResult result =
        util::run_program(command, {}, {.deadline = deadline, .max_output = limits.max_output});
    if (!result.succeeded())
        return std::nullopt;
    return std::move(result.output);
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

std::optional<std::string> find_vpopmail_home(const std::string& vpopmail_dir,
                                              const std::string& user,
                                              const VpopmailLimits& limits) {
    constexpr std::string_view kArrow = "-> ", kMaildir = "/Maildir/";
    const util::Deadline deadline = util::Deadline::after(limits.time);
    std::deque<std::string> names = {user};
    for (size_t asked = 0; !names.empty() && asked < limits.max_lookups; ++asked) {
        const std::string name = std::move(names.front());
        names.pop_front();
        if (!may_be_asked(name))
            continue;
        auto home = output_of({vpopmail_dir + "/bin/vuserinfo", "-d", name}, deadline, limits);
        if (home && !first_line(*home).empty())
            return first_line(*home);
        auto aliases = output_of({vpopmail_dir + "/bin/valias", name}, deadline, limits);
        if (!aliases)
            continue;
        // "joe@example.org -> &ann@example.org", "... -> /home/vpopmail/.../Maildir/"
        for (std::string_view line : util::split(*aliases, '\n')) {
            size_t arrow = line.find(kArrow);
            if (arrow == std::string_view::npos)
                continue;
            std::string_view target = util::trim(line.substr(arrow + kArrow.size()));
            if (target.starts_with('&'))
                target.remove_prefix(1);
            if (target.starts_with('/') && target.ends_with(kMaildir) &&
                target.size() > kMaildir.size())
                return std::string(target.substr(0, target.size() - kMaildir.size()));
            if (std::count(target.begin(), target.end(), '@') == 1)
                names.emplace_back(target);
        }
    }
    return std::nullopt;
}

}  // namespace spamd
