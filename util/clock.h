// The steady clock. Deadline: a moment by which something must be done, passed down with a message
// instead of a global alarm.

#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace util {

using SteadyTime = std::chrono::steady_clock::time_point;

// Whole seconds of the steady clock: for what is counted in seconds, in memory that processes
// share.
inline int64_t steady_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

class Deadline {
public:
    // Never expires.
    Deadline() = default;
    static Deadline after(std::chrono::nanoseconds span) {
        Deadline d;
        d.at_ = std::chrono::steady_clock::now() +
                std::chrono::duration_cast<std::chrono::steady_clock::duration>(span);
        return d;
    }

    bool is_set() const { return at_.has_value(); }
    bool expired() const { return at_ && std::chrono::steady_clock::now() >= *at_; }
    // Milliseconds left, 0 when expired, nullopt when there is no limit.
    std::optional<long> milliseconds_left() const {
        if (!at_)
            return std::nullopt;
        auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            *at_ - std::chrono::steady_clock::now());
        return std::max<long>(0, static_cast<long>(left.count()));
    }
    // The earlier of the two.
    Deadline sooner(const Deadline& other) const {
        if (!at_ || (other.at_ && *other.at_ < *at_))
            return other;
        return *this;
    }

private:
    std::optional<SteadyTime> at_;
};

}  // namespace util

#endif  // UTIL_CLOCK_H
