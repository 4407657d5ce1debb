// Whole files. All functions but the questions throw std::system_error with the path in the text.

#ifndef UTIL_FILE_H
#define UTIL_FILE_H

#include <string>
#include <string_view>

namespace util {

// Links are followed; what cannot be looked at is neither.
bool is_regular_file(const std::string& path);
bool is_directory(const std::string& path);

std::string read_file(const std::string& path);
// A file that others wrote: EFBIG when it has more bytes, EINVAL when it is no regular file (a
// fifo is not waited for).
std::string read_file(const std::string& path, size_t max_bytes);
// Everything up to end of file.
std::string read_fd(int fd);
// The same; EFBIG when that is more than `max_bytes`.
std::string read_fd(int fd, size_t max_bytes);
// Writes all of it, through short writes and EINTR.
void write_all(int fd, std::string_view bytes);
// Writes beside the target, syncs, then renames over it: readers see the old or the new file whole.
void replace_file(const std::string& path, std::string_view bytes, unsigned mode = 0644);

// The directories above `path` that are not there; what cannot be made shows when it is used.
void make_parent_directories(const std::string& path, unsigned mode);

}  // namespace util

#endif  // UTIL_FILE_H
