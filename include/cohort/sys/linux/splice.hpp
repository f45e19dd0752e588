/// @file
/// Moving bytes inside the kernel, and the size of pipes.
#pragma once

#include "../detail/invoke.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>

#include <fcntl.h>

namespace cohort::sys {

/// Moves at most `size` bytes from one descriptor to another, one of which is a pipe; 0 is the end of the input.
/// `flags`: SPLICE_F_MOVE, SPLICE_F_MORE, SPLICE_F_NONBLOCK. EINVAL: the kernel cannot splice between these two. EINTR:
/// retried. splice(2).
inline outcome<std::size_t> splice(int from, int to, std::size_t size, unsigned flags = SPLICE_F_MOVE) noexcept {
    return detail::transfer<call::splice>(
        size, [&](std::size_t n) { return ::splice(from, nullptr, to, nullptr, n, flags); });
}

/// The same without waiting for a pipe; what it waits for at a socket or terminal is said by that description's own
/// flags.
inline outcome<std::size_t> splice_now(int from, int to, std::size_t size) noexcept {
    return splice(from, to, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

/// How many bytes the pipe holds. EINTR does not occur. fcntl(2), F_GETPIPE_SZ.
inline outcome<std::size_t> pipe_size(int fd) noexcept {
    return COHORT_SYS_ONCE(pipe_size, std::size_t, ::fcntl(fd, F_GETPIPE_SZ));
}

/// Gives the pipe room for at least `size` bytes and says how many it got. EPERM: more than /proc/sys/fs/pipe-max-size;
/// EINVAL: more than any pipe has; EBUSY: it holds more than that now. EINTR does not occur. fcntl(2), F_SETPIPE_SZ.
inline outcome<std::size_t> set_pipe_size(int fd, std::size_t size) noexcept {
    if (size > INT_MAX) return failure(EINVAL);  // cut to 32 bits it could ask for less than there is
    return COHORT_SYS_ONCE(pipe_size, std::size_t, ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(size)));
}

}  // namespace cohort::sys
