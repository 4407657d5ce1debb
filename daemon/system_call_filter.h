// Linux: what the kernel refuses a worker, and every program that a plugin starts from it, by a
// seccomp filter in classic BPF. Where there is no such thing this does nothing.

#ifndef DAEMON_SYSTEM_CALL_FILTER_H
#define DAEMON_SYSTEM_CALL_FILTER_H

#include <string>

namespace spamd {

// The filter for this process and its children, for good. Refused calls fail with EPERM and never
// kill, so that no message is lost by one: tracing, mounting, modules, clocks, keys, name spaces,
// io_uring. clone3 fails with ENOSYS, because its flags are out of the filter's sight; the C
// library then uses clone. Programs of another architecture (32 bits on a 64-bit machine) are
// refused every call.
// Needs no-new-privs or root. Returns what went wrong, empty if nothing did; never throws.
std::string filter_system_calls();

// Whether this build and this machine have a filter at all.
bool has_system_call_filter();

}  // namespace spamd

#endif  // DAEMON_SYSTEM_CALL_FILTER_H
