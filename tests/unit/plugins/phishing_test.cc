#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "plugin_bench.h"
#include "tests/support/temporary_directory.h"

namespace {

struct Feeds {
    TemporaryDirectory top;
    const std::string& directory = top.path;
    Feeds() {
        std::ofstream(directory + "/open")
            << "# list\nhttp://bad.example/login\nhttp://bad.example/go.php?u=1\nnonsense\n"
               "http://page.example/?id=7\r\n";
        std::ofstream(directory + "/tank") << "phish_id,url,detail\n"
                                              "1,\"http://tank.example/a/b\",x\n2\n"
                                              "3,http://bad.example/login,x\n";
        std::ofstream(directory + "/stats") << "Date,Score,URL,IP\n"
                                               "\"d\",\"7.5\",\"http://high.example/x/y\",\"1\"\n"
                                               "\"d\",\"6\",\"http://even.example/x/y\",\"1\"\n";
    }
    std::string config(std::string_view more = "") const {
        return "phishing_openphish_feed " + directory + "/open\nphishing_phishtank_feed " +
               directory + "/tank\nphishing_phishstats_feed " + directory +
               "/stats\nbody PHISH eval:check_phishing()\n" + std::string(more);
    }
};

std::string mail(std::string_view link) {
    return "From: a@b.example\nSubject: hi\n\nSee " + std::string(link) + " now\n";
}

}  // namespace

TEST_CASE("phishing: links are found in the lists and the list is named") {
    Feeds feeds;
    PluginBench bench("Phishing", feeds.config());
    REQUIRE(bench.diagnostics.all().empty());
    auto found = [&](std::string_view link) {
        auto c = bench.check(mail(link));
        return c.hit("PHISH") ? c.details("PHISH") : "(no)";
    };
    CHECK(found("http://bad.example/login") == "OpenPhish (bad.example)");
    CHECK(found("http://tank.example/a/b") == "PhishTank (tank.example)");
    CHECK(found("http://high.example/x/y") == "PhishStats (high.example)");
    CHECK(found("http://page.example/?id=7") == "OpenPhish (page.example)");
    CHECK(found("http://even.example/x/y") == "(no)");
    CHECK(found("http://bad.example/") == "(no)");
    CHECK(found("http://bad.example/go.php?u=2") == "(no)");
    CHECK(found("http://bad.example/go.php?u=1") == "OpenPhish (bad.example)");
}

TEST_CASE("phishing: parameters may be left out, but not from pages at the root") {
    Feeds feeds;
    PluginBench bench("Phishing", feeds.config("phishing_uri_noparam 1\n"));
    CHECK_FALSE(bench.check(mail("http://bad.example/go.php?u=2")).hit("PHISH"));
    CHECK(bench.check(mail("http://tank.example/a/b?u=2")).hit("PHISH"));
    CHECK_FALSE(bench.check(mail("http://page.example/?id=7")).hit("PHISH"));
}

TEST_CASE("phishing: a list that is not there is none") {
    PluginBench bench("Phishing",
                      "phishing_openphish_feed /nonexistent/feed\n"
                      "body PHISH eval:check_phishing()\n");
    CHECK(bench.diagnostics.all().empty());
    CHECK_FALSE(bench.check(mail("http://bad.example/login")).hit("PHISH"));
}
