// getpid(2) without a system call: the number is fetched once, and anew after a fork(3). For what
// needs it with every line or message.

#ifndef UTIL_PROCESS_ID_H
#define UTIL_PROCESS_ID_H

#include <sys/types.h>

namespace util {

pid_t process_id();

}  // namespace util

#endif  // UTIL_PROCESS_ID_H
