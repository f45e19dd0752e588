/// @file
/// Waiting for readiness of a list of descriptors.
#pragma once

#include "../detail/invoke.hpp"
#include "../timed_wait.hpp"

#include <cstddef>
#include <cstdint>
#include <ctime>

#include <poll.h>

namespace cohort::sys {

/// One descriptor of a `poll`: `fd` (negative: left out), `events` wanted, `revents` found.
using poll_entry = ::pollfd;

/// What to wait for, and what was found.
inline constexpr short poll_in = POLLIN;
inline constexpr short poll_out = POLLOUT;
inline constexpr short poll_priority = POLLPRI;
/// Found without being asked for.
inline constexpr short poll_error = POLLERR;
inline constexpr short poll_hup = POLLHUP;
inline constexpr short poll_invalid = POLLNVAL;

namespace detail {
constexpr ::timespec to_timespec(std::int64_t nanoseconds) noexcept {
    ::timespec result{};
    result.tv_sec = static_cast<decltype(result.tv_sec)>(nanoseconds / 1'000'000'000);
    result.tv_nsec = static_cast<decltype(result.tv_nsec)>(nanoseconds % 1'000'000'000);
    return result;
}
}  // namespace detail

/// Waits until one of the entries is ready and gives the number of those that are; 0: the time is up. `timeout` in
/// nanoseconds, 0 does not wait, a negative one waits for ever. EINTR: reported, because the caller owns the clock and
/// may want to look at what the signal handler left. ppoll(2).
inline outcome<int> poll(poll_entry* entries, std::size_t count, std::int64_t timeout) noexcept {
    const ::timespec limit = detail::to_timespec(timeout < 0 ? 0 : timeout);
    return COHORT_SYS_ONCE(poll, int,
                           detail::poll_wait(entries, static_cast<::nfds_t>(count), timeout < 0 ? nullptr : &limit));
}

}  // namespace cohort::sys
