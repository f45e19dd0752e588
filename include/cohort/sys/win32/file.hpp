/// @file
/// Files and directories by path (UTF-8), and files by position. Synchronous: a file is done with at once, or after the
/// disk.
#pragma once

#include "io.hpp"
#include "text.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace cohort::sys {

/// What `open` takes, joined by `|`.
inline constexpr int open_read = 0;
inline constexpr int open_write = 1;
inline constexpr int open_read_write = 2;
inline constexpr int open_create = 4;
inline constexpr int open_exclusive = 8;
inline constexpr int open_truncate = 16;
inline constexpr int open_append = 32;
/// Without effect: what is opened by path is synchronous here.
inline constexpr int open_nonblocking = 0;

/// The file that is empty and takes everything.
inline constexpr char null_device[] = "NUL";

/// What `lseek` takes.
inline constexpr int seek_start = FILE_BEGIN;

/// Opens a file, which no child inherits, and which others may open, rename and remove meanwhile. Without a bit of
/// writing in `mode` one that is made is read-only. CreateFileW.
inline outcome<int> open(const char* path, int flags, unsigned mode = 0666) noexcept {
    return detail::once<call::open, int>([&] {
        return with_wide(path, [&](const wchar_t* name) -> outcome<int> {
            ::DWORD access = (flags & open_write) ? GENERIC_WRITE : GENERIC_READ;
            if (flags & open_read_write) access = GENERIC_READ | GENERIC_WRITE;
            // To append is a right of its own: each write goes to the end, whoever else writes.
            if (flags & open_append) access = FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
            const ::DWORD how = (flags & open_exclusive)  ? CREATE_NEW
                                : (flags & open_truncate) ? ((flags & open_create) ? CREATE_ALWAYS : TRUNCATE_EXISTING)
                                : (flags & open_create)   ? OPEN_ALWAYS
                                                          : OPEN_EXISTING;
            const ::DWORD attributes = (mode & 0222) ? FILE_ATTRIBUTE_NORMAL : FILE_ATTRIBUTE_READONLY;
            const ::HANDLE made =
                ::CreateFileW(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, how,
                              attributes, nullptr);
            if (made == INVALID_HANDLE_VALUE) return failure(last_error());
            return descriptor_of(made, detail::synchronous_tag);
        });
    });
}

namespace detail {
inline ::OVERLAPPED at_position(std::int64_t offset) noexcept {
    ::OVERLAPPED where{};
    where.Offset = static_cast<::DWORD>(static_cast<std::uint64_t>(offset));
    where.OffsetHigh = static_cast<::DWORD>(static_cast<std::uint64_t>(offset) >> 32);
    return where;
}
inline ::LARGE_INTEGER large(std::int64_t value) noexcept {
    ::LARGE_INTEGER result;
    result.QuadPart = value;
    return result;
}
}  // namespace detail

/// Moves the file offset (`whence`: FILE_BEGIN, FILE_CURRENT, FILE_END) and gives the new one. SetFilePointerEx.
inline outcome<std::int64_t> lseek(int fd, std::int64_t offset, int whence) noexcept {
    return detail::once<call::lseek, std::int64_t>([&]() -> outcome<std::int64_t> {
        ::LARGE_INTEGER now;
        if (::SetFilePointerEx(handle_of(fd), detail::large(offset), &now, static_cast<::DWORD>(whence)))
            return static_cast<std::int64_t>(now.QuadPart);
        return failure(last_error());
    });
}

namespace detail {
/// The system moves the offset of a synchronous file along with every transfer: it is put back.
class kept_offset {
public:
    explicit kept_offset(::HANDLE file) noexcept : file_(file) {
        known_ = ::SetFilePointerEx(file, large(0), &former_, FILE_CURRENT) != 0;
    }
    kept_offset(const kept_offset&) = delete;
    kept_offset& operator=(const kept_offset&) = delete;
    ~kept_offset() {
        if (known_) ::SetFilePointerEx(file_, former_, nullptr, FILE_BEGIN);
    }

private:
    ::HANDLE file_;
    ::LARGE_INTEGER former_;
    bool known_;
};
}  // namespace detail

