/// @file
/// epoll(7): waiting for the readiness of many descriptors.
#pragma once

#include "../../detail/atomic.hpp"
#include "../detail/invoke.hpp"

#include <cerrno>
#include <cstdint>

#include <linux/time_types.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cohort::sys {

/// One readiness report: `events` and `data.u64`.
using epoll_event = ::epoll_event;

inline constexpr std::uint32_t epoll_in = EPOLLIN;
inline constexpr std::uint32_t epoll_out = EPOLLOUT;
inline constexpr std::uint32_t epoll_priority = EPOLLPRI;
/// Reported without being asked for.
inline constexpr std::uint32_t epoll_error = EPOLLERR;
inline constexpr std::uint32_t epoll_hup = EPOLLHUP;
/// The peer has shut down its writing side.
inline constexpr std::uint32_t epoll_read_hup = EPOLLRDHUP;
inline constexpr std::uint32_t epoll_edge = EPOLLET;
inline constexpr std::uint32_t epoll_one_shot = EPOLLONESHOT;
/// Of several processes or threads that wait for one listener, wake one.
inline constexpr std::uint32_t epoll_exclusive = EPOLLEXCLUSIVE;

/// The operations of `epoll_control`.
inline constexpr int epoll_add = EPOLL_CTL_ADD;
inline constexpr int epoll_modify = EPOLL_CTL_MOD;
inline constexpr int epoll_delete = EPOLL_CTL_DEL;

/// A new epoll descriptor, close-on-exec. EINTR does not occur. epoll_create1(2).
inline outcome<int> epoll_create() noexcept {
    return COHORT_SYS_ONCE(epoll_create, int, ::epoll_create1(EPOLL_CLOEXEC));
}

/// Adds, changes or removes (`epoll_add`, ...) a descriptor with what to wait for and the number that its reports
/// carry. EINTR does not occur. epoll_ctl(2).
inline outcome<> epoll_control(int ep, int operation, int fd, std::uint32_t events = 0,
                               std::uint64_t data = 0) noexcept {
    ::epoll_event event{};
    event.events = events;
    event.data.u64 = data;
    return COHORT_SYS_ONCE(epoll_control, void, ::epoll_ctl(ep, operation, fd, &event));
}

namespace detail {
// Whether the kernel has epoll_pwait2 (Linux 5.11); found out by the first wait that needs it. A race only asks twice.
inline cohort::detail::atomic<bool> epoll_waits_in_ns{true};

inline int epoll_wait_ns(int ep, ::epoll_event* events, int max, std::int64_t timeout) noexcept {
    constexpr std::int64_t ms = 1'000'000;
    if (timeout > 0 && timeout % ms != 0 && epoll_waits_in_ns.load(cohort::detail::memory_order::relaxed)) {
        ::__kernel_timespec limit;
        limit.tv_sec = timeout / 1'000'000'000;
        limit.tv_nsec = timeout % 1'000'000'000;
        const long found = ::syscall(SYS_epoll_pwait2, ep, events, max, &limit, nullptr, 0);
        // Some sandboxes answer EPERM for what they do not know; the call itself has no such error.
        if (found != -1 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(found);
        epoll_waits_in_ns.store(false, cohort::detail::memory_order::relaxed);
    }
    // Rounded up, so that a timer is due when the wait for it is over; longer than 24 days is 24 days, and the caller's
    // clock decides.
    std::int64_t rounded = timeout < 0 ? -1 : timeout / ms + (timeout % ms != 0);
    if (rounded > 0x7FFFFFFF) rounded = 0x7FFFFFFF;
    return ::epoll_wait(ep, events, max, static_cast<int>(rounded));
}
}  // namespace detail

/// Waits for reports and gives their number; 0: the time is up. `timeout` in nanoseconds, 0 does not wait, a negative
/// one waits for ever; in whole milliseconds, rounded up, where the kernel cannot do better. EINTR: reported, because
/// the caller owns the clock. epoll_wait(2), epoll_pwait2(2).
inline outcome<int> epoll_wait(int ep, epoll_event* events, int max, std::int64_t timeout) noexcept {
    return COHORT_SYS_ONCE(epoll_wait, int, detail::epoll_wait_ns(ep, events, max, timeout));
}

}  // namespace cohort::sys
