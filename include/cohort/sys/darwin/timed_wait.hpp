/// @file
/// Waiting with a time limit, by the calls of macOS.
#pragma once

#include <cerrno>
#include <climits>
#include <cstdint>
#include <ctime>

#include <poll.h>
#include <pthread.h>
#include <signal.h>

namespace cohort::sys::detail {

/// Waits until notified, for no reason, or for `nanoseconds`, by a clock that nobody sets; false: the time is up.
inline bool condition_wait(::pthread_cond_t& condition, ::pthread_mutex_t& held, std::int64_t nanoseconds) noexcept {
    ::timespec time{};
    time.tv_sec = static_cast<decltype(time.tv_sec)>(nanoseconds / 1'000'000'000);
    time.tv_nsec = static_cast<decltype(time.tv_nsec)>(nanoseconds % 1'000'000'000);
    return ::pthread_cond_timedwait_relative_np(&condition, &held, &time) != ETIMEDOUT;
}

/// poll(2), in whole milliseconds, rounded up so that a timer is due when the wait for it is over; null: no limit.
/// Longer than 24 days is 24 days: the caller's clock decides.
inline int poll_wait(::pollfd* entries, ::nfds_t count, const ::timespec* limit) noexcept {
    if (!limit) return ::poll(entries, count, -1);
    std::int64_t ms = INT_MAX;
    if (limit->tv_sec < INT_MAX / 1000) ms = limit->tv_sec * std::int64_t{1000} + (limit->tv_nsec + 999'999) / 1'000'000;
    return ::poll(entries, count, static_cast<int>(ms < INT_MAX ? ms : INT_MAX));
}

/// Takes one pending instance of a blocked signal. -1 and EAGAIN: there is none. A signal of the process that another
/// thread takes in between keeps this one waiting for the next: the library asks for signals only that its own thread
/// has raised.
inline int take_pending(const ::sigset_t& wanted) noexcept {
    ::sigset_t pending;
    if (::sigpending(&pending) != 0) return -1;
    for (int sig = 1; sig < NSIG; ++sig) {
        if (sigismember(&wanted, sig) != 1 || sigismember(&pending, sig) != 1) continue;
        int taken = 0;
        const int error = ::sigwait(&wanted, &taken);
        if (error == 0) return 0;
        errno = error;
        return -1;
    }
    errno = EAGAIN;
    return -1;
}

}  // namespace cohort::sys::detail
