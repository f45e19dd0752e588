// I/O requests on Windows: a request starts an overlapped call, and its completion comes to the loop's port.
//
// What a request of the port's backend has:
//  * `start(fd, overlapped)`: begins the call; EAGAIN: the completion comes later;
//  * `finish(fd, outcome)`: makes the call's own outcome the request's; EAGAIN: begin again;
//  * for a descriptor whose calls wait (sys::is_synchronous), `call(fd)`, and `blocks()`: whether that may take so long
//    that a thread of the system's pool has to make it.
#pragma once

#include "../sys/io.hpp"
#include "../sys/outcome.hpp"
#include "../sys/overlapped.hpp"
#include "../sys/pidfd.hpp"
#include "../sys/platform.hpp"
#include "transfer.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace cohort {

class iocp_backend;
namespace detail {
struct iocp_record;
class iocp_worker;
}  // namespace detail

/// The part of a request that backends link and complete: the OVERLAPPED itself, so that a packet leads to it.
class io_request : private sys::overlapped {
public:
    using completion = void (*)(io_request&) noexcept;

    explicit io_request(completion on_complete) noexcept : on_complete_(on_complete) {}
    /// A request may be copied until it is submitted: what is copied is its description.
    io_request(const io_request& other) noexcept : sys::overlapped(), on_complete_(other.on_complete_) {}
    io_request& operator=(const io_request&) = delete;

    /// Whether calls on a synchronous descriptor are to be made by another thread.
    bool blocks() const noexcept { return false; }
    /// The call on a synchronous descriptor, where there is one of this kind.
    sys::outcome<std::size_t> call(int) noexcept { return sys::failure(ENOTSUP); }
    static sys::outcome<std::size_t> finish(int, sys::outcome<std::size_t> outcome) noexcept { return outcome; }

    /// Bytes transferred, or the number of a new descriptor, or the error. Valid once completed.
    sys::outcome<std::size_t> result = sys::failure(0);

private:
    friend iocp_backend;
    friend detail::iocp_worker;

    /// What the backend does with a request whose type it has forgotten.
    struct call_steps {
        sys::outcome<std::size_t> (*start)(io_request&, int fd) noexcept;
        sys::outcome<std::size_t> (*finish)(io_request&, int fd, sys::outcome<std::size_t>) noexcept;
        sys::outcome<std::size_t> (*call)(io_request&, int fd) noexcept;
    };

    sys::overlapped& state() noexcept { return *this; }
    static io_request& of(::OVERLAPPED& o) noexcept {
        return static_cast<io_request&>(static_cast<sys::overlapped&>(o));
    }

    completion on_complete_;
    const call_steps* calls_ = nullptr;
    detail::iocp_record* record_ = nullptr;
    io_request* next_ = nullptr;     // of those in flight on the descriptor
    io_request** link_ = nullptr;
    io_request* arrived_ = nullptr;  // the next of those whose completion has been taken from the port
    bool here_ = false;              // it is one of those
    bool ahead_ = false;             // and told before the others
    detail::iocp_worker* worker_ = nullptr;
};

namespace detail {

/// What a read came to: the end of a pipe is 0 bytes, and 0 bytes are an empty message that means nothing.
inline sys::outcome<std::size_t> read_result(int fd, sys::outcome<std::size_t> outcome, std::size_t wanted) noexcept {
    if (sys::is_socket(fd)) return outcome;
    if (outcome.error() == EPIPE) return std::size_t{0};
    if (outcome && *outcome == 0 && wanted > 0) return sys::failure(EAGAIN);
    return outcome;
}

}  // namespace detail

/// ReadFile into `size` bytes at `data`; for sockets WSARecv.
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
    bool blocks() const noexcept { return mode == transfer_mode::shared; }
    sys::outcome<std::size_t> call(int fd) noexcept { return sys::read(fd, data, size); }
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        return sys::start_read(fd, data, size, o);
    }
    sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        return detail::read_result(fd, outcome, size);
    }

    void* data;
    std::uint32_t size;
    transfer_mode mode;
};

/// WriteFile; for sockets WSASend.
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
    bool blocks() const noexcept { return mode == transfer_mode::shared; }
    sys::outcome<std::size_t> call(int fd) noexcept { return sys::write(fd, data, size); }
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        return sys::start_write(fd, data, size, o);
    }

    const void* data;
    std::uint32_t size;
    transfer_mode mode;
};

/// Waits until a read would not wait, by a read of no bytes; transfers nothing.
template <direction Way>
class readiness_request : public io_request {
    static_assert(Way == direction::read,
                  "cohort: Windows does not tell when a socket or a pipe has room: write, and wait for that");

public:
    static constexpr direction way = Way;
    explicit readiness_request(completion c) noexcept : io_request(c) {}
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept { return sys::start_probe(fd, o); }
    sys::outcome<std::size_t> finish(int, sys::outcome<std::size_t> outcome) noexcept {
        // The end, an error, a datagram: a read would not wait for any of them.
        return outcome.error() == ECANCELED ? outcome : sys::outcome<std::size_t>(std::size_t{0});
    }
};

/// Waits for the end of a process, by its handle, and tells how it ended.
class exit_request : public io_request {
public:
    static constexpr direction way = direction::read;
    /// The descriptor is an object that is signalled, not one that is read.
    static constexpr bool waits_for_object = true;
    explicit exit_request(completion c) noexcept : io_request(c) {}
    COHORT_COLD sys::outcome<std::size_t> start(int fd, sys::overlapped&) noexcept {
        info = sys::wait_pidfd(fd, true);
        if (!info && info.would_block()) return sys::failure(EAGAIN);
        return sys::outcome<std::size_t>(std::size_t{0});
    }
    COHORT_COLD sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        if (!outcome) return outcome;
        if (!info) info = sys::wait_pidfd(fd, true);
        return outcome;
    }

    sys::outcome<sys::exit_info> info = sys::failure(EAGAIN);
};

}  // namespace cohort
