#include "client/options.h"

#include <doctest/doctest.h>

using Words = std::vector<std::string>;

namespace {

client::Options good(const Words& arguments) {
    auto options = client::parse_options(arguments);
    REQUIRE(options);
    return *options;
}

}  // namespace

TEST_CASE("options: values stand in the next word or after an equals sign, never glued on") {
    CHECK(good({"-p", "1783"}).hosts.port == 1783);
    CHECK(good({"--port=1783"}).hosts.port == 1783);
    CHECK(good({"--port", "1783"}).hosts.port == 1783);
    CHECK(good({"-u", ""}).username == "");
    for (const Words& words :
         {Words{"-p1783"}, Words{"-p"}, Words{"-p", "-5"}, Words{"--port"}, Words{"-z", "-Q"},
          Words{"--check-it"}, Words{"--che"}, Words{"-e"}}) {
        CAPTURE(words[0]);
        const auto options = client::parse_options(words);
        CHECK_FALSE(options);
        CHECK(options.error().shows_usage);
    }
}

TEST_CASE("options: the first other word and a double dash end them") {
    CHECK_FALSE(good({"word", "-c"}).check);
    CHECK_FALSE(good({"--", "-c"}).check);
    CHECK_FALSE(good({"-", "-c"}).check);
    CHECK(good({"-c", "word"}).check);
}

TEST_CASE("options: of a bundle of letters the first counts") {
    const client::Options options = good({"-xE"});
    CHECK_FALSE(options.falls_back);
    CHECK_FALSE(options.sets_exit_code);
    CHECK(options.warnings.size() == 1);
}

TEST_CASE("options: -e takes the rest of the line") {
    CHECK(good({"-E", "-e", "/bin/cat", "-n", "--bogus"}).pipe_to ==
          Words{"/bin/cat", "-n", "--bogus"});
    CHECK(good({"--pipe-to=/bin/cat", "-n"}).pipe_to == Words{"/bin/cat", "-n"});
}

TEST_CASE("options: the connect timeout follows the timeout unless it has its own") {
    CHECK(good({}).connect_timeout == 0);
    CHECK(good({"-t", "5"}).connect_timeout == 5);
    CHECK(good({"-n", "7", "-t", "5"}).connect_timeout == 7);
    CHECK(good({"-t", "junk"}).timeout == 0);
}

TEST_CASE("options: what excludes each other is refused without the list of options") {
    for (const Words& words :
         {Words{"-L", "spam", "-c"}, Words{"-K", "-L", "ham"}, Words{"-L", "ham", "-C", "report"},
          Words{"-L", "junk"}, Words{"-C", "junk"}, Words{"--ssl-cert", "x"},
          Words{"--ssl-key", "x"}, Words{"-s", "268435457"}, Words{"--ssl=sslv3"}}) {
        CAPTURE(words[0]);
        const auto options = client::parse_options(words);
        REQUIRE_FALSE(options);
        CHECK_FALSE(options.error().shows_usage);
    }
    CHECK(good({"-s", "268435456"}).max_size == 268435456);
    CHECK(good({"-L", "forget", "-E"}).learns());
}

TEST_CASE("options: of several questions the strongest is asked") {
    using protocol::Command;
    CHECK(good({"-y", "-R", "-r", "-c"}).command() == Command::Check);
    CHECK(good({"-y", "-R", "-r"}).command() == Command::ReportIfspam);
    CHECK(good({"--headers", "-y"}).command() == Command::Symbols);
    CHECK(good({"-c", "-C", "revoke"}).command() == Command::Tell);
    CHECK(good({"-E"}).command() == Command::Process);
}

TEST_CASE("options: the config file is found where the options are") {
    CHECK(client::find_config_option({"-c", "-F", "x", "-F", "y"}) == "x");
    CHECK(client::find_config_option({"--config=x"}) == "x");
    CHECK_FALSE(client::find_config_option({"-e", "/bin/cat", "-F", "x"}));
    CHECK_FALSE(client::find_config_option({"-u", "-F"}));
}

TEST_CASE("options: the usage text fits a terminal and names every long option once") {
    const std::string usage = client::usage_text();
    size_t line = 0;
    for (const char c : usage) {
        line = c == '\n' ? 0 : line + 1;
        CHECK(line <= 79);
    }
    for (const char* name : {"--dest", "--socket", "--filter-retry-sleep", "--ssl-ca-path", "-K"}) {
        CAPTURE(name);
        CHECK(usage.find(name) != usage.npos);
    }
}
