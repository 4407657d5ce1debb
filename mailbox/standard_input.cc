#include "mailbox/standard_input.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "util/error.h"
#include "util/file.h"
#include "util/unique_fd.h"

namespace mailbox {

StandardInput::~StandardInput() {
    if (!name_.empty())
        ::unlink(name_.c_str());
}

const std::string& StandardInput::file() {
    if (!name_.empty())
        return name_;
    std::string name = (std::filesystem::temp_directory_path() / (program_ + ".XXXXXX")).string();
    util::UniqueFd fd(::mkstemp(name.data()));
    if (!fd)
        util::throw_errno("create " + name);
    name_ = std::move(name);
    char buffer[65536];
    while (true) {
        ssize_t n = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            util::throw_errno("read standard input");
        if (n == 0)
            return name_;
        util::write_all(fd.get(), {buffer, static_cast<size_t>(n)});
    }
}

}  // namespace mailbox
