/// @file
/// Waiting with a time limit, by the calls of FreeBSD.
#pragma once

#include <cerrno>
#include <cstdint>
#include <ctime>

#include <poll.h>
#include <pthread.h>
#include <signal.h>

namespace cohort::sys::detail {

inline std::int64_t monotonic_nanoseconds() noexcept {
    ::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{1'000'000'000} * now.tv_sec + now.tv_nsec;
}

/// Waits until notified, for no reason, or for `nanoseconds`, by the monotonic clock; false: the time is up.
///
/// A condition that is initialised statically waits by the wall clock, which may be set. So the monotonic clock says
/// whether the time is up, and no single wait is longer than ten seconds, which is how late a clock that was set back
/// can make it; what ends early is a wake-up for no reason.
inline bool condition_wait(::pthread_cond_t& condition, ::pthread_mutex_t& held, std::int64_t nanoseconds) noexcept {
    constexpr std::int64_t longest = 10'000'000'000;
    const std::int64_t end = monotonic_nanoseconds() + nanoseconds;
    const std::int64_t part = nanoseconds < longest ? nanoseconds : longest;
    ::timespec until{};
    ::clock_gettime(CLOCK_REALTIME, &until);
    const std::int64_t sum = until.tv_nsec + part % 1'000'000'000;
    until.tv_sec += static_cast<decltype(until.tv_sec)>(part / 1'000'000'000 + sum / 1'000'000'000);
    until.tv_nsec = static_cast<decltype(until.tv_nsec)>(sum % 1'000'000'000);
    const bool timed_out = ::pthread_cond_timedwait(&condition, &held, &until) == ETIMEDOUT;
    return !timed_out || monotonic_nanoseconds() < end;
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
