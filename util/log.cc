#include "util/log.h"

#include <fmt/format.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "util/process_id.h"
#include "util/strings.h"

namespace util {

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "dbg";
        case LogLevel::Info:
            return "info";
        case LogLevel::Warn:
            return "warn";
        case LogLevel::Error:
            return "error";
    }
    return "info";
}

void LineSink::append_line(LogLevel level, std::string_view text) {
    append_stamp(lines_);
    fmt::format_to(std::back_inserter(lines_), "[{}] {}: ", process_id(), level_name(level));
    lines_ += text;
    lines_ += '\n';
}

void LineSink::write(LogLevel level, std::string_view text) {
    write_together(level, std::span(&text, 1));
}

void LineSink::write_together(LogLevel level, std::span<const std::string_view> texts) {
    // What a pipe takes in one piece (PIPE_BUF of Linux; POSIX promises 512).
    constexpr size_t kWhole = 4096;
    lines_.clear();
    size_t whole = 0;  // up to the end of the last line
    auto flush = [&](size_t size) {
        // A full disk must not stop mail, and there is nowhere to complain.
        if (size > 0 && ::write(descriptor(), lines_.data(), size) < 0)
            errno = 0;
        lines_.erase(0, size);
        whole = 0;
    };
    for (std::string_view text : texts) {
        append_line(level, text);
        if (lines_.size() > kWhole)
            flush(whole);
        whole = lines_.size();
    }
    flush(whole);
}

namespace {
class StderrSink : public LineSink {
    int descriptor() const override { return STDERR_FILENO; }
    void append_stamp(std::string& line) override {
        struct timeval now;
        ::gettimeofday(&now, nullptr);
        fmt::format_to(std::back_inserter(line), "{}.{:03} ", stamp_.at(now.tv_sec),
                       now.tv_usec / 1000);
    }
    LogStamp stamp_{"%b %e %H:%M:%S"};
};
}  // namespace

std::unique_ptr<LogSink> make_stderr_sink() {
    return std::make_unique<StderrSink>();
}

std::string_view LogStamp::at(time_t second) {
    if (second_ != second) {
        struct tm local;
        ::localtime_r(&second, &local);
        size_ = format_.empty() ? 0 : ::strftime(text_, sizeof text_, format_.c_str(), &local);
        second_ = second;
    }
    return {text_, size_};
}

static bool must_be_escaped(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet >= 0x7f || octet == '\\';
}

void Log::add_sink(std::unique_ptr<LogSink> sink) {
    sinks_.push_back(std::move(sink));
}
void Log::clear_sinks() {
    sinks_.clear();
}

void Log::set_areas(std::string_view areas) {
    areas_.clear();
    excluded_.clear();
    all_ = false;
    for (auto area : split(areas, ',')) {
        area = trim(area);
        if (area.empty())
            continue;
        if (area == "all")
            all_ = true;
        else if (area.starts_with("no"))
            excluded_.emplace_back(area.substr(2));
        else
            areas_.emplace_back(area);
    }
}

bool Log::would_log(std::string_view area) const {
    auto listed = [&](const std::vector<std::string>& list) {
        return std::find(list.begin(), list.end(), area) != list.end();
    };
    return (all_ && !listed(excluded_) && area != "rules-all") || listed(areas_);
}

void Log::write(LogLevel level, std::string_view text) {
    write_together(level, {text});
}

void Log::write_together(LogLevel level, std::initializer_list<std::string_view> texts) {
    auto is_safe = [](std::string_view text) {
        return std::none_of(text.begin(), text.end(), must_be_escaped);
    };
    if (std::all_of(texts.begin(), texts.end(), is_safe)) {
        for (auto& sink : sinks_)
            sink->write_together(level, {texts.begin(), texts.size()});
        return;
    }
    std::vector<std::string> escaped;
    for (std::string_view text : texts)
        escaped.push_back(escape_log_text(text));
    const std::vector<std::string_view> views(escaped.begin(), escaped.end());
    for (auto& sink : sinks_)
        sink->write_together(level, views);
}

void Log::reopen() {
    for (auto& sink : sinks_)
        sink->reopen();
}

Log& log() {
    static Log instance;
    return instance;
}

void log_debug(std::string_view area, std::string_view text) {
    if (log().would_log(area))
        log().write(LogLevel::Debug, text);
}
void log_info(std::string_view text) {
    log().write(LogLevel::Info, text);
}
void log_info_together(std::initializer_list<std::string_view> texts) {
    log().write_together(LogLevel::Info, texts);
}
void log_warn(std::string_view text) {
    log().write(LogLevel::Warn, text);
}
void log_error(std::string_view text) {
    log().write(LogLevel::Error, text);
}

std::string escape_log_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (unsigned char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else if (c < 0x20 || c >= 0x7f)
            out += fmt::format("\\x{{{:02X}}}", c);
        else
            out += static_cast<char>(c);
    }
    return out;
}

}  // namespace util
