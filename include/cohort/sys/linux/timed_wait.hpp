/// @file
/// Waiting with a time limit, by the calls of Linux.
#pragma once

#include <cerrno>
#include <cstdint>
#include <ctime>

#include <poll.h>
#include <pthread.h>
#include <signal.h>

namespace cohort::sys::detail {

/// Waits until notified, for no reason, or for `nanoseconds`, by the monotonic clock; false: the time is up.
inline bool condition_wait(::pthread_cond_t& condition, ::pthread_mutex_t& held, std::int64_t nanoseconds) noexcept {
    ::timespec until{};
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    const std::int64_t sum = until.tv_nsec + nanoseconds % 1'000'000'000;
    until.tv_sec += static_cast<decltype(until.tv_sec)>(nanoseconds / 1'000'000'000 + sum / 1'000'000'000);
    until.tv_nsec = static_cast<decltype(until.tv_nsec)>(sum % 1'000'000'000);
    return ::pthread_cond_clockwait(&condition, &held, CLOCK_MONOTONIC, &until) != ETIMEDOUT;
}

/// ppoll(2); null: no limit.
inline int poll_wait(::pollfd* entries, ::nfds_t count, const ::timespec* limit) noexcept {
    return ::ppoll(entries, count, limit, nullptr);
}

/// Takes one pending instance of a blocked signal. -1 and EAGAIN: there is none.
inline int take_pending(const ::sigset_t& wanted) noexcept {
    const ::timespec at_once{};
    return ::sigtimedwait(&wanted, nullptr, &at_once) == -1 ? -1 : 0;
}

}  // namespace cohort::sys::detail
