#include "util/log.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
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

namespace {
// Each write to it is a packet, so that the reader sees where one ends.
struct Packets : util::LineSink {
    Packets() { REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0); }
    ~Packets() override {
        ::close(fds[0]);
        ::close(fds[1]);
    }
    int descriptor() const override { return fds[1]; }
    void append_stamp(std::string& line) override { line += "now "; }
    std::string next() const {
        char buffer[16384];
        ssize_t n = ::recv(fds[0], buffer, sizeof buffer, MSG_DONTWAIT);
        return n < 0 ? "" : std::string(buffer, static_cast<size_t>(n));
    }
    int fds[2];
};
}  // namespace

TEST_CASE("log: lines of one moment are written at once, as long as a pipe keeps them whole") {
    auto owned = std::make_unique<Packets>();
    Packets& packets = *owned;
    util::Log log;
    log.add_sink(std::move(owned));
    const std::string start = "now [" + std::to_string(::getpid()) + "] info: ";
    log.write_together(util::LogLevel::Info, {"one", "t\two"});
    CHECK(packets.next() == start + "one\n" + start + "t\\two\n");
    log.write(util::LogLevel::Info, "three");
    CHECK(packets.next() == start + "three\n");
    const std::string large(3000, 'x'), huge(5000, 'y');
    log.write_together(util::LogLevel::Info, {large, large, "little", huge});
    CHECK(packets.next() == start + large + "\n");
    CHECK(packets.next() == start + large + "\n" + start + "little\n");
    CHECK(packets.next() == start + huge + "\n");
    CHECK(packets.next() == "");
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

TEST_CASE("deadline: has passed when its time has, and none never does") {
    using std::chrono::milliseconds;
    CHECK_FALSE(util::Deadline().expired());
    CHECK_FALSE(util::Deadline().milliseconds_left());
    CHECK(util::Deadline::after(milliseconds(0)).expired());
    CHECK(util::Deadline::after(milliseconds(-5)).milliseconds_left() == 0);
    const auto hour = util::Deadline::after(std::chrono::hours(1));
    CHECK_FALSE(hour.expired());
    CHECK(hour.milliseconds_left().value() > 3'000'000);
    CHECK(hour.sooner(util::Deadline::after(milliseconds(0))).expired());
    const auto soon = util::Deadline::after(milliseconds(3));
    const auto end = std::chrono::steady_clock::now() + milliseconds(3);
    while (!soon.expired()) {
    }
    CHECK(std::chrono::steady_clock::now() + milliseconds(1) >= end);
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
