#include "daemon/vpopmail.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

using spamd::find_vpopmail_home;

namespace {

// Stand-ins for vpopmail's programs, in a directory that is gone with the object.
struct Vpopmail {
    TemporaryDirectory top;
    const std::string& root = top.path;

    Vpopmail(const std::string& vuserinfo, const std::string& valias) {
        std::filesystem::create_directory(root + "/bin");
        write("vuserinfo", vuserinfo);
        write("valias", valias);
    }
    void write(const std::string& name, const std::string& script) const {
        const std::string path = root + "/bin/" + name;
        std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
        REQUIRE(::chmod(path.c_str(), 0755) == 0);
    }
};

constexpr const char* kUsers =
    "echo \"$*\" >> \"${0%/bin/*}/calls\"\n"
    "case \"$1 $2\" in '-d joe@example.org') echo /home/joe;; '-d a@b') printf '/two\\nlines\\n';;"
    " *) echo 'no such user' >&2; exit 1;; esac";
constexpr const char* kAliases =
    "case $1 in sales@example.org) echo 'sales@example.org -> &joe@example.org';;"
    " box@example.org) echo 'box@example.org -> /home/v/domains/x/box/Maildir/';;"
    " both@example.org) printf '%s\\n' 'both@example.org -> |/bin/evil x@y'"
    " 'both@example.org -> nobody@example.org' 'both@example.org -> sales@example.org';;"
    " round@example.org) echo 'round@example.org -> round@example.org';; *) exit 1;; esac";

}  // namespace

TEST_CASE("vpopmail: a user's home is what vuserinfo says") {
    Vpopmail v(kUsers, kAliases);
    CHECK(find_vpopmail_home(v.root, "joe@example.org") == "/home/joe");
    CHECK(find_vpopmail_home(v.root, "a@b") == "/two");
    CHECK_FALSE(find_vpopmail_home(v.root, "unknown@example.org"));
    CHECK_FALSE(find_vpopmail_home(v.root + "/nowhere", "joe@example.org"));
}

TEST_CASE("vpopmail: an alias leads to a mailbox, over other aliases and not in circles") {
    Vpopmail v(kUsers, kAliases);
    CHECK(find_vpopmail_home(v.root, "sales@example.org") == "/home/joe");
    CHECK(find_vpopmail_home(v.root, "box@example.org") == "/home/v/domains/x/box");
    CHECK(find_vpopmail_home(v.root, "both@example.org") == "/home/joe");
    CHECK_FALSE(find_vpopmail_home(v.root, "round@example.org"));
}

TEST_CASE("vpopmail: names that could be anything else are not asked for") {
    Vpopmail v(kUsers, kAliases);
    for (const char* name :
         {"", "-d", "--help", "a b", "$(id)", "a;b", "a\nb", "../x", "a|b", "\xe9"})
        CHECK_FALSE(find_vpopmail_home(v.root, name));
    CHECK_FALSE(std::filesystem::exists(v.root + "/calls"));
}

TEST_CASE("vpopmail: programs that hang, flood or fail count as no answer") {
    spamd::VpopmailLimits limits;
    limits.time = std::chrono::milliseconds(300);
    CHECK_FALSE(find_vpopmail_home(Vpopmail("exec sleep 1000", "").root, "joe", limits));
    CHECK_FALSE(find_vpopmail_home(Vpopmail("exec >&-; exec sleep 1000", "").root, "joe", limits));
    limits.time = std::chrono::seconds(60);
    CHECK_FALSE(find_vpopmail_home(Vpopmail("exec yes", "exec yes").root, "joe", limits));
    CHECK_FALSE(find_vpopmail_home(Vpopmail("echo /x; exit 3", "").root, "joe", limits));
    CHECK_FALSE(find_vpopmail_home(Vpopmail("echo /x; kill -9 $$", "").root, "joe", limits));
}
