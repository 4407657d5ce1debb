#include "plugins/access_db.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "plugin_bench.h"

namespace {

struct TempFile {
    std::string path;
    explicit TempFile(std::string_view text) {
        char name[] = "/tmp/access_db_test_XXXXXX";
        int fd = ::mkstemp(name);
        REQUIRE(fd >= 0);
        ::close(fd);
        path = name;
        write(text);
    }
    ~TempFile() { std::filesystem::remove(path); }
    void write(std::string_view text) const { std::ofstream(path) << text; }
};

std::string mail(std::string_view from, std::string_view received = "") {
    return std::string(received) + "From: " + std::string(from) +
           "\nTo: c@d.example\nSubject: hi\n\nHello\n";
}

}  // namespace

TEST_CASE("access db: a map is read as the mail server's tools read it") {
    auto map = plugins::parse_access_map(
        "# comment\n\nFrom:Bad@Spam.example  REJECT\n\t192.0.2\t550 go away\nloner\n"
        "\"odd key\" DISCARD\r\nfrom:bad@spam.example OK\n\"open REJECT");
    CHECK(map.size() == 3);
    CHECK(map["from:bad@spam.example"] == "REJECT");
    CHECK(map["192.0.2"] == "550 go away");
    CHECK(map["odd key"] == "DISCARD");
}

TEST_CASE("access db: addresses, hosts and networks are looked up from the whole to its parts") {
    std::vector<std::string> keys;
    plugins::add_address_keys("a@b.c", keys);
    CHECK(util::join(keys, " ") == "From:a@b.c a@b.c From:a@ a@ From:b.c b.c From:c c");
    keys.clear();
    plugins::add_host_keys("x.c", keys);
    plugins::add_network_keys("10.1", keys);
    CHECK(util::join(keys, " ") == "From:x.c x.c From:c c From:10.1 10.1 From:10 10");
}

TEST_CASE("access db: OK and SKIP end the search, refusals do not") {
    auto refused = [](std::string_view text) {
        return plugins::is_refused(plugins::parse_access_map(text), {"one", "two", "three"});
    };
    CHECK(refused("one REJECT"));
    CHECK(refused("two error:550 no"));
    CHECK(refused("three DISCARD"));
    CHECK(refused("two 554"));
    CHECK_FALSE(refused("two RELAY"));
    CHECK_FALSE(refused("four REJECT"));
    CHECK_FALSE(refused("one REJECT\nthree OK"));
    CHECK_FALSE(refused("one SKIP\ntwo REJECT"));
}

TEST_CASE("access db: the text beside the database decides, also after it changed") {
    TempFile file("spam.example REJECT\n203.0.113 REJECT\nfine@spam.example OK\n");
    PluginBench bench("AccessDB",
                      "header DB eval:check_access_database('" + file.path +
                          ".db')\n"
                          "header NONE eval:check_access_database('/nonexistent/access.db')\n");
    REQUIRE(bench.diagnostics.all().empty());
    CHECK(bench.check(mail("x@mx.spam.example")).hit("DB"));
    CHECK_FALSE(bench.check(mail("x@mx.spam.example")).hit("NONE"));
    CHECK_FALSE(bench.check(mail("fine@spam.example")).hit("DB"));
    CHECK_FALSE(bench.check(mail("x@ham.example")).hit("DB"));
    std::string hop =
        "Received: from a.example (a.example [203.0.113.9]) by b.example with SMTP;"
        " Thu, 1 Jan 2026 00:00:00 +0000\n";
    CHECK(bench.check(mail("x@ham.example", hop)).hit("DB"));
    file.write("ham.example REJECT # a different length\n");
    CHECK(bench.check(mail("x@ham.example")).hit("DB"));
    CHECK_FALSE(bench.check(mail("x@ham.example.net", hop)).hit("DB"));
}
