#include "util/temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "util/error.h"
#include "util/file.h"
#include "util/unique_fd.h"

namespace util {

TemporaryFile::TemporaryFile(std::string_view content) {
    const char* directory = std::getenv("TMPDIR");
    path_ = (directory != nullptr && *directory != '\0' ? std::string(directory) : "/tmp") +
            "/.miharu.XXXXXX";
    UniqueFd fd(::mkostemp(path_.data(), O_CLOEXEC));
    if (!fd)
        throw_errno("create " + path_);
    try {
        write_all(fd.get(), content);
    } catch (...) {
        ::unlink(path_.c_str());
        throw;
    }
}

TemporaryFile::~TemporaryFile() {
    ::unlink(path_.c_str());
}

}  // namespace util
