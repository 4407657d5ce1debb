// The steady clock. Deadline: a moment by which something must be done, passed down with a message
// instead of a global alarm.

#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <time.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace util {

using SteadyTime = std::chrono::steady_clock::time_point;

// The steady clock as of the last tick of the system, some milliseconds ago at most: a fifth of the
// price, for what looks again and again.
inline SteadyTime recent_steady_time() {
#if defined(CLOCK_MONOTONIC_COARSE)
    constexpr clockid_t clock = CLOCK_MONOTONIC_COARSE;
#elif defined(CLOCK_MONOTONIC_FAST)
    constexpr clockid_t clock = CLOCK_MONOTONIC_FAST;
#endif
#if defined(CLOCK_MONOTONIC_COARSE) || defined(CLOCK_MONOTONIC_FAST)
    struct timespec now;
    if (::clock_gettime(clock, &now) == 0)
        return SteadyTime(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec)));
#endif
    return std::chrono::steady_clock::now();
}

// Whole seconds of the steady clock: for what is counted in seconds, in memory that processes
// share.
inline int64_t steady_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(recent_steady_time().time_since_epoch())
        .count();
}

class Deadline {
public:
    // Never expires.
    Deadline() = default;
    static Deadline after(std::chrono::nanoseconds span) {
        Deadline d;
        d.at_ = span <= span.zero()
                    ? SteadyTime::min()
                    : std::chrono::steady_clock::now() +
                          std::chrono::duration_cast<std::chrono::steady_clock::duration>(span);
        return d;
    }

    bool is_set() const { return at_.has_value(); }
    // Never early, some milliseconds late; cheap enough to be asked for every rule.
    bool expired() const { return at_ && recent_steady_time() >= *at_; }
    // Milliseconds left, 0 when expired, nullopt when there is no limit.
    std::optional<long> milliseconds_left() const {
        if (!at_)
            return std::nullopt;
        const SteadyTime now = std::chrono::steady_clock::now();
        if (*at_ <= now)
            return 0;
        return static_cast<long>(
            std::chrono::duration_cast<std::chrono::milliseconds>(*at_ - now).count());
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
