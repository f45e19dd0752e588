/// @file
/// Descriptors: reading, writing, closing, copying, pipes, flags.
///
/// No wrapper here blocks longer than its system call does; each says what happens when a signal interrupts it (EINTR).
#pragma once

#include "../detail/invoke.hpp"
#include "../detail/slices.hpp"
#include "../new_descriptor.hpp"

#include <climits>
#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort::sys {

/// Reads at most `size` bytes; 0 is the end of the stream. EINTR: retried. read(2).
inline outcome<std::size_t> read(int fd, void* data, std::size_t size) noexcept {
    return detail::transfer<call::read>(size, [&](std::size_t limit) { return ::read(fd, data, limit); });
}

/// Writes at most `size` bytes and says how many. A pipe without a reader raises SIGPIPE unless that is blocked. EINTR:
/// retried (the kernel reports it only where nothing was written). write(2).
inline outcome<std::size_t> write(int fd, const void* data, std::size_t size) noexcept {
    return detail::transfer<call::write>(size, [&](std::size_t limit) { return ::write(fd, data, limit); });
}

/// A write of at most this many bytes to a pipe that poll(2) calls writable does not block (PIPE_BUF: a page of the pipe
/// on Linux, 512 elsewhere, which is what POSIX promises).
inline constexpr std::size_t atomic_pipe_write = PIPE_BUF;

/// Reads into several buffers, at most IOV_MAX (1024). EINTR: retried. readv(2).
inline outcome<std::size_t> readv(int fd, const io_slice* slices, std::size_t count) noexcept {
    return detail::transfer<call::readv>(SIZE_MAX, [&](std::size_t limit) {
        return detail::with_slices(slices, count, limit, [&](const io_slice* part, std::size_t n) {
            return ::readv(fd, part, static_cast<int>(n));
        });
    });
}

/// Writes from several buffers, at most IOV_MAX (1024), and says how many bytes. EINTR: retried. writev(2).
inline outcome<std::size_t> writev(int fd, const io_slice* slices, std::size_t count) noexcept {
    return detail::transfer<call::writev>(SIZE_MAX, [&](std::size_t limit) {
        return detail::with_slices(slices, count, limit, [&](const io_slice* part, std::size_t n) {
            return ::writev(fd, part, static_cast<int>(n));
        });
    });
}

/// Closes the descriptor. Whatever it reports, the descriptor is gone: EINTR is reported and never retried, for the
/// number may already belong to another thread. close(2).
inline outcome<> close(int fd) noexcept {
    return detail::effected<call::close>([&] { return ::close(fd); });
}

/// A second descriptor of the same description, close-on-exec, with the lowest free number that is at least `minimum`.
/// EINTR does not occur. fcntl(2), F_DUPFD_CLOEXEC.
inline outcome<int> dup(int fd, int minimum = 0) noexcept {
    return COHORT_SYS_ONCE(dup, int, ::fcntl(fd, F_DUPFD_CLOEXEC, minimum));
}

/// Whether read and write on the description report EAGAIN where they would wait. EINTR does not occur.
inline outcome<bool> is_nonblocking(int fd) noexcept {
    const outcome<int> flags = COHORT_SYS_ONCE(get_flags, int, ::fcntl(fd, F_GETFL));
    if (!flags) return failure(flags.error());
    return (*flags & O_NONBLOCK) != 0;
}

/// Sets or clears O_NONBLOCK on the *description*, which every copy of the descriptor shares, in other processes too:
/// only for descriptions that this process made. EINTR does not occur. fcntl(2), F_SETFL.
inline outcome<> set_nonblocking(int fd, bool on) noexcept {
    const outcome<int> flags = COHORT_SYS_ONCE(get_flags, int, ::fcntl(fd, F_GETFL));
    if (!flags) return failure(flags.error());
    const int wanted = on ? *flags | O_NONBLOCK : *flags & ~O_NONBLOCK;
    if (wanted == *flags) return success();
    return COHORT_SYS_ONCE(set_flags, void, ::fcntl(fd, F_SETFL, wanted));
}

/// Whether the descriptor is closed by exec. EINTR does not occur. fcntl(2), F_GETFD.
inline outcome<bool> is_close_on_exec(int fd) noexcept {
    const outcome<int> flags = COHORT_SYS_ONCE(get_flags, int, ::fcntl(fd, F_GETFD));
    if (!flags) return failure(flags.error());
    return (*flags & FD_CLOEXEC) != 0;
}

/// Sets or clears close-on-exec on this descriptor. EINTR does not occur. fcntl(2), F_SETFD.
inline outcome<> set_close_on_exec(int fd, bool on) noexcept {
    return COHORT_SYS_ONCE(set_flags, void, ::fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0));
}

/// The two ends of a pipe.
struct pipe_pair {
    int read = -1;
    int write = -1;
};

/// A pipe, both ends close-on-exec from birth; O_NONBLOCK by choice for each end (each has its own description). EINTR
/// does not occur. pipe2(2).
inline outcome<pipe_pair> pipe(bool nonblocking_read = false, bool nonblocking_write = false) noexcept {
    int ends[2] = {-1, -1};
    const outcome<> made = COHORT_SYS_ONCE(pipe, void, detail::new_pipe(ends, nonblocking_read && nonblocking_write));
    if (!made) return failure(made.error());
    pipe_pair result;
    result.read = ends[0];
    result.write = ends[1];
    if (nonblocking_read != nonblocking_write) {
        const outcome<> set = set_nonblocking(nonblocking_read ? result.read : result.write, true);
        if (!set) {
            (void)close(result.read);
            (void)close(result.write);
            return failure(set.error());
        }
    }
    return result;
}

/// What a descriptor refers to.
enum class handle_kind : std::uint8_t { regular, directory, character, terminal, pipe, socket, other };

/// Asks what the descriptor refers to: a terminal is a character device that answers as one, a FIFO counts as a pipe,
/// and what has no type of its own (epoll, eventfd, pidfd) as well as block devices are `other`. EINTR does not occur.
/// fstat(2).
inline outcome<handle_kind> kind(int fd) noexcept {
    struct ::stat status;
    const outcome<> asked = COHORT_SYS_ONCE(status, void, ::fstat(fd, &status));
    if (!asked) return failure(asked.error());
    switch (status.st_mode & S_IFMT) {
    case S_IFREG: return handle_kind::regular;
    case S_IFDIR: return handle_kind::directory;
    case S_IFCHR: return ::isatty(fd) ? handle_kind::terminal : handle_kind::character;
    case S_IFIFO: return handle_kind::pipe;
    case S_IFSOCK: return handle_kind::socket;
    default: return handle_kind::other;
    }
}

/// How many bytes a read would give at once (pipes, sockets, terminals). EINTR does not occur. ioctl(2), FIONREAD.
inline outcome<std::size_t> bytes_readable(int fd) noexcept {
    int count = 0;
    const outcome<> asked = COHORT_SYS_ONCE(bytes_readable, void, ::ioctl(fd, FIONREAD, &count));
    if (!asked) return failure(asked.error());
    return static_cast<std::size_t>(count);
}

}  // namespace cohort::sys
