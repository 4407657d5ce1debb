// What every worker is doing, in memory shared by the master and its workers. A worker writes only
// its own slot; all read all. Torn reads do no harm: states are single bytes.
//
// The workers look themselves whether a change of theirs leaves too few or too many of them idle,
// and wake the master then only: it sleeps while the number of workers is right.

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

// Each in cache lines of its own: a worker that writes does not slow another.
struct alignas(64) WorkerSlot {
    std::atomic<pid_t> pid{0};
    std::atomic<char> state{' '};
    std::atomic<uint32_t> generation{0};  // of the configuration it serves
    std::atomic<uint64_t> requests{0};
    std::atomic<int64_t> busy_since{0};  // steady clock seconds; 0 = not busy
    std::atomic<bool> retire{false};     // finish the request at hand, then go
};

// How many workers there may be, and how many of them idle (--min-children and its like).
struct PoolLimits {
    size_t min_children = 1, max_children = 5;
    size_t min_spare = 1, max_spare = 2;
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

    // Of one generation: workers that are starting or idle, and those that are not on their way
    // out.
    struct Census {
        size_t idle = 0, all = 0;
    };
    Census census(uint32_t generation) const;
    // There is something for the master to do or to say: a worker to start or to send away, or that
    // there are as many as there may be and none is spare, which is said once a second.
    bool wants_master(const PoolLimits& limits, uint32_t generation, int64_t now) const;
    // When it was last said that no worker is spare, in seconds of the steady clock.
    std::atomic<int64_t>& said_full() { return shared_->said_full; }

private:
    struct Shared {
        std::atomic<int64_t> said_full{-1};
    };
    size_t bytes() const;

    size_t size_;
    Shared* shared_;  // the mapping, before the slots
    WorkerSlot* slots_;
};

}  // namespace spamd

#endif  // DAEMON_SCOREBOARD_H
