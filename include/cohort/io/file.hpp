// file: an opened path.
//
// Linux has no readiness for regular files: a read or write of one is a system call that is done at once, usually from
// the page cache, and holds the loop up for as long as it takes. What can wait (a FIFO, a terminal, a device) is opened
// non-blocking and waits on the loop like any stream.
#pragma once

#include "../async/error.hpp"
#include "../sys/file.hpp"
#include "describe.hpp"
#include "handle.hpp"
#include "stream.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace cohort {

/// A file by path. Owns its descriptor; a byte stream as well.
class file {
public:
    /// How to open.
    enum class mode : unsigned char {
        read,        ///< must exist
        write,       ///< made if it is not there, emptied if it is
        append,      ///< made if it is not there; each write goes to the end
        read_write,  ///< must exist
        create,      ///< must not exist; read and written
    };

    file() noexcept {}

    /// Takes over the descriptor of a file.
    explicit file(handle fd) noexcept : stream_(std::move(fd), stream::type::other) {}

    file(file&&) noexcept = default;
    file& operator=(file&&) noexcept = default;

    /// Opens `path`. Does not wait, except for the disk. `permissions` are for a file that is made, less the umask.
    /// Errors: ENOENT, EACCES, EEXIST; ENXIO for a FIFO that nobody reads; EINVAL for a path with a zero byte. Source:
    /// open(2).
    [[nodiscard]] static file open(const std::string& path, mode how, unsigned permissions = 0666) {
        if (path.find('\0') != path.npos) throw error(EINVAL, "open", path.c_str());
        const auto opened = sys::open(path.c_str(), flags_of(how), permissions);
        if (!opened) throw error(opened.error(), "open", path);
        return file(handle(*opened));
    }

    explicit operator bool() const noexcept { return static_cast<bool>(stream_); }
    int native() const noexcept { return stream_.native(); }

    /// Completes with the number of bytes read at the file's position, 0 at its end. Errors: EIO, EISDIR. Cancellation:
    /// nothing has been read. Source: read(2).
    [[nodiscard("co_await it")]] read_operation read_some(std::span<std::byte> to) noexcept {
        return stream_.read_some(to);
    }

    /// Completes with the number of bytes written at the file's position. Errors: ENOSPC, EDQUOT, EFBIG. Cancellation:
    /// nothing has been written. Source: write(2).
    [[nodiscard("co_await it")]] write_operation write_some(std::span<const std::byte> from) noexcept {
        return stream_.write_some(from);
    }

    /// Reads at a position, without moving the file's own; returns the number of bytes, 0 at the end. Source: pread(2).
    std::size_t read_at(std::span<std::byte> to, std::int64_t position) {
        return checked(sys::pread(native(), to.data(), to.size(), position), "read");
    }

    /// Writes at a position, without moving the file's own; returns the number of bytes. Source: pwrite(2).
    std::size_t write_at(std::span<const std::byte> from, std::int64_t position) {
        return checked(sys::pwrite(native(), from.data(), from.size(), position), "write");
    }

    /// The file's size in bytes. Source: fstat(2).
    std::int64_t size() const { return checked(sys::file_size(native()), "size"); }

    /// Moves the file's position, counted from its start, and returns it. Source: lseek(2).
    std::int64_t seek(std::int64_t position) {
        return checked(sys::lseek(native(), position, sys::seek_start), "seek");
    }

    /// Cuts or extends the file. Source: ftruncate(2).
    void resize(std::int64_t size) {
        if (const auto done = sys::ftruncate(native(), size); !done)
            detail::throw_io_error(done.error(), "resize", native());
    }

    /// Returns when what was written is on the device, which may take long. Source: fsync(2).
    void sync() {
        if (const auto done = sys::fsync(native()); !done) detail::throw_io_error(done.error(), "sync", native());
    }

    void close() noexcept { stream_.close(); }

    /// Gives the descriptor up: for passing it on.
    handle release() noexcept { return stream_.release(); }

private:
    static int flags_of(mode how) noexcept {
        switch (how) {
        case mode::write: return sys::open_write | sys::open_create | sys::open_truncate | sys::open_nonblocking;
        case mode::append: return sys::open_write | sys::open_create | sys::open_append | sys::open_nonblocking;
        case mode::read_write: return sys::open_read_write | sys::open_nonblocking;
        case mode::create: return sys::open_read_write | sys::open_create | sys::open_exclusive | sys::open_nonblocking;
        case mode::read: break;
        }
        return sys::open_read | sys::open_nonblocking;
    }

    template <class T>
    T checked(sys::outcome<T> outcome, const char* operation) const {
        if (!outcome) [[unlikely]]
            detail::throw_io_error(outcome.error(), operation, native());
        return *outcome;
    }

    stream stream_;
};

}  // namespace cohort
