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

Scoreboard::Scoreboard(size_t slots) : size_(slots) {
    void* memory = ::mmap(nullptr, slots * sizeof(WorkerSlot), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        util::throw_errno("mmap scoreboard");
    slots_ = static_cast<WorkerSlot*>(memory);
    for (size_t i = 0; i < slots; ++i)
        new (&slots_[i]) WorkerSlot();
}

Scoreboard::~Scoreboard() {
    ::munmap(slots_, size_ * sizeof(WorkerSlot));
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
