// stream: a byte stream over a descriptor: a pipe's end, a connected socket.
//
// Reading and writing are independent: one read and one write may be in flight at once, in different coroutines.
// Buffers belong to the caller and have to stay in place until the operation has completed.
//
// A stream belongs to the loop that first waited on it: use, close and destroy it on that loop's thread, before the
// loop goes.
#pragma once

#include "../async/error.hpp"
#include "../reactor/io_operation.hpp"
#include "../reactor/loop.hpp"
#include "../sys/credentials.hpp"
#include "address.hpp"
#include "describe.hpp"
#include "handle.hpp"
#include "vectored.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace cohort {

/// The awaitable of `stream::read_some`.
class read_operation : public io_operation<read_operation, loop, read_request> {
public:
    read_operation(registration<loop>& from, void* bytes, std::size_t count,
                   transfer_mode m = transfer_mode::plain) noexcept
        : io_operation("read", from, bytes, count, m) {}

    /// How many bytes were read; 0 at the end of the stream.
    std::size_t await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            detail::throw_io_error(result.error(), "read", fd());
        return *result;
    }
};

/// The awaitable of `stream::write_some`.
class write_operation : public io_operation<write_operation, loop, write_request> {
public:
    write_operation(registration<loop>& to, const void* bytes, std::size_t count, transfer_mode m) noexcept
        : io_operation("write", to, bytes, count, m) {}

    /// How many bytes were written.
    std::size_t await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            detail::throw_io_error(result.error(), "write", fd());
        return *result;
    }
};

/// A connected byte stream. Owns its descriptor; closes it when destroyed.
class stream {
public:
    /// What the descriptor is.
    enum class type : unsigned char { pipe, socket, other };

    [[gnu::always_inline]] stream() noexcept : type_(type::other), mode_(transfer_mode::plain) {}

    /// Takes over a descriptor whose description is non-blocking and this process's own. For one that others share
    /// (inherited, received) there is `adopt`.
    stream(handle fd, type t) noexcept
        : stream(std::move(fd), t, t == type::socket ? transfer_mode::socket : transfer_mode::plain) {}

    /// Takes over a descriptor that is kept from blocking in the way of `mode`. `own`: whether the description is this
    /// process's alone, so that its flags may be changed.
    stream(handle fd, type t, transfer_mode mode, bool own) noexcept
        : registration_(fd.release(), t == type::other ? descriptor_kind::other : descriptor_kind::stream), type_(t),
          mode_(mode), own_(own) {}

    stream(handle fd, type t, transfer_mode mode) noexcept
        : stream(std::move(fd), t, mode, mode <= transfer_mode::socket) {}

    stream(stream&&) noexcept = default;
    stream& operator=(stream&&) noexcept = default;

    explicit operator bool() const noexcept { return static_cast<bool>(registration_); }
    [[gnu::always_inline]] int native() const noexcept { return registration_.native(); }
    type kind() const noexcept { return type_; }
    [[gnu::always_inline]] transfer_mode mode() const noexcept { return mode_; }
    /// Whether the description is this process's alone. False for what was inherited or received.
    bool owns_description() const noexcept { return own_; }

    /// Completes when at least one byte was read into `to`, with the number of bytes, or with 0 at the end of the
    /// stream. Several reads queue and complete in order. Errors: as of read(2); `ECANCELED` where the stream was
    /// closed meanwhile. Cancellation: nothing has been read.
    [[nodiscard("co_await it")]] read_operation read_some(std::span<std::byte> to) noexcept {
        return read_operation(registration_, to.data(), to.size(), mode_);
    }

    /// The same into several buffers, filled in order; the first 16 that are not empty are used. Source: readv(2).
    [[nodiscard("co_await it")]] scatter_operation read_some(std::span<const std::span<std::byte>> to) noexcept {
        return scatter_operation(registration_, detail::slice_list(to), mode_);
    }

    /// Completes when at least one byte of `from` was written, with the number of bytes. Errors: EPIPE where nobody
    /// reads any more. Cancellation: nothing has been written. Source: write(2), send(2).
    [[nodiscard("co_await it")]] write_operation write_some(std::span<const std::byte> from) noexcept {
        return write_operation(registration_, from.data(), from.size(), mode_);
    }

    /// The same from several buffers in order; the first 16 that are not empty are used. Source: writev(2), sendmsg(2).
    [[nodiscard("co_await it")]] gather_operation
    write_some(std::span<const std::span<const std::byte>> from) noexcept {
        return gather_operation(registration_, detail::slice_list(from), mode_);
    }

    /// Tells the other side that nothing more will be written: it reads the end of the stream. For sockets; a pipe's
    /// end is closed instead. Takes effect at once. Errors: ENOTCONN. Source: shutdown(2).
    void shutdown_write() {
        if (const auto done = sys::shutdown(native(), sys::shutdown_write); !done)
            detail::throw_io_error(done.error(), "shutdown", native());
    }

    /// The socket's own address. Source: getsockname(2).
    address local_address() const {
        address found;
        if (const auto asked = sys::local_address(native(), found); !asked)
            detail::throw_io_error(asked.error(), "local_address", native());
        return found;
    }

    /// The other side's address; without a name for most Unix sockets. Errors: ENOTCONN. Source: getpeername(2).
    address peer_address() const {
        address found;
        if (const auto asked = sys::peer_address(native(), found); !asked)
            detail::throw_io_error(asked.error(), "peer_address", native());
        return found;
    }

    /// The process that connected the Unix socket or made the pair, as it was then. Source: unix(7), SO_PEERCRED.
    sys::peer_identity peer_credentials() const {
        const auto asked = sys::peer_credentials(native());
        if (!asked) detail::throw_io_error(asked.error(), "peer_credentials", native());
        return *asked;
    }

    /// Whether the kernel may move bytes from here to `to` without waiting: one is a pipe, and neither description is
    /// shared.
    bool spliceable(const stream& to) const noexcept {
        return (type_ == type::pipe || to.type_ == type::pipe) && mode_ <= transfer_mode::socket &&
               to.mode_ <= transfer_mode::socket;
    }

    /// Gives the descriptor up: for passing it on. Operations that wait on it fail with ECANCELED.
    handle release() noexcept { return handle(registration_.release()); }

    /// Closes the stream. Operations that wait on it fail with ECANCELED.
    [[gnu::always_inline]] void close() noexcept { registration_.close(); }

    /// For the library's own operations on the same descriptor.
    [[gnu::always_inline]] registration<loop>& registered() noexcept { return registration_; }

private:
    registration<loop> registration_;
    type type_;
    transfer_mode mode_;
    bool own_ = true;
};

}  // namespace cohort
