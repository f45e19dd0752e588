// I/O requests on systems that report readiness: a request is attempted, and attempted again when the descriptor is
// ready.
#pragma once

#include "../sys/outcome.hpp"
#include "../sys/io.hpp"
#include "../sys/pidfd.hpp"
#include "../sys/platform.hpp"
#include "../sys/poll.hpp"
#include "../sys/socket.hpp"
#include "transfer.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace cohort {

/// The part of a request that backends link and complete.
class io_request {
public:
    using completion = void (*)(io_request&) noexcept;

    explicit io_request(completion on_complete) noexcept : on_complete_(on_complete) {}
    /// A request may be copied until it is submitted: what is copied is its description.
    io_request(const io_request& other) noexcept : on_complete_(other.on_complete_) {}
    io_request& operator=(const io_request&) = delete;

    /// Whether a transfer came short although there may be more: the kernel ends a read at a message with descriptors.
    bool ended_early() const noexcept { return false; }

    /// Bytes transferred, or the number of a new descriptor, or the error. Valid once completed.
    sys::outcome<std::size_t> result = sys::failure(0);

private:
    template <class Poller>
    friend class readiness_backend;
    using attempt_function = bool (*)(io_request&, void* descriptor) noexcept;

    completion on_complete_;
    attempt_function attempt_ = nullptr;
    io_request* next_ = nullptr;
};

namespace detail {

COHORT_COLD inline sys::outcome<std::size_t> read_shared(int fd, void* data, std::size_t size,
                                                         transfer_mode mode) noexcept {
    if (mode == transfer_mode::shared_socket) return sys::recv(fd, data, size, sys::dont_wait);
    sys::poll_entry entry{fd, sys::poll_in, 0};
    const auto found = sys::poll(&entry, 1, 0);
    if (found && *found > 0) return sys::read(fd, data, size);
    return sys::failure(found || found.error() == EINTR ? EAGAIN : found.error());
}

COHORT_COLD inline sys::outcome<std::size_t> write_shared(int fd, const void* data, std::size_t size,
                                                          transfer_mode mode) noexcept {
    if (mode == transfer_mode::shared_socket) return sys::send(fd, data, size, sys::dont_wait);
    sys::poll_entry entry{fd, sys::poll_out, 0};
    const auto found = sys::poll(&entry, 1, 0);
    if (found && *found > 0) return sys::write(fd, data, size < sys::atomic_pipe_write ? size : sys::atomic_pipe_write);
    return sys::failure(found || found.error() == EINTR ? EAGAIN : found.error());
}

}  // namespace detail

/// read(2) into `size` bytes at `data`; for sockets recv(2), which the kernel does faster.
class read_request : public io_request {
public:
    static constexpr direction way = direction::read;
    read_request(completion c, void* to, std::size_t n, transfer_mode m = transfer_mode::plain) noexcept
        : io_request(c), mode(m) { set(to, n); }
    /// What to transfer next; `n` may be more than one transfer can move.
    COHORT_ALWAYS_INLINE void set(void* to, std::size_t n) noexcept {
        data = to;
        size = detail::transfer_size(n);
    }
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        if (mode == transfer_mode::socket) return sys::recv(fd, data, size);
        if (mode == transfer_mode::plain) return sys::read(fd, data, size);
        return detail::read_shared(fd, data, size, mode);
    }
    /// Whether the result shows that a stream has nothing more to give right now.
    [[gnu::always_inline]] bool drained() const noexcept { return *result < size; }

    void* data;
    std::uint32_t size;
    transfer_mode mode;
};

/// write(2); for sockets send(2) with MSG_NOSIGNAL.
class write_request : public io_request {
public:
    static constexpr direction way = direction::write;
    write_request(completion c, const void* from, std::size_t n, transfer_mode m) noexcept
        : io_request(c), mode(m) { set(from, n); }
    write_request(completion c, const void* from, std::size_t n, bool is_socket) noexcept
        : write_request(c, from, n, is_socket ? transfer_mode::socket : transfer_mode::plain) {}
    /// What to transfer next; `n` may be more than one transfer can move.
    COHORT_ALWAYS_INLINE void set(const void* from, std::size_t n) noexcept {
        data = from;
        size = detail::transfer_size(n);
    }
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        if (mode == transfer_mode::socket) [[likely]]
            return sys::send(fd, data, size);
        if (mode == transfer_mode::plain) return sys::write(fd, data, size);
        return detail::write_shared(fd, data, size, mode);
    }
    [[gnu::always_inline]] bool drained() const noexcept { return *result < size; }

    const void* data;
    std::uint32_t size;
    transfer_mode mode;
};

/// Waits until the descriptor is ready in one direction; transfers nothing. For calls that the library does not wrap.
template <direction Way>
class readiness_request : public io_request {
public:
    static constexpr direction way = Way;
    explicit readiness_request(completion c) noexcept : io_request(c) {}
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        sys::poll_entry entry{fd, Way == direction::read ? sys::poll_in : sys::poll_out, 0};
        const auto found = sys::poll(&entry, 1, 0);
        if (!found) return sys::failure(found.error() == EINTR ? EAGAIN : found.error());
        if (*found == 0) return sys::failure(EAGAIN);
        return std::size_t{0};
    }
    bool drained() const noexcept { return false; }
};

/// Waits for the end of the process behind a pidfd and reaps it. `info` is ECHILD where a wait outside the library has
/// taken the status and the kernel does not keep it.
class exit_request : public io_request {
public:
    static constexpr direction way = direction::read;
    explicit exit_request(completion c) noexcept : io_request(c) {}
    COHORT_COLD sys::outcome<std::size_t> attempt(int fd) noexcept {
        info = sys::wait_pidfd(fd, true);
        if (info.error() == ECHILD) {
            // A foreign wait took the status; kernels from 6.15 on keep it for us.
            if (const auto kept = sys::pidfd_exit_info(fd)) info = kept;
        }
        if (!info && info.would_block()) return sys::failure(info.error());
        return sys::outcome<std::size_t>(std::size_t{0});
    }
    [[gnu::always_inline]] bool drained() const noexcept { return false; }

    sys::outcome<sys::exit_info> info = sys::failure(0);
};

}  // namespace cohort
