#include "util/log.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/process_id.h"

namespace {
struct Kept : util::LogSink {
    explicit Kept(std::string& lines_of_log) : lines(lines_of_log) {}
    void write(util::LogLevel level, std::string_view text) override {
        lines += std::string(util::level_name(level)) + ": " + std::string(text) + "\n";
    }
    std::string& lines;
};
}  // namespace

TEST_CASE("log: octets that could deceive a reader are written as numbers, in every line") {
    std::string lines;
    util::Log log;
    log.add_sink(std::make_unique<Kept>(lines));
    log.write(util::LogLevel::Info, "plain ~ text");
    log.write(util::LogLevel::Warn, "a\nb\tc\rd\\e");
    log.write(util::LogLevel::Error, std::string_view("\0\x1f\x7f\x80\xff", 5));
    log.write(util::LogLevel::Debug, "");
    CHECK(lines ==
          "info: plain ~ text\n"
          "warn: a\\nb\\tc\\rd\\\\e\n"
          "error: \\x{00}\\x{1F}\\x{7F}\\x{80}\\x{FF}\n"
          "dbg: \n");
}

TEST_CASE("log: a stamp follows the clock, forwards and back") {
    util::LogStamp stamp("%Y %M:%S");
    CHECK(stamp.at(1'000'000'000) == "2001 46:40");
    CHECK(stamp.at(1'000'000'000) == "2001 46:40");
    CHECK(stamp.at(1'000'000'001) == "2001 46:41");
    CHECK(stamp.at(999'999'999) == "2001 46:39");
    CHECK(util::LogStamp("").at(0) == "");
    CHECK(util::LogStamp(std::string(200, 'x')).at(0) == "");
}

TEST_CASE("process id: is the child's own after a fork") {
    CHECK(util::process_id() == ::getpid());
    pid_t child = ::fork();
    if (child == 0)
        ::_exit(util::process_id() == ::getpid() ? 0 : 1);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(util::process_id() == ::getpid());
}
