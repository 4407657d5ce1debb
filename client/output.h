// Where the result goes: standard output, or the command of -e.
//
// The command is started at the first write, and it takes over this process: the caller goes on in
// a child that feeds it, so that whoever started spamc waits for the command and sees its exit
// code. When the command cannot be started the waiting process ends with 71 (EX_OSERR).

#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include <string>
#include <string_view>
#include <vector>

#include "client/log.h"
#include "util/unique_fd.h"

namespace client {

class Output {
public:
    Output(std::vector<std::string> command, const Log& log)
        : command_(std::move(command)), log_(log) {}

    // Through short writes and interruptions; false when the bytes cannot be got rid of.
    bool write(std::string_view bytes);
    // No write has failed so far.
    bool is_good() const { return is_good_; }
    // Hands on what is left to read in `fd`.
    bool copy_from(int fd);
    // Starts the command even if nothing is written to it.
    bool open();

private:
    bool start_command();

    std::vector<std::string> command_;
    const Log& log_;
    bool is_open_ = false;
    bool is_good_ = true;
    int fd_ = 1;
    util::UniqueFd pipe_;
};

}  // namespace client

#endif  // CLIENT_OUTPUT_H
