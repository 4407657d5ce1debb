#include "mailbox/input.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "util/error.h"

extern char** environ;

namespace mailbox {

namespace {

constexpr size_t kBlock = 65536;

struct Magic {
    std::string_view bytes;
    const char* program;
};
using namespace std::string_view_literals;
constexpr Magic kMagics[] = {
    {"BZh"sv, "bzip2"},
    {"BZ0"sv, "bzip2"},
    {"\xFD\x37\x7A\x58\x5A\x00"sv, "xz"},
    {"\x04\x22\x4D\x18"sv, "lz4"},
    {"LZIP"sv, "lzip"},
    {"\x89\x4C\x5A\x4F\x00\x0D"sv, "lzop"},
};

}  // namespace

Input::Input(const std::string& path) : path_(path) {
    open();
}

Input::~Input() {
    close();
}

void Input::open() {
    fd_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd_)
        util::throw_errno("open " + path_);
    struct stat st {};
    if (::fstat(fd_.get(), &st) != 0)
        util::throw_errno("stat " + path_);
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        util::throw_errno("read " + path_);
    }
    is_regular_ = S_ISREG(st.st_mode);
    file_size_ = is_regular_ ? static_cast<uint64_t>(st.st_size) : 0;
    if (!is_regular_)
        return;
    char head[6];
    ssize_t n = ::pread(fd_.get(), head, sizeof head, 0);
    std::string_view start(head, n > 0 ? static_cast<size_t>(n) : 0);
    if (start.starts_with("\x1F\x8B")) {
        gzip_ = ::gzdopen(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0), "rb");
        if (gzip_ == nullptr)
            throw util::Error("read " + path_ + ": no memory to decompress");
        return;
    }
    for (const auto& magic : kMagics)
        if (start.starts_with(magic.bytes)) {
            run(magic.program);
            return;
        }
}

void Input::run(const char* program) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        util::throw_errno("pipe");
    util::UniqueFd read_end(ends[0]), write_end(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd_.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, write_end.get(), 1);
    char decompress[] = "-dc";
    std::string name = program;
    char* arguments[] = {name.data(), decompress, nullptr};
    int error = ::posix_spawnp(&child_, program, &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        child_ = -1;
        throw util::Error("read " + path_ + ": " + program + ": " + std::strerror(error));
    }
    fd_ = std::move(read_end);
}

void Input::close() {
    if (gzip_ != nullptr)
        ::gzclose(gzip_);
    gzip_ = nullptr;
    fd_.reset();
    if (child_ > 0) {
        // It may still want to write: the pipe is gone, so it ends.
        while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    child_ = -1;
}

size_t Input::read_raw(char* bytes, size_t size) {
    size = std::min<size_t>(size, 1 << 20);
    if (gzip_ != nullptr) {
        int n = ::gzread(gzip_, bytes, static_cast<unsigned>(size));
        // A damaged archive ends where the damage is.
        return n > 0 ? static_cast<size_t>(n) : 0;
    }
    for (;;) {
        ssize_t n = ::read(fd_.get(), bytes, size);
        if (n >= 0)
            return static_cast<size_t>(n);
        if (errno != EINTR)
            util::throw_errno("read " + path_);
    }
}

bool Input::fill() {
    buffer_.resize(kBlock);
    next_ = 0;
    buffer_.resize(read_raw(buffer_.data(), kBlock));
    return !buffer_.empty();
}

size_t Input::read(char* bytes, size_t size) {
    size_t n;
    if (next_ < buffer_.size()) {
        n = std::min(size, buffer_.size() - next_);
        std::memcpy(bytes, buffer_.data() + next_, n);
        next_ += n;
    } else {
        n = read_raw(bytes, size);
    }
    position_ += n;
    return n;
}

std::string_view Input::line() {
    line_.clear();
    for (;;) {
        if (next_ == buffer_.size() && !fill())
            break;
        std::string_view rest = std::string_view(buffer_).substr(next_);
        size_t newline = rest.find('\n');
        if (newline != std::string_view::npos) {
            rest = rest.substr(0, newline + 1);
            next_ += rest.size();
            position_ += rest.size();
            if (line_.empty())
                return rest;
            line_ += rest;
            return line_;
        }
        line_ += rest;
        next_ += rest.size();
        position_ += rest.size();
    }
    return line_;
}

void Input::seek(uint64_t position) {
    if (position < position_ && position_ - position <= next_) {
        next_ -= static_cast<size_t>(position_ - position);
        position_ = position;
        return;
    }
    if (position < position_) {
        close();
        buffer_.clear();
        next_ = 0;
        position_ = 0;
        open();
    }
    uint64_t ahead = position - position_;
    size_t buffered = static_cast<size_t>(std::min<uint64_t>(ahead, buffer_.size() - next_));
    next_ += buffered;
    position_ += buffered;
    ahead -= buffered;
    if (ahead > 0 && gzip_ == nullptr && child_ < 0 && is_regular_) {
        if (::lseek(fd_.get(), static_cast<off_t>(std::min<uint64_t>(position, file_size_)),
                    SEEK_SET) < 0)
            util::throw_errno("seek " + path_);
        position_ = position;
        return;
    }
    std::string skipped(kBlock, 0);
    while (ahead > 0) {
        size_t n = read_raw(skipped.data(),
                            static_cast<size_t>(std::min<uint64_t>(ahead, skipped.size())));
        if (n == 0)
            return;
        position_ += n;
        ahead -= n;
    }
}

}  // namespace mailbox
