// stream: a byte stream over a descriptor: a pipe's end, a connected socket.
//
// Reading and writing are independent: one read and one write may be in flight at once, in different coroutines. Buffers
// belong to the caller and have to stay in place until the operation has completed.
#pragma once

#include "../async/error.hpp"
#include "../reactor/io_operation.hpp"
#include "../reactor/loop.hpp"
#include "handle.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace cohort {

/// The awaitable of `stream::read_some`.
class read_operation : public io_operation<read_operation, loop, read_request> {
public:
    read_operation(registration<loop>& from, void* data, std::size_t size) noexcept
        : io_operation("read", from, data, size) {}

    /// How many bytes were read; 0 at the end of the stream.
    std::size_t await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            throw error(result.error(), "read");
        return *result;
    }
};

/// The awaitable of `stream::write_some`.
class write_operation : public io_operation<write_operation, loop, write_request> {
public:
    write_operation(registration<loop>& to, const void* data, std::size_t size, bool is_socket) noexcept
        : io_operation("write", to, data, size, is_socket) {}

    /// How many bytes were written.
    std::size_t await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            throw error(result.error(), "write");
        return *result;
    }
};

/// A connected byte stream. Owns its descriptor, which is non-blocking; closes it when destroyed.
class stream {
public:
    /// What the descriptor is: writes to sockets are send(2) with MSG_NOSIGNAL.
    enum class type : unsigned char { pipe, socket, other };

    stream() noexcept : type_(type::other) {}

    /// Takes over a non-blocking descriptor.
    stream(handle fd, type t) noexcept
        : registration_(fd.release(), t == type::other ? descriptor_kind::other : descriptor_kind::stream), type_(t) {}

    stream(stream&&) noexcept = default;
    stream& operator=(stream&&) noexcept = default;

    explicit operator bool() const noexcept { return static_cast<bool>(registration_); }
    int native() const noexcept { return registration_.native(); }

    /// Completes when at least one byte was read into `to`, with the number of bytes, or with 0 at the end of the stream.
    /// Cancellation: nothing has been read. Source: read(2).
    [[nodiscard("co_await it")]] read_operation read_some(std::span<std::byte> to) noexcept {
        return read_operation(registration_, to.data(), to.size());
    }

    /// Completes when at least one byte of `from` was written, with the number of bytes. Errors: EPIPE where nobody reads any
    /// more. Cancellation: nothing has been written. Source: write(2), send(2).
    [[nodiscard("co_await it")]] write_operation write_some(std::span<const std::byte> from) noexcept {
        return write_operation(registration_, from.data(), from.size(), type_ == type::socket);
    }

    /// Gives the descriptor up: for passing it on. Operations that wait on it fail with ECANCELED.
    handle release() noexcept { return handle(registration_.release()); }

    /// Closes the stream. Operations that wait on it fail with ECANCELED.
    void close() noexcept { registration_.close(); }

    /// For the library's own operations on the same descriptor.
    registration<loop>& registered() noexcept { return registration_; }

private:
    registration<loop> registration_;
    type type_;
};

}  // namespace cohort
