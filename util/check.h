// Invariants of our own code. A failed check is our bug: it says where and aborts, and the master
// replaces the worker. Never reachable from input.

#ifndef UTIL_CHECK_H
#define UTIL_CHECK_H

#include <cstdio>
#include <cstdlib>

#define UTIL_CHECK(condition)                                                                  \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                      \
        }                                                                                      \
    } while (false)

#endif  // UTIL_CHECK_H
