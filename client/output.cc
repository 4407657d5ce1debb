#include "client/output.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace client {

namespace {

[[noreturn]] void become(std::vector<std::string>& command, const Log& log) {
    std::vector<char*> argv;
    for (std::string& word : command)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    // Ignored signals stay ignored across an exec.
    signal(SIGPIPE, SIG_DFL);
    execv(argv[0], argv.data());
    log.error("exec " + command[0] + ": " + std::strerror(errno));
    _exit(71);
}

}  // namespace

bool Output::open() {
    if (is_open_)
        return fd_ >= 0;
    is_open_ = true;
    if (!command_.empty() && !start_command()) {
        fd_ = -1;
        return false;
    }
    return true;
}

bool Output::start_command() {
    int ends[2];
    if (pipe(ends) != 0) {
        log_.error(std::string("pipe: ") + std::strerror(errno));
        return false;
    }
    util::UniqueFd reading(ends[0]);
    util::UniqueFd writing(ends[1]);
    const pid_t pid = fork();
    if (pid < 0) {
        log_.error(std::string("fork: ") + std::strerror(errno));
        return false;
    }
    if (pid > 0) {
        writing.reset();
        if (dup2(reading.get(), 0) < 0) {
            log_.error(std::string("dup2: ") + std::strerror(errno));
            _exit(71);
        }
        if (reading.get() == 0)
            reading.release();
        reading.reset();
        become(command_, log_);
    }
    pipe_ = std::move(writing);
    fd_ = pipe_.get();
    return true;
}

bool Output::write(std::string_view bytes) {
    if (!open())
        is_good_ = false;
    while (is_good_ && !bytes.empty()) {
        const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            is_good_ = false;
        else
            bytes.remove_prefix(static_cast<size_t>(n));
    }
    return is_good_;
}

bool Output::copy_from(int fd) {
    char buffer[64 * 1024];
    for (;;) {
        const ssize_t n = ::read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        if (!write(std::string_view(buffer, static_cast<size_t>(n))))
            return false;
    }
}

}  // namespace client
