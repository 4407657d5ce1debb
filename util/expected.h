// A value or the reason why there is none, with the names of std::expected (C++23), for places
// where the caller branches on the reason. Becomes an alias the day the compiler moves.

#ifndef UTIL_EXPECTED_H
#define UTIL_EXPECTED_H

#include <utility>
#include <variant>

namespace util {

template <typename E>
class Unexpected {
public:
    explicit Unexpected(E error) : error_(std::move(error)) {}
    E& error() { return error_; }

private:
    E error_;
};

template <typename T, typename E>
class [[nodiscard]] Expected {
public:
    Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Expected(Unexpected<E> error) : state_(std::in_place_index<1>, std::move(error.error())) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    T& operator*() { return *std::get_if<0>(&state_); }
    const T& operator*() const { return *std::get_if<0>(&state_); }
    T* operator->() { return std::get_if<0>(&state_); }
    const T* operator->() const { return std::get_if<0>(&state_); }
    E& error() { return *std::get_if<1>(&state_); }
    const E& error() const { return *std::get_if<1>(&state_); }

private:
    std::variant<T, E> state_;
};

}  // namespace util

#endif  // UTIL_EXPECTED_H
