// One program run to its end: no shell, nothing on standard input, its output in memory. Bounded in
// time and output; when a limit is reached its whole process group is told to stop (TERM, half a
// second later KILL), so nothing of it outlives the call.
//
// The child gets default signals, a process group of its own and no descriptors but its three.

#ifndef UTIL_SUBPROCESS_H
#define UTIL_SUBPROCESS_H

#include <string>
#include <utility>
#include <vector>

#include "util/clock.h"

namespace util {

struct ProgramLimits {
    Deadline deadline;
    size_t max_output = 1 << 20;  // bytes of standard output that are kept
    size_t max_errors = 4096;     // of standard error; what is beyond is read and dropped
};

struct ProgramResult {
    enum class End {
        Exited,      // `status` is the exit code
        Signaled,    // `status` is the number of the signal
        TimedOut,    // stopped at the deadline
        TooLong,     // stopped at max_output
        NotStarted,  // `errors` says why
    };
    End end = End::NotStarted;
    int status = 0;
    std::string output, errors;  // what there was until the end, whichever it was

    bool succeeded() const { return end == End::Exited && status == 0; }
};

// `command`: the program (looked up in PATH without a slash) and its arguments. `environment`:
// variables set beside those of this process. Never throws for what the program does.
ProgramResult run_program(const std::vector<std::string>& command,
                          const std::vector<std::pair<std::string, std::string>>& environment,
                          const ProgramLimits& limits);

}  // namespace util

#endif  // UTIL_SUBPROCESS_H
