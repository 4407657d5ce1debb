#include "daemon/privileges.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

TEST_CASE("confinement: no core is left behind") {
    pid_t pid = ::fork();
    if (pid == 0) {
        spamd::confine_worker();
        struct rlimit limit = {1, 1};
        ::_exit(::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
}
