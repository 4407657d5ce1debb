// A file in $TMPDIR (or /tmp) that only this user can read, with the given content, for a program
// that wants a path. Removed with the object.

#ifndef UTIL_TEMPORARY_FILE_H
#define UTIL_TEMPORARY_FILE_H

#include <string>
#include <string_view>

namespace util {

class TemporaryFile {
public:
    // Throws std::system_error with the path in the text.
    explicit TemporaryFile(std::string_view content);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace util

#endif  // UTIL_TEMPORARY_FILE_H
