#include "client/connection.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

using client::Connection;
using protocol::ResultCode;

namespace {

// A listening Unix socket nobody accepts from.
class Listener {
public:
    Listener() : path_(std::string(TEST_BINARY_DIR) + "/listener." + std::to_string(getpid())) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(path_.size() < sizeof address.sun_path);
        std::strcpy(address.sun_path, path_.c_str());
        fd_.reset(socket(AF_UNIX, SOCK_STREAM, 0));
        REQUIRE(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(listen(fd_.get(), 4) == 0);
    }
    ~Listener() { unlink(path_.c_str()); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
    util::UniqueFd fd_;
};

}  // namespace

TEST_CASE("connection: what failed decides the exit code") {
    CHECK(client::connect_failure(ECONNREFUSED) == ResultCode::Unavailable);
    CHECK(client::connect_failure(ETIMEDOUT) == ResultCode::Unavailable);
    CHECK(client::connect_failure(EHOSTUNREACH) == ResultCode::Unavailable);
    CHECK(client::connect_failure(EACCES) == ResultCode::NoPerm);
    CHECK(client::connect_failure(ENOENT) == ResultCode::Software);
}

TEST_CASE("connection: a path no socket address can hold is refused, not cut") {
    const auto connection = Connection::to_socket(std::string(200, 'x'), 1);
    REQUIRE_FALSE(connection);
    CHECK(connection.error() == ENAMETOOLONG);
}

TEST_CASE("connection: neither a silent nor a deaf peer is waited for beyond the timeout") {
    const Listener listener;
    auto connection = Connection::to_socket(listener.path(), 1);
    REQUIRE(connection);
    connection->set_timeout(1);
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(connection->receive());
    CHECK_FALSE(connection->send(std::string(4 * 1024 * 1024, 'x')));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}
