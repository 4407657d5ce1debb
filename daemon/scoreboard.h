// What every worker is doing, in memory shared by the master and its workers. A worker writes only
// its own slot; the master reads all. Torn reads do no harm: states are single bytes.

#ifndef DAEMON_SCOREBOARD_H
#define DAEMON_SCOREBOARD_H

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace spamd {

enum class WorkerState : char {
    Free = ' ',
    Starting = 'S',
    Idle = 'I',
    Busy = 'B',
    Killed = 'K',  // told to go
};

struct WorkerSlot {
    std::atomic<pid_t> pid{0};
    std::atomic<char> state{' '};
    std::atomic<uint32_t> generation{0};  // of the configuration it serves
    std::atomic<uint64_t> requests{0};
    std::atomic<int64_t> busy_since{0};  // steady clock seconds; 0 = not busy
    std::atomic<bool> retire{false};     // finish the request at hand, then go
};

class Scoreboard {
public:
    // Throws std::system_error when shared memory is not to be had.
    explicit Scoreboard(size_t slots);
    ~Scoreboard();
    Scoreboard(const Scoreboard&) = delete;
    Scoreboard& operator=(const Scoreboard&) = delete;

    size_t size() const { return size_; }
    WorkerSlot& slot(size_t i) { return slots_[i]; }
    WorkerSlot* find(pid_t pid);
    WorkerSlot* free_slot();
    // "BBII": one letter a worker, by ascending pid.
    std::string states() const;

private:
    size_t size_;
    WorkerSlot* slots_;
};

}  // namespace spamd

#endif  // DAEMON_SCOREBOARD_H
