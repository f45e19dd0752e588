// The I/O requests of this floor on Windows: each starts an overlapped call.
#pragma once

#include "../../../reactor/request.hpp"
#include "../../../sys/overlapped.hpp"
#include "../../../sys/socket.hpp"
#include "../../address.hpp"
#include "../../handle.hpp"
#include "../slice_list.hpp"

#include <cerrno>
#include <cstddef>

namespace cohort {

/// WSARecv into the pieces that the request holds itself; a pipe, and what is synchronous, into the first.
class scatter_request : public io_request {
public:
    static constexpr direction way = direction::read;
    scatter_request(completion c, detail::slice_list to, transfer_mode m) noexcept
        : io_request(c), slices(to), mode(m) {}
    bool blocks() const noexcept { return mode == transfer_mode::shared; }
    sys::outcome<std::size_t> call(int fd) noexcept {
        if (slices.count() == 0) return std::size_t{0};
        return sys::read(fd, slices.data()->iov_base, slices.data()->iov_len);
    }
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        return sys::start_readv(fd, slices.data(), slices.count(), o);
    }
    sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        return detail::read_result(fd, outcome, slices.count());
    }

    detail::slice_list slices;
    transfer_mode mode;
};

/// WSASend from the pieces that the request holds itself; to a pipe, and what is synchronous, from the first.
class gather_request : public io_request {
public:
    static constexpr direction way = direction::write;
    gather_request(completion c, detail::slice_list from, transfer_mode m) noexcept
        : io_request(c), slices(from), mode(m) {}
    bool blocks() const noexcept { return mode == transfer_mode::shared; }
    sys::outcome<std::size_t> call(int fd) noexcept {
        if (slices.count() == 0) return std::size_t{0};
        return sys::write(fd, slices.data()->iov_base, slices.data()->iov_len);
    }
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        return sys::start_writev(fd, slices.data(), slices.count(), o);
    }

    detail::slice_list slices;
    transfer_mode mode;
};

/// AcceptEx, into a socket made for it. Connections that were broken off before are passed over.
class accept_request : public io_request {
public:
    static constexpr direction way = direction::read;
    explicit accept_request(completion c) noexcept : io_request(c) {}
    accept_request(const accept_request& other) noexcept : io_request(other) {}

    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        address where;
        if (const auto asked = sys::local_address(fd, where); !asked) return sys::failure(asked.error());
        const auto made = sys::socket(where.family(), sys::stream_socket);
        if (!made) return sys::failure(made.error());
        fresh_ = handle(*made);
        return sys::start_accept(fd, fresh_.native(), space_, o);
    }

    sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        // The listener's end, and a listener that is none, are not the connection's.
        const int code = outcome.error();
        if (code == ECONNRESET || code == ECONNABORTED) return sys::failure(EAGAIN);
        if (!outcome) {
            fresh_.close();
            return outcome;
        }
        if (!sys::finish_accept(fd, fresh_.native())) return sys::failure(EAGAIN);  // gone again
        accepted = static_cast<handle&&>(fresh_);
        return outcome;
    }

    handle accepted;

private:
    handle fresh_;
    sys::accept_space space_;
};

/// ConnectEx.
class connect_request : public io_request {
public:
    static constexpr direction way = direction::write;
    connect_request(completion c, const address& where) noexcept : io_request(c), to(where) {}

    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept { return sys::start_connect(fd, to, o); }
    sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        if (!outcome) return outcome;
        const auto done = sys::finish_connect(fd);
        return done ? outcome : sys::outcome<std::size_t>(sys::failure(done.error()));
    }

    address to;
};

/// WSASendTo; without an address to the peer of a connected socket.
class send_to_request : public io_request {
public:
    static constexpr direction way = direction::write;
    send_to_request(completion c, const void* from, std::size_t n, const address& receiver) noexcept
        : io_request(c), data(from), size(n), to(receiver) {}
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        return sys::start_send_to(fd, data, size, to, o);
    }

    const void* data;
    std::size_t size;
    address to;
};

/// WSARecvFrom.
class receive_from_request : public io_request {
public:
    static constexpr direction way = direction::read;
    receive_from_request(completion c, void* to, std::size_t n) noexcept : io_request(c), data(to), size(n) {}
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        truncated = false;
        return sys::start_receive_from(fd, data, size, from, length_, flags_, o);
    }
    sys::outcome<std::size_t> finish(int, sys::outcome<std::size_t> outcome) noexcept {
        truncated = outcome.error() == EMSGSIZE;
        if (outcome || truncated) from.resize(length_);
        return truncated ? sys::outcome<std::size_t>(size) : outcome;
    }

    void* data;
    std::size_t size;
    address from;
    bool truncated = false;

private:
    int length_ = 0;
    unsigned long flags_ = 0;
};

}  // namespace cohort
