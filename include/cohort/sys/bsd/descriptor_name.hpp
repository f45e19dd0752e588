/// @file
/// What a descriptor is, by name: for error messages, and for opening it once more.
#pragma once

#include "../detail/invoke.hpp"
#include "../descriptor_path.hpp"
#include "../platform.hpp"
#include "../socket_address.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort::sys {

/// Writes the path of what the descriptor was opened as ("/dev/ttys001"), zero-terminated, and gives its length.
/// ENOENT: it has none, as a pipe or socket. ERANGE: the buffer is too small. EINTR does not occur. fcntl(2).
COHORT_COLD inline outcome<std::size_t> descriptor_name(int fd, char* buffer, std::size_t size) noexcept {
    char path[PATH_MAX];
    const outcome<> asked = COHORT_SYS_ONCE(readlink, void, detail::path_of_descriptor(fd, path));
    if (!asked) return failure(asked.error());
    const std::size_t length = ::strnlen(path, sizeof path - 1);
    if (length == 0) return failure(ENOENT);
    if (length >= size) return failure(ERANGE);
    std::memcpy(buffer, path, length);
    buffer[length] = '\0';
    return length;
}

/// Opens the terminal or FIFO that the descriptor refers to once more, by its path: a second description, with flags of
/// its own, close-on-exec and non-blocking. `flags`: O_RDONLY, O_WRONLY or O_RDWR. (Opening /dev/fd/N gives the same
/// description here.) ENXIO: the path is another file's by now; ENOENT: there is no path. EINTR: retried. open(2).
COHORT_COLD inline outcome<int> reopen_nonblocking(int fd, int flags) noexcept {
    char path[PATH_MAX];
    const outcome<std::size_t> named = descriptor_name(fd, path, sizeof path);
    if (!named) return failure(named.error());
    const outcome<int> opened = detail::retried<call::open, int>(
        [&] { return ::open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); });
    if (!opened) return opened;
    struct ::stat given {};
    struct ::stat found {};
    if (::fstat(fd, &given) == 0 && ::fstat(*opened, &found) == 0 && given.st_dev == found.st_dev &&
        given.st_ino == found.st_ino && given.st_rdev == found.st_rdev)
        return opened;
    static_cast<void>(::close(*opened));
    return failure(ENXIO);
}

/// The address of the other side of a connection that has failed is not kept by these systems: ENOTCONN, always.
inline outcome<> former_peer(int, socket_address&) noexcept { return failure(ENOTCONN); }

}  // namespace cohort::sys
