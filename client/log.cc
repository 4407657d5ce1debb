#include "client/log.h"

#include <syslog.h>

#include <cstdio>

namespace client {

void Log::error(const std::string& text) const {
    write(LOG_ERR, text);
}

void Log::notice(const std::string& text) const {
    write(LOG_NOTICE, text);
}

void Log::write(int priority, const std::string& text) const {
    if (to_stderr_) {
        std::fprintf(stderr, "spamc: %s\n", text.c_str());
        return;
    }
    openlog("spamc", LOG_CONS | LOG_PID, LOG_MAIL);
    syslog(priority, "%s", text.c_str());
    closelog();
}

}  // namespace client
