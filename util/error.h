// What the environment does to us: thrown, always with the object named ("open /var/x/bayes.db:
// ..."). Where there is an errno, use std::system_error through throw_errno().

#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace util {

class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Throws std::system_error with the current errno; `what` names verb and object ("open /etc/x").
[[noreturn]] inline void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace util

#endif  // UTIL_ERROR_H
