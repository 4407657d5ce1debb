#include "util/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "util/unique_fd.h"

extern char** environ;

namespace util {

namespace {

constexpr std::chrono::milliseconds kKillAfter{500};  // from TERM on
constexpr int kLookForEndMs = 5;                      // it closed its output and still runs

struct Pipe {
    UniqueFd reading, writing;
    bool open() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return false;
        reading.reset(ends[0]);
        writing.reset(ends[1]);
        return true;
    }
};

// The arrays that exec wants; they point into strings that stay.
std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> all;
    for (auto& s : strings)
        all.push_back(s.data());
    all.push_back(nullptr);
    return all;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& more) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string_view text = *entry;
        bool replaced = std::any_of(more.begin(), more.end(), [&](const auto& variable) {
            return text.substr(0, text.find('=')) == variable.first;
        });
        if (!replaced)
            all.emplace_back(text);
    }
    for (const auto& [name, value] : more)
        all.push_back(name + "=" + value);
    return all;
}

// posix_spawn's two objects.
struct Spawning {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    Spawning(int output, int errors) {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, output, 1);
        ::posix_spawn_file_actions_adddup2(&actions, errors, 2);
        ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        ::posix_spawnattr_init(&attributes);
        sigset_t all, none;
        ::sigfillset(&all);
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setpgroup(&attributes, 0);
        ::posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    ~Spawning() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
};

// Reads what is there; false at the end. Keeps `most` bytes.
bool take(int fd, std::string& to, size_t most) {
    char buffer[16384];
    ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    to.append(buffer, std::min(static_cast<size_t>(got), most - std::min(most, to.size())));
    return got > 0;
}

class Running {
public:
    Running(pid_t pid, Pipe& output, Pipe& errors, ProgramResult& result)
        : pid_(pid), output_(output), errors_(errors), result_(result) {}

    void to_the_end(const ProgramLimits& limits) {
        using End = ProgramResult::End;
        while (output_.reading || errors_.reading || !reaped_) {
            if (limits.deadline.expired())
                return stop(End::TimedOut);
            read_some(limits);
            if (result_.output.size() > limits.max_output) {
                result_.output.resize(limits.max_output);
                return stop(End::TooLong);
            }
            // A grandchild that keeps the pipe is not waited for.
            if (!reaped_ && !output_.reading)
                reap(WNOHANG);
            if (reaped_ && !output_.reading)
                break;
        }
        ::kill(-pid_, SIGKILL);
        result_.end = WIFEXITED(status_) ? End::Exited : End::Signaled;
        result_.status = WIFEXITED(status_) ? WEXITSTATUS(status_) : WTERMSIG(status_);
    }

private:
    void read_some(const ProgramLimits& limits) {
        pollfd ends[] = {{output_.reading.get(), POLLIN, 0}, {errors_.reading.get(), POLLIN, 0}};
        long wait = limits.deadline.milliseconds_left().value_or(1000);
        if (!output_.reading)
            wait = std::min<long>(wait, kLookForEndMs);
        if (::poll(ends, 2, static_cast<int>(std::clamp<long>(wait, 1, 1000))) <= 0)
            return;
        // One byte more than is kept shows that there is more.
        if (ends[0].revents != 0 &&
            !take(output_.reading.get(), result_.output, limits.max_output + 1))
            output_.reading.reset();
        if (ends[1].revents != 0 && !take(errors_.reading.get(), result_.errors, limits.max_errors))
            errors_.reading.reset();
    }

    void reap(int options) {
        pid_t done = ::waitpid(pid_, &status_, options);
        while (done < 0 && errno == EINTR)
            done = ::waitpid(pid_, &status_, options);
        reaped_ = done != 0;
    }

    void stop(ProgramResult::End end) {
        result_.end = end;
        ::kill(-pid_, SIGTERM);
        Deadline grace = Deadline::after(kKillAfter);
        for (reap(WNOHANG); !reaped_ && !grace.expired(); reap(WNOHANG))
            ::poll(nullptr, 0, kLookForEndMs);
        ::kill(-pid_, SIGKILL);
        if (!reaped_)
            reap(0);
    }

    pid_t pid_;
    Pipe& output_;
    Pipe& errors_;
    ProgramResult& result_;
    int status_ = 0;
    bool reaped_ = false;
};

}  // namespace

ProgramResult run_program(const std::vector<std::string>& command,
                          const std::vector<std::pair<std::string, std::string>>& environment,
                          const ProgramLimits& limits) {
    ProgramResult result;
    Pipe output, errors;
    if (command.empty() || !output.open() || !errors.open()) {
        result.errors = command.empty() ? "no program" : std::strerror(errno);
        return result;
    }
    std::vector<std::string> arguments = command, variables = environment_with(environment);
    Spawning spawning(output.writing.get(), errors.writing.get());
    pid_t pid = -1;
    int failed = ::posix_spawnp(&pid, arguments[0].c_str(), &spawning.actions, &spawning.attributes,
                                pointers(arguments).data(), pointers(variables).data());
    if (failed != 0) {
        result.errors = std::strerror(failed);
        return result;
    }
    output.writing.reset();
    errors.writing.reset();
    Running(pid, output, errors, result).to_the_end(limits);
    return result;
}

}  // namespace util
