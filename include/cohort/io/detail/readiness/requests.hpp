// The I/O requests of this floor on systems that report readiness.
#pragma once

#include "../../../reactor/request.hpp"
#include "../../../sys/message.hpp"
#include "../../../sys/socket.hpp"
#include "../../../sys/socket_option.hpp"
#include "../../address.hpp"
#include "../../handle.hpp"
#include "../slice_list.hpp"

#include <cerrno>
#include <cstddef>

namespace cohort {

/// readv(2) into the pieces that the request holds itself.
class scatter_request : public io_request {
public:
    static constexpr direction way = direction::read;
    scatter_request(completion c, detail::slice_list to, transfer_mode m) noexcept
        : io_request(c), slices(to), mode(m) {}
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        if (mode <= transfer_mode::socket) return sys::readv(fd, slices.data(), slices.count());
        if (slices.count() == 0) return std::size_t{0};
        return detail::read_shared(fd, slices.data()->iov_base, slices.data()->iov_len, mode);
    }
    bool drained() const noexcept { return false; }

    detail::slice_list slices;
    transfer_mode mode;
};

/// writev(2), for sockets sendmsg(2) with MSG_NOSIGNAL, from the pieces that the request holds itself.
class gather_request : public io_request {
public:
    static constexpr direction way = direction::write;
    gather_request(completion c, detail::slice_list from, transfer_mode m) noexcept
        : io_request(c), slices(from), mode(m) {}
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        if (mode == transfer_mode::plain) return sys::writev(fd, slices.data(), slices.count());
        if (mode == transfer_mode::shared) {
            if (slices.count() == 0) return std::size_t{0};
            return detail::write_shared(fd, slices.data()->iov_base, slices.data()->iov_len, mode);
        }
        sys::message_out message;
        message.slices = slices.data();
        message.slice_count = slices.count();
        return sys::sendmsg(fd, message, mode == transfer_mode::shared_socket ? sys::dont_wait : 0);
    }
    bool drained() const noexcept { return false; }

    detail::slice_list slices;
    transfer_mode mode;
};

/// accept4(2). Connections that failed while they waited in the queue are passed over.
class accept_request : public io_request {
public:
    static constexpr direction way = direction::read;
    explicit accept_request(completion c) noexcept : io_request(c) {}
    accept_request(const accept_request& other) noexcept : io_request(other) {}

    sys::outcome<std::size_t> attempt(int fd) noexcept {
        for (;;) {
            const auto made = sys::accept(fd);
            if (made) {
                accepted = handle(*made);
                return std::size_t{0};
            }
            if (!concerns_one_connection(fd, made.error())) return sys::failure(made.error());
        }
    }
    bool drained() const noexcept { return false; }

    handle accepted;

private:
    /// Linux hands errors that are pending on the new connection to accept(2), which is to be called again.
    static bool concerns_one_connection(int fd, int code) noexcept {
        switch (code) {
        case ECONNABORTED:
        case EPROTO:
        case ENETDOWN:
        case ENOPROTOOPT:
#if defined(ENONET)
        case ENONET:
#endif
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENETUNREACH: return true;
        // So does a socket that can never accept, one for datagrams, say so each time that it is asked.
        case EOPNOTSUPP: return sys::get_option(fd, sys::socket_option::listening).value_or(0) != 0;
        default: return false;
        }
    }
};

/// sendto(2); without an address, send(2) to the peer of a connected socket.
class send_to_request : public io_request {
public:
    static constexpr direction way = direction::write;
    send_to_request(completion c, const void* from, std::size_t n, const address& receiver) noexcept
        : io_request(c), data(from), size(n), to(receiver) {}
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        const auto sent = sys::sendto(fd, data, size, to);
        // Nothing tells a sender that is not connected when a Unix receiver has room.
        if (!sent && sent.would_block() && to.is_unix()) return sys::failure(ENOBUFS);
        return sent;
    }
    bool drained() const noexcept { return false; }

    const void* data;
    std::size_t size;
    address to;
};

/// recvmsg(2) with the sender's address.
class receive_from_request : public io_request {
public:
    static constexpr direction way = direction::read;
    receive_from_request(completion c, void* to, std::size_t n) noexcept : io_request(c), data(to), size(n) {}
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        sys::io_slice slice{data, size};
        sys::message_in message;
        message.slices = &slice;
        message.slice_count = 1;
        const auto got = sys::recvmsg(fd, message, 0, &from);
        truncated = message.data_truncated;
        return got;
    }
    bool drained() const noexcept { return false; }

    void* data;
    std::size_t size;
    address from;
    bool truncated = false;
};

}  // namespace cohort
