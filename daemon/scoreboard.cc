#include "daemon/scoreboard.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <vector>

#include "util/error.h"

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

namespace spamd {

static_assert(std::atomic<pid_t>::is_always_lock_free && std::atomic<int64_t>::is_always_lock_free);

size_t Scoreboard::bytes() const {
    static_assert(sizeof(Shared) <= alignof(WorkerSlot));
    return (size_ + 1) * sizeof(WorkerSlot);
}

Scoreboard::Scoreboard(size_t slots) : size_(slots) {
    void* memory =
        ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        util::throw_errno("mmap scoreboard");
    shared_ = new (memory) Shared();
    slots_ = static_cast<WorkerSlot*>(memory) + 1;
    for (size_t i = 0; i < slots; ++i)
        new (&slots_[i]) WorkerSlot();
}

Scoreboard::~Scoreboard() {
    ::munmap(shared_, bytes());
}

WorkerSlot* Scoreboard::find(pid_t pid) {
    for (size_t i = 0; i < size_; ++i)
        if (slots_[i].pid == pid)
            return &slots_[i];
    return nullptr;
}

WorkerSlot* Scoreboard::free_slot() {
    return find(0);
}

Scoreboard::Census Scoreboard::census(uint32_t generation) const {
    Census found;
    for (size_t i = 0; i < size_; ++i) {
        const WorkerSlot& slot = slots_[i];
        if (slot.pid == 0 || slot.generation != generation)
            continue;
        const auto state = static_cast<WorkerState>(slot.state.load());
        const bool idle = state == WorkerState::Starting || state == WorkerState::Idle;
        found.idle += idle;
        found.all += idle || state == WorkerState::Busy;
    }
    return found;
}

bool Scoreboard::wants_master(const PoolLimits& limits, uint32_t generation, int64_t now) const {
    const Census found = census(generation);
    if (found.idle < limits.min_spare)
        return found.all < limits.max_children || shared_->said_full != now;
    return found.idle > limits.max_spare && found.all > limits.min_children;
}

std::string Scoreboard::states() const {
    std::vector<std::pair<pid_t, char>> rows;
    for (size_t i = 0; i < size_; ++i)
        if (slots_[i].pid != 0)
            rows.emplace_back(slots_[i].pid, slots_[i].state);
    std::sort(rows.begin(), rows.end());
    std::string out;
    for (auto [pid, state] : rows)
        out += state;
    return out;
}

}  // namespace spamd
