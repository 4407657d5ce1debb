#include "daemon/acceptor.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <set>
#include <string>
#include <thread>

#include "daemon/settings.h"

namespace {

// Two listening Unix sockets, and a pipe that says stop.
struct Fixture {
    Fixture() {
        std::string base =
            std::string(TEST_BINARY_DIR) + "/acceptor." + std::to_string(::getpid()) + ".";
        settings.listen = {base + "a", base + "b"};
        settings.socket_mode = 0600;
        listeners = spamd::open_listeners(settings);
        REQUIRE(listeners.size() == 2);
        int fds[2];
        REQUIRE(::pipe(fds) == 0);
        stop_read.reset(fds[0]);
        stop_write.reset(fds[1]);
    }
    ~Fixture() {
        for (const auto& listener : listeners)
            listener.unlink();
    }
    util::UniqueFd connect(size_t i) const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, listeners[i].path().c_str(), sizeof address.sun_path - 1);
        util::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        return fd;
    }
    spamd::Settings settings;
    std::vector<spamd::Listener> listeners;
    util::UniqueFd stop_read, stop_write;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "acceptor: clients of every socket come out, none starves another") {
    spamd::Acceptor acceptor(listeners, {stop_read.get()});
    auto a1 = connect(0), a2 = connect(0), a3 = connect(0), b1 = connect(1);
    std::vector<std::string> order;
    for (int i = 0; i < 4; ++i) {
        auto client = acceptor.next();
        REQUIRE(client);
        CHECK((::fcntl(client->socket.get(), F_GETFL) & O_NONBLOCK) != 0);
        CHECK((::fcntl(client->socket.get(), F_GETFD) & FD_CLOEXEC) != 0);
        order.push_back(client->listener->path());
    }
    CHECK(order[0] != order[1]);
    CHECK(std::multiset<std::string>(order.begin(), order.end()).count(listeners[0].path()) == 3);
}

TEST_CASE_FIXTURE(Fixture, "acceptor: a word to stop ends it, after the client that came with it") {
    spamd::Acceptor acceptor(listeners, {stop_read.get()});
    auto one = connect(0), two = connect(0);
    REQUIRE(::write(stop_write.get(), "x", 1) == 1);
    CHECK(acceptor.next());
    CHECK_FALSE(acceptor.next());
    CHECK_FALSE(acceptor.next());
}

TEST_CASE_FIXTURE(Fixture, "acceptor: end of file is a word to stop, also for one who sleeps") {
    spamd::Acceptor acceptor(listeners, {stop_read.get()});
    std::thread gone([this] { stop_write.reset(); });
    CHECK_FALSE(acceptor.next());
    gone.join();
}

TEST_CASE_FIXTURE(Fixture, "acceptor: several sleepers get each connection once") {
    constexpr int kConnections = 200, kSleepers = 4;
    std::atomic<int> taken{0};
    std::vector<std::thread> sleepers;
    for (int i = 0; i < kSleepers; ++i)
        sleepers.emplace_back([&] {
            spamd::Acceptor acceptor(listeners, {stop_read.get()});
            while (auto client = acceptor.next()) {
                ++taken;
                if (::write(client->socket.get(), "x", 1) != 1)
                    return;
            }
        });
    // One at a time, and each is answered: nobody oversleeps.
    for (int i = 0; i < kConnections; ++i) {
        auto fd = connect(static_cast<size_t>(i) % 2);
        char byte = 0;
        CHECK(::read(fd.get(), &byte, 1) == 1);
    }
    stop_write.reset();
    for (auto& sleeper : sleepers)
        sleeper.join();
    CHECK(taken == kConnections);
}
