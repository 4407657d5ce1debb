#include "options/options.h"

#include <doctest/doctest.h>

using options::Argument;
using options::Option;
using options::Table;

static Table table() {
    return Table({
        {.name = "debug",
         .letter = 'D',
         .argument = Argument::Optional,
         .value_name = "AREAS",
         .help = "debug"},
        {.name = "daemonize", .letter = 'd', .help = "go to the background", .negatable = true},
        {.name = "nouser-config", .letter = 'x', .help = "no user files"},
        {.name = "max-children",
         .letter = 'm',
         .argument = Argument::Required,
         .value_name = "N",
         .help = "children"},
        {.name = "allowed-ips",
         .letter = 'A',
         .argument = Argument::Required,
         .value_name = "NETS",
         .help = "who"},
        {.name = "listen",
         .letter = 'i',
         .argument = Argument::Optional,
         .help = "where",
         .aliases = {"listen-ip", "ip-address"}},
        {.name = "c", .help = "create"},
    });
}

TEST_CASE("options: short options bundle, and the last may carry its argument") {
    auto p = table().parse({"-dxm7", "-c"});
    REQUIRE(p);
    CHECK(p->has("daemonize"));
    CHECK(p->has("nouser-config"));
    CHECK(p->has("c"));
    CHECK(p->value("max-children") == "7");
}

TEST_CASE("options: an optional argument is taken from the next word unless that is an option") {
    auto p = table().parse({"-D", "rules,config", "-d"});
    REQUIRE(p);
    CHECK(p->value("debug") == "rules,config");
    p = table().parse({"-D", "-d"});
    REQUIRE(p);
    CHECK(p->value("debug") == "");
    CHECK(p->has("daemonize"));
    p = table().parse({"--listen", "127.0.0.1", "-i"});
    REQUIRE(p);
    CHECK(p->values("listen") == std::vector<std::string>{"127.0.0.1", ""});
}

TEST_CASE("options: the word after a required argument is never mistaken for another's") {
    auto p = table().parse({"-A", "-D", "-D"});
    REQUIRE(p);
    CHECK(p->value("allowed-ips") == "-D");
    CHECK(p->value("debug") == "");
}

TEST_CASE("options: long names may be abbreviated and negated, the last word counts") {
    auto p = table().parse({"--max-ch=3", "--daemonize", "--nodaemonize"});
    REQUIRE(p);
    CHECK(p->value("max-children") == "3");
    CHECK_FALSE(p->has("daemonize"));
    p = table().parse({"--no-daemonize", "-d", "--listen-ip=::1"});
    REQUIRE(p);
    CHECK(p->has("daemonize"));
    CHECK(p->value("listen") == "::1");
}

TEST_CASE("options: what is not an option is positional, in order") {
    auto p = table().parse({"a", "-d", "b", "--", "-c"});
    REQUIRE(p);
    CHECK(p->positional() == std::vector<std::string>{"a", "b", "-c"});
    CHECK_FALSE(p->has("c"));
}

TEST_CASE("options: an unknown option or a missing argument is an error in words") {
    CHECK_FALSE(table().parse({"--nonsense"}));
    CHECK_FALSE(table().parse({"-m"}));
}

TEST_CASE("options: an optional number takes nothing else") {
    options::Table t({{"code", 'e', options::Argument::OptionalNumber, "N", "exit code"},
                      {"test", 't', options::Argument::None, "", "test"}});
    auto p = t.parse({"-e", "file"});
    REQUIRE(p);
    CHECK(p->value("code") == "");
    CHECK(p->positional() == std::vector<std::string>{"file"});
    p = t.parse({"-et", "file"});
    REQUIRE(p);
    CHECK(p->value("code") == "");
    CHECK(p->has("test"));
    for (std::vector<std::string> words :
         {std::vector<std::string>{"-e", "7"}, {"-e7"}, {"-te7"}, {"--code", "7"}, {"--code=7"}}) {
        p = t.parse(words);
        REQUIRE(p);
        CHECK(p->value("code") == "7");
        CHECK(p->positional().empty());
    }
}
