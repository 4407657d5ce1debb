#include "util/subprocess.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "util/file.h"
#include "util/temporary_file.h"
#include "util/unique_fd.h"

using util::ProgramLimits;
using util::ProgramResult;
using End = util::ProgramResult::End;

namespace {

ProgramResult shell(const std::string& script, const ProgramLimits& limits = {}) {
    return util::run_program({"/bin/sh", "-c", script}, {}, limits);
}

ProgramLimits short_time() {
    return {.deadline = util::Deadline::after(std::chrono::milliseconds(100))};
}

}  // namespace

TEST_CASE("subprocess: output, errors and how it ended come back") {
    auto result = shell("echo out; echo bad >&2; exit 3");
    CHECK(result.end == End::Exited);
    CHECK(result.status == 3);
    CHECK_FALSE(result.succeeded());
    CHECK(result.output == "out\n");
    CHECK(result.errors == "bad\n");
    CHECK(shell("true").succeeded());
    result = shell("kill -9 $$");
    CHECK(result.end == End::Signaled);
    CHECK(result.status == SIGKILL);
}

TEST_CASE("subprocess: arguments are handed on as they are, variables are added") {
    auto result = util::run_program({"printf", "%s|", "a b", "$HOME", ""}, {}, {});
    CHECK(result.output == "a b|$HOME||");
    CHECK(util::run_program({"/bin/sh", "-c", "echo $SOME_WORD$PATH"},
                            {{"SOME_WORD", "x"}, {"PATH", "/y"}}, {})
              .output == "x/y\n");
}

TEST_CASE("subprocess: a program that is not there is no exception") {
    auto result = util::run_program({"/nonexistent/program", "x"}, {}, {});
    CHECK(result.end == End::NotStarted);
    CHECK(result.errors == "No such file or directory");
    CHECK(util::run_program({}, {}, {}).end == End::NotStarted);
}

TEST_CASE("subprocess: at the deadline it is stopped, and what it started as well") {
    auto result = shell("echo first; sleep 100", short_time());
    CHECK(result.end == End::TimedOut);
    CHECK(result.output == "first\n");
    // The pid of a child that ignores TERM and has the pipe.
    result = shell("trap '' TERM; (trap '' TERM; sleep 100) & echo $!; wait", short_time());
    CHECK(result.end == End::TimedOut);
    pid_t child = std::atoi(result.output.c_str());
    REQUIRE(child > 1);
    // Whoever inherits it takes a moment to reap it.
    bool gone = false;
    for (int i = 0; i < 200 && !gone; ++i) {
        gone = ::kill(child, 0) != 0 && errno == ESRCH;
        std::string stat = "/proc/" + std::to_string(child) + "/stat";
        if (!gone && ::access(stat.c_str(), R_OK) == 0)
            gone = util::read_file(stat).find(") Z") != std::string::npos;
        if (!gone)
            ::usleep(10000);
    }
    CHECK(gone);
}

TEST_CASE("subprocess: one that has closed its output is waited for until the deadline") {
    CHECK(shell("exec >&- 2>&-; sleep 0.05; exit 7").status == 7);
    CHECK(shell("exec >&- 2>&-; sleep 100", short_time()).end == End::TimedOut);
}

TEST_CASE("subprocess: output ends at its limit, errors are cut") {
    ProgramLimits limits;
    limits.max_output = 1000;
    limits.max_errors = 10;
    auto result = shell("while :; do echo xxxxxxxxxxxxxxxxxxxx; done", limits);
    CHECK(result.end == End::TooLong);
    CHECK(result.output.size() == 1000);
    result = shell("printf '%1000s' x", limits);
    CHECK(result.succeeded());
    CHECK(result.output.size() == 1000);
    result = shell("printf '%100000s' x >&2", limits);
    CHECK(result.succeeded());
    CHECK(result.errors.size() == 10);
}

TEST_CASE("subprocess: it gets no descriptors of ours and nothing to read") {
    util::UniqueFd open(::open("/dev/null", O_RDONLY));
    REQUIRE(open);
    auto result = shell("cat; ls /proc/self/fd 2>/dev/null | wc -l");
    CHECK(result.output.find_first_of("012345") != std::string::npos);
    // The three and the one that lists.
    CHECK(std::atoi(result.output.c_str()) <= 4);
}

TEST_CASE("temporary file: holds its content and is gone afterwards") {
    std::string path;
    {
        util::TemporaryFile file("some\nbytes");
        path = file.path();
        CHECK(util::read_file(path) == "some\nbytes");
    }
    CHECK(::access(path.c_str(), F_OK) != 0);
}
