/// @file
/// eventfd(2): a counter that wakes who waits for it to be readable.
#pragma once

#include "../detail/invoke.hpp"

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace cohort::sys {

/// A new counter at 0, non-blocking and close-on-exec. EINTR does not occur. eventfd(2).
inline outcome<int> make_eventfd() noexcept {
    return COHORT_SYS_ONCE(eventfd, int, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

/// Makes the eventfd readable. Async-signal-safe but for `errno`, which a handler saves. A counter that is full is
/// readable already, so EAGAIN is success. EINTR: retried.
inline outcome<> eventfd_signal(int fd) noexcept {
    const std::uint64_t one = 1;
    const outcome<> written =
        detail::retried<call::eventfd_signal, void>([&] { return ::write(fd, &one, sizeof one); });
    if (written.would_block()) return success();
    return written;
}

/// Takes all signals so far and gives their number; 0 where there are none. EINTR: retried. (Not a size_t, whose outcome
/// has no room for the largest counts.)
inline outcome<unsigned long long> eventfd_drain(int fd) noexcept {
    std::uint64_t count = 0;
    const outcome<> taken =
        detail::retried<call::eventfd_drain, void>([&] { return ::read(fd, &count, sizeof count); });
    if (taken) return static_cast<unsigned long long>(count);
    if (taken.would_block()) return 0ull;
    return failure(taken.error());
}

}  // namespace cohort::sys
