/// @file
/// Files and directories by path, and files by position.
#pragma once

#include "../detail/invoke.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace cohort::sys {

/// What `open` takes besides the flags of open(2) themselves. A terminal that is opened never becomes the process's
/// own.
inline constexpr int open_read = O_RDONLY | O_NOCTTY;
inline constexpr int open_write = O_WRONLY | O_NOCTTY;
inline constexpr int open_read_write = O_RDWR | O_NOCTTY;
inline constexpr int open_create = O_CREAT;
inline constexpr int open_exclusive = O_EXCL;
inline constexpr int open_truncate = O_TRUNC;
inline constexpr int open_append = O_APPEND;
inline constexpr int open_nonblocking = O_NONBLOCK;

/// The file that is empty and takes everything. null(4).
inline constexpr char null_device[] = "/dev/null";

/// What `lseek` takes.
inline constexpr int seek_start = SEEK_SET;

/// Opens a file, always close-on-exec. `flags` are those of open(2) (O_RDONLY, O_CREAT, ...). EINTR: retried.
inline outcome<int> open(const char* path, int flags, unsigned mode = 0666) noexcept {
    return detail::retried<call::open, int>(
        [&] { return ::open(path, flags | O_CLOEXEC, static_cast<::mode_t>(mode)); });
}

/// Reads at a position without moving the file offset; 0 is the end. EINTR: retried. pread(2).
inline outcome<std::size_t> pread(int fd, void* data, std::size_t size, std::int64_t offset) noexcept {
    return detail::transfer<call::pread>(size, [&](std::size_t n) { return ::pread(fd, data, n, offset); });
}

/// Writes at a position without moving the file offset. EINTR: retried. pwrite(2).
inline outcome<std::size_t> pwrite(int fd, const void* data, std::size_t size, std::int64_t offset) noexcept {
    return detail::transfer<call::pwrite>(size, [&](std::size_t n) { return ::pwrite(fd, data, n, offset); });
}

/// Moves the file offset (`whence`: SEEK_SET, SEEK_CUR, SEEK_END) and gives the new one. EINTR does not occur.
/// lseek(2).
inline outcome<std::int64_t> lseek(int fd, std::int64_t offset, int whence) noexcept {
    return COHORT_SYS_ONCE(lseek, std::int64_t, ::lseek(fd, offset, whence));
}

namespace detail {
// fsync(2) of macOS ends when the device has the bytes, which may keep them in its memory.
#if defined(F_FULLFSYNC)
inline int sync_to_device(int fd) noexcept { return ::fcntl(fd, F_FULLFSYNC); }
#else
inline int sync_to_device(int fd) noexcept { return ::fsync(fd); }
#endif
}  // namespace detail

/// Waits until the file is on its device. EINTR: retried. fsync(2).
inline outcome<> fsync(int fd) noexcept {
    return detail::retried<call::fsync, void>([&] { return detail::sync_to_device(fd); });
}

/// Cuts or extends the file to `size` bytes. EINTR: retried. ftruncate(2).
inline outcome<> ftruncate(int fd, std::int64_t size) noexcept {
    return detail::retried<call::ftruncate, void>([&] { return ::ftruncate(fd, size); });
}

/// The size of a file in bytes. EINTR does not occur. fstat(2).
inline outcome<std::int64_t> file_size(int fd) noexcept {
    struct ::stat status;
    const outcome<> asked = COHORT_SYS_ONCE(status, void, ::fstat(fd, &status));
    if (!asked) return failure(asked.error());
    return static_cast<std::int64_t>(status.st_size);
}

/// Removes a name of a file. EINTR does not occur. unlink(2).
inline outcome<> unlink(const char* path) noexcept {
    return COHORT_SYS_ONCE(unlink, void, ::unlink(path));
}

/// Makes a directory. EINTR does not occur. mkdir(2).
inline outcome<> mkdir(const char* path, unsigned mode = 0777) noexcept {
    return COHORT_SYS_ONCE(mkdir, void, ::mkdir(path, static_cast<::mode_t>(mode)));
}

/// Removes an empty directory. EINTR does not occur. rmdir(2).
inline outcome<> rmdir(const char* path) noexcept {
    return COHORT_SYS_ONCE(rmdir, void, ::rmdir(path));
}

/// Gives a file another name, in one step; an existing file of that name is replaced. EINTR does not occur. rename(2).
inline outcome<> rename(const char* from, const char* to) noexcept {
    return COHORT_SYS_ONCE(rename, void, ::rename(from, to));
}

}  // namespace cohort::sys
