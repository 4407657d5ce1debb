#include "daemon/log_sinks.h"

#include <fcntl.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "util/error.h"
#include "util/strings.h"
#include "util/unique_fd.h"

namespace spamd {

namespace {

class SyslogSink : public util::LogSink {
public:
    explicit SyslogSink(int facility) : facility_(facility) {
        ::openlog("spamd", LOG_CONS | LOG_PID, facility_);
    }
    void write(util::LogLevel level, std::string_view text) override {
        int priority = level == util::LogLevel::Debug  ? LOG_DEBUG
                       : level == util::LogLevel::Info ? LOG_INFO
                       : level == util::LogLevel::Warn ? LOG_WARNING
                                                       : LOG_ERR;
        ::syslog(priority, "%.*s", static_cast<int>(text.size()), text.data());
    }
    void reopen() override {
        ::closelog();
        ::openlog("spamd", LOG_CONS | LOG_PID, facility_);
    }

private:
    int facility_;
};

// A file, or standard error with a timestamp format of its own.
class FileSink : public util::LineSink {
public:
    FileSink(std::string path, std::optional<std::string> format)
        : path_(std::move(path)), stamp_(std::move(format).value_or("%a %b %e %H:%M:%S %Y")) {
        if (!open())
            util::throw_errno("open " + path_);
    }
    void reopen() override {
        if (!path_.empty())
            open();
    }

private:
    int descriptor() const override { return path_.empty() ? STDERR_FILENO : fd_.get(); }
    void append_stamp(std::string& line) override {
        if (std::string_view stamp = stamp_.at(::time(nullptr)); !stamp.empty()) {
            line += stamp;
            line += ' ';
        }
    }
    bool open() {
        if (path_.empty())
            return true;
        util::UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
        if (!fd)
            return false;
        fd_ = std::move(fd);
        return true;
    }
    std::string path_;  // "" = standard error
    util::LogStamp stamp_;
    util::UniqueFd fd_;
};

enum class Destination { Syslog, File, Stderr, Null };

Destination destination(const Settings& s) {
    bool plain_word = std::all_of(s.syslog.begin(), s.syslog.end(),
                                  [](unsigned char c) { return util::is_alnum(c); });
    if (!plain_word || util::iequals(s.syslog, "file") || s.syslog_socket == "file")
        return Destination::File;
    if (util::iequals(s.syslog, "stderr") || s.syslog_socket == "none")
        return Destination::Stderr;
    if (util::iequals(s.syslog, "null"))
        return Destination::Null;
    return Destination::Syslog;
}

std::string file_path(const Settings& s) {
    bool named = !util::iequals(s.syslog, "file") && s.syslog != "mail";
    std::string path = named ? s.syslog : "spamd.log";
    return path[0] == '/' ? path : s.start_directory + "/" + path;
}

}  // namespace

std::optional<int> syslog_facility(const std::string& name) {
    static constexpr std::pair<const char*, int> facilities[] = {
        {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
        {"daemon", LOG_DAEMON}, {"ftp", LOG_FTP},           {"kern", LOG_KERN},
        {"lpr", LOG_LPR},       {"mail", LOG_MAIL},         {"news", LOG_NEWS},
        {"syslog", LOG_SYSLOG}, {"user", LOG_USER},         {"uucp", LOG_UUCP},
        {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2},
        {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},     {"local5", LOG_LOCAL5},
        {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
    for (auto [known, value] : facilities)
        if (util::iequals(name, known))
            return value;
    return std::nullopt;
}

void open_log(const Settings& s) {
    util::Log& log = util::log();
    log.clear_sinks();
    log.set_areas(s.debug_areas);
    if (s.log_timestamp_format)
        log.add_sink(std::make_unique<FileSink>("", s.log_timestamp_format));
    else
        log.add_sink(util::make_stderr_sink());
    switch (destination(s)) {
        case Destination::Syslog: {
            auto facility = syslog_facility(s.syslog);
            if (!facility)
                util::log_warn("spamd: unknown syslog facility " + s.syslog + ", using mail");
            log.add_sink(std::make_unique<SyslogSink>(facility.value_or(LOG_MAIL)));
            break;
        }
        case Destination::File:
            try {
                log.add_sink(std::make_unique<FileSink>(file_path(s), s.log_timestamp_format));
            } catch (const std::system_error& e) {
                util::log_warn(std::string("logger: ") + e.what() + ", logging to standard error");
            }
            break;
        case Destination::Stderr:
        case Destination::Null:
            break;
    }
}

void close_stderr_log(const Settings& s) {
    util::Log& log = util::log();
    log.clear_sinks();
    if (destination(s) == Destination::Syslog) {
        log.add_sink(std::make_unique<SyslogSink>(syslog_facility(s.syslog).value_or(LOG_MAIL)));
    } else if (destination(s) == Destination::File) {
        try {
            log.add_sink(std::make_unique<FileSink>(file_path(s), s.log_timestamp_format));
        } catch (const std::system_error&) {
            // said already by open_log()
        }
    }
}

}  // namespace spamd