/// Reads at a position without moving the file offset; 0 is the end. ReadFile.
inline outcome<std::size_t> pread(int fd, void* data, std::size_t size, std::int64_t offset) noexcept {
    return detail::transfer<call::pread>(size, [&](::DWORD limit) -> outcome<std::size_t> {
        if (offset < 0) return failure(EINVAL);
        const detail::kept_offset kept(handle_of(fd));
        ::OVERLAPPED where = detail::at_position(offset);
        ::DWORD moved = 0;
        if (::ReadFile(handle_of(fd), data, limit, &moved, &where)) return static_cast<std::size_t>(moved);
        return detail::end_as_zero(failure(last_error()));
    });
}

/// Writes at a position without moving the file offset. WriteFile.
inline outcome<std::size_t> pwrite(int fd, const void* data, std::size_t size, std::int64_t offset) noexcept {
    return detail::transfer<call::pwrite>(size, [&](::DWORD limit) -> outcome<std::size_t> {
        if (offset < 0) return failure(EINVAL);
        const detail::kept_offset kept(handle_of(fd));
        ::OVERLAPPED where = detail::at_position(offset);
        ::DWORD moved = 0;
        if (::WriteFile(handle_of(fd), data, limit, &moved, &where)) return static_cast<std::size_t>(moved);
        return failure(last_error());
    });
}

/// Waits until the file is on its device. FlushFileBuffers.
inline outcome<> fsync(int fd) noexcept {
    return detail::tried<call::fsync>([&] { return ::FlushFileBuffers(handle_of(fd)); });
}

/// Cuts or extends the file to `size` bytes. SetFileInformationByHandle.
inline outcome<> ftruncate(int fd, std::int64_t size) noexcept {
    return detail::tried<call::ftruncate>([&] {
        ::FILE_END_OF_FILE_INFO end;
        end.EndOfFile = detail::large(size);
        return ::SetFileInformationByHandle(handle_of(fd), FileEndOfFileInfo, &end, sizeof end);
    });
}

/// The size of a file in bytes. GetFileSizeEx.
inline outcome<std::int64_t> file_size(int fd) noexcept {
    return detail::once<call::status, std::int64_t>([&]() -> outcome<std::int64_t> {
        ::LARGE_INTEGER size;
        if (::GetFileSizeEx(handle_of(fd), &size)) return static_cast<std::int64_t>(size.QuadPart);
        return failure(last_error());
    });
}

namespace detail {
/// A call with one path that says with true that it succeeded.
template <call Which, class F>
inline outcome<> on_path(const char* path, F&& f) noexcept {
    return once<Which, void>([&] {
        return with_wide(path,
                         [&](const wchar_t* name) { return f(name) ? success() : outcome<>(failure(last_error())); });
    });
}
}  // namespace detail

/// Removes a file. DeleteFileW.
inline outcome<> unlink(const char* path) noexcept {
    return detail::on_path<call::unlink>(path, [](const wchar_t* name) { return ::DeleteFileW(name); });
}

/// Makes a directory. CreateDirectoryW.
inline outcome<> mkdir(const char* path, unsigned = 0777) noexcept {
    return detail::on_path<call::mkdir>(path, [](const wchar_t* name) { return ::CreateDirectoryW(name, nullptr); });
}

/// Removes an empty directory. RemoveDirectoryW.
inline outcome<> rmdir(const char* path) noexcept {
    return detail::on_path<call::rmdir>(path, [](const wchar_t* name) { return ::RemoveDirectoryW(name); });
}

/// Gives a file another name; an existing file of that name is replaced. MoveFileExW.
inline outcome<> rename(const char* from, const char* to) noexcept {
    return detail::on_path<call::rename>(from, [&](const wchar_t* old_name) {
        return static_cast<bool>(with_wide(to, [&](const wchar_t* new_name) {
            return ::MoveFileExW(old_name, new_name, MOVEFILE_REPLACE_EXISTING)
                       ? success()
                       : outcome<>(failure(last_error()));
        }));
    });
}

}  // namespace cohort::sys
