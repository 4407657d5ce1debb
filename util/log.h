// The program log, in spamd's words: levels dbg, info, warn, error; debug lines belong to an area
// ("config", "rules", "bayes" ...) that -D switches on. One Log is built by main and installed with
// set_log(); it is the one process-wide object, because every fork inherits it as it stands.
//
// Line shapes (as SpamAssassin 4.0.1's):
//   stderr  Nov 24 02:36:35.123 [PID] info: spamd: server started
//   file    Tue Nov 24 02:36:35 2026 [PID] info: spamd: server started
//   syslog  spamd: server started          (level as priority)
// Octets <= 0x1f, 0x7f, >= 0x80 and backslash are written as \x{HH}, \r, \n, \t, \\.

#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <ctime>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace util {

enum class LogLevel { Debug, Info, Warn, Error };

// Where finished lines go. Implementations: standard error here; syslog and file in daemon/.
class LogSink {
public:
    virtual ~LogSink() = default;
    // `text` is escaped already and has no newline.
    virtual void write(LogLevel level, std::string_view text) = 0;
    // Lines of one moment; who can writes them with one call.
    virtual void write_together(LogLevel level, std::span<const std::string_view> texts) {
        for (std::string_view text : texts)
            write(level, text);
    }
    // After a fork or for log rotation.
    virtual void reopen() {}
};

// A sink whose lines go to a descriptor, one write(2) for each line or for all lines of a moment,
// so that lines of several processes never mix.
class LineSink : public LogSink {
public:
    void write(LogLevel level, std::string_view text) override;
    void write_together(LogLevel level, std::span<const std::string_view> texts) override;

protected:
    // Where to.
    virtual int descriptor() const = 0;
    // What stands before "[PID] info: ", appended to the line.
    virtual void append_stamp(std::string& line) = 0;

private:
    void append_line(LogLevel level, std::string_view text);
    std::string lines_;  // kept for its memory
};

std::unique_ptr<LogSink> make_stderr_sink();

class Log {
public:
    void add_sink(std::unique_ptr<LogSink> sink);
    void clear_sinks();
    // "all", "rules,config", "all,norules", "" = none; as the -D option takes them. The area
    // "info" is about info lines (on by default, "noinfo" hides those of the programs).
    void set_areas(std::string_view areas);
    bool would_log(std::string_view area) const;

    void write(LogLevel level, std::string_view text);
    void write_together(LogLevel level, std::initializer_list<std::string_view> texts);
    void reopen();

private:
    std::vector<std::unique_ptr<LogSink>> sinks_;
    std::vector<std::string> areas_;
    std::vector<std::string> excluded_;
    bool all_ = false;
};

Log& log();

// The text starts with its area: log_debug("config", "config: read file ...").
inline bool debugging(std::string_view area) {
    return log().would_log(area);
}
void log_debug(std::string_view area, std::string_view text);
void log_info(std::string_view text);
// Lines of one moment.
void log_info_together(std::initializer_list<std::string_view> texts);
void log_warn(std::string_view text);
void log_error(std::string_view text);

std::string escape_log_text(std::string_view text);

// How log lines call a level: "dbg", "info", "warn", "error".
std::string_view level_name(LogLevel level);

// The time of a line as strftime(3) writes it, made once a second.
class LogStamp {
public:
    explicit LogStamp(std::string format) : format_(std::move(format)) {}
    // Local time; valid until the next call. What does not fit 127 bytes is "".
    std::string_view at(time_t second);

private:
    std::string format_;
    std::optional<time_t> second_;
    char text_[128] = "";
    size_t size_ = 0;
};

}  // namespace util

#endif  // UTIL_LOG_H
