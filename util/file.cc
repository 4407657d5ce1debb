#include "util/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "util/error.h"
#include "util/unique_fd.h"

namespace util {

static bool is_of_type(const std::string& path, mode_t type) {
    struct stat st {};
    return ::stat(path.c_str(), &st) == 0 && (st.st_mode & S_IFMT) == type;
}

bool is_regular_file(const std::string& path) {
    return is_of_type(path, S_IFREG);
}

bool is_directory(const std::string& path) {
    return is_of_type(path, S_IFDIR);
}

std::string read_fd(int fd, size_t max_bytes) {
    std::string out;
    char buffer[65536];
    while (true) {
        ssize_t n = ::read(fd, buffer, sizeof buffer);
        if (n == 0)
            return out;
        if (n < 0) {
            if (errno == EINTR)
                continue;
            throw_errno("read");
        }
        if (static_cast<size_t>(n) > max_bytes - out.size())
            throw std::system_error(EFBIG, std::generic_category(), "read");
        out.append(buffer, static_cast<size_t>(n));
    }
}

// With the path in the text of the error.
static std::string read_all_of(const std::string& path, int fd, size_t max_bytes) {
    try {
        return read_fd(fd, max_bytes);
    } catch (const std::system_error& e) {
        throw std::system_error(e.code(), "read " + path);
    }
}

static UniqueFd open_to_read(const std::string& path, int flags = 0) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
    if (!fd)
        throw_errno("open " + path);
    return fd;
}

std::string read_fd(int fd) {
    return read_fd(fd, SIZE_MAX);
}

std::string read_file(const std::string& path) {
    return read_all_of(path, open_to_read(path).get(), SIZE_MAX);
}

std::string read_file(const std::string& path, size_t max_bytes) {
    UniqueFd fd = open_to_read(path, O_NONBLOCK);
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0)
        throw_errno("stat " + path);
    if (!S_ISREG(st.st_mode))
        throw std::system_error(EINVAL, std::generic_category(), "read " + path);
    return read_all_of(path, fd.get(), max_bytes);
}

void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0) {
            if (errno == EINTR)
                continue;
            throw_errno("write");
        }
        bytes.remove_prefix(static_cast<size_t>(n));
    }
}

void replace_file(const std::string& path, std::string_view bytes, unsigned mode) {
    std::string temporary = path + ".XXXXXX";
    UniqueFd fd(::mkstemp(temporary.data()));
    if (!fd)
        throw_errno("create " + temporary);
    try {
        if (::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0)
            throw_errno("chmod " + temporary);
        write_all(fd.get(), bytes);
        if (::fsync(fd.get()) != 0)
            throw_errno("fsync " + temporary);
        if (::rename(temporary.c_str(), path.c_str()) != 0)
            throw_errno("rename " + temporary + " to " + path);
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

void make_parent_directories(const std::string& path, unsigned mode) {
    for (size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1))
        ::mkdir(path.substr(0, slash).c_str(), mode);
}

}  // namespace util
