// A mail file as a stream of bytes, decompressed on the way where its first bytes say so, whatever
// its name: gzip here, bzip2, xz, lz4, lzip and lzo by the program of that name.

#ifndef MAILBOX_INPUT_H
#define MAILBOX_INPUT_H

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "util/unique_fd.h"

struct gzFile_s;

namespace mailbox {

class Input {
public:
    // Throws std::system_error when the file cannot be opened, util::Error when what it takes to
    // decompress it is missing.
    explicit Input(const std::string& path);
    ~Input();
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    // Up to `size` bytes; 0 at the end.
    size_t read(char* bytes, size_t size);
    // The line at the present position with its newline, "" at the end. The view holds until the
    // next call.
    std::string_view line();
    uint64_t position() const { return position_; }
    // Forwards by reading, so that it works in compressed files too; backwards from the start.
    void seek(uint64_t position);

    // Of the file itself as it stands on disk; 0 for pipes and devices.
    uint64_t file_size() const { return file_size_; }
    bool is_regular() const { return is_regular_; }

private:
    void open();
    void close();
    void run(const char* program);
    size_t read_raw(char* bytes, size_t size);
    bool fill();

    std::string path_;
    util::UniqueFd fd_;
    gzFile_s* gzip_ = nullptr;
    pid_t child_ = -1;
    uint64_t file_size_ = 0;
    bool is_regular_ = false;
    std::string buffer_, line_;
    size_t next_ = 0;
    uint64_t position_ = 0;
};

}  // namespace mailbox

#endif  // MAILBOX_INPUT_H
