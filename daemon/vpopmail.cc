#include "daemon/vpopmail.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string_view>
#include <vector>

#include "util/clock.h"
#include "util/strings.h"
#include "util/unique_fd.h"

extern char** environ;

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
std::optional<std::string> output_of(std::vector<std::string> words, const util::Deadline& deadline,
                                     const VpopmailLimits& limits) {
    int fds[2];
    if (::pipe(fds) != 0)
        return std::nullopt;
    util::UniqueFd reading(fds[0]), writing(fds[1]);
    for (int fd : fds)
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, writing.get(), 1);
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    writing.reset();
    if (failed != 0)
        return std::nullopt;

    std::string out;
    bool whole = false;
    ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
    while (out.size() <= limits.max_output) {
        struct pollfd p = {reading.get(), POLLIN, 0};
        int n = ::poll(&p, 1, static_cast<int>(deadline.milliseconds_left().value_or(-1)));
        if (n == 0)
            break;
        char buffer[4096];
        ssize_t got = n < 0 ? -1 : ::read(reading.get(), buffer, sizeof buffer);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        whole = got == 0;
        if (got <= 0)
            break;
        out.append(buffer, static_cast<size_t>(got));
    }
    // It may have closed its output and stay.
    int status = 0;
    while (whole && ::waitpid(pid, &status, WNOHANG) == 0) {
        whole = !deadline.expired();
        ::poll(nullptr, 0, 1);
    }
    if (!whole) {
        ::kill(pid, SIGKILL);
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        return std::nullopt;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return std::nullopt;
    return out;
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
