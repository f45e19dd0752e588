// udp_socket: datagrams.
#pragma once

#include "../async/error.hpp"
#include "../reactor/io_operation.hpp"
#include "../reactor/loop.hpp"
#include "../sys/socket.hpp"
#include "../sys/socket_option.hpp"
#include "address.hpp"
#include "describe.hpp"
#include "detail/requests.hpp"
#include "handle.hpp"

#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>

namespace cohort {

/// What `receive_from` gives.
class datagram {
public:
    datagram(std::size_t size, bool truncated, const address& from) noexcept
        : from_(from), size_(size), truncated_(truncated) {}

    /// How many bytes stand in the buffer; 0 is an empty datagram, there is no end of a stream.
    std::size_t size() const noexcept { return size_; }
    /// Whether the datagram was longer than the buffer; its rest is gone.
    bool truncated() const noexcept { return truncated_; }
    /// Who sent it; empty for a Unix socket without a name.
    const address& from() const noexcept { return from_; }

private:
    address from_;
    std::size_t size_;
    bool truncated_;
};

/// The awaitable of `udp_socket::send_to` and `udp_socket::send`.
class send_to_operation : public io_operation<send_to_operation, loop, send_to_request> {
public:
    send_to_operation(registration<loop>& on, const void* bytes, std::size_t count, const address& receiver) noexcept
        : io_operation("send_to", on, bytes, count, receiver) {}

    void await_resume() {
        throw_if_cancelled();
        if (result) [[likely]]
            return;
        if (to.empty()) detail::throw_io_error(result.error(), "send", fd());
        throw error(result.error(), "send_to", to.to_string());
    }
};

/// The awaitable of `udp_socket::receive_from`.
class receive_from_operation : public io_operation<receive_from_operation, loop, receive_from_request> {
public:
    receive_from_operation(registration<loop>& on, void* bytes, std::size_t count) noexcept
        : io_operation("receive_from", on, bytes, count) {}

    datagram await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            detail::throw_io_error(result.error(), "receive_from", fd());
        return datagram(*result, truncated, from);
    }
};

/// A socket for datagrams: UDP over IPv4 or IPv6, or a Unix datagram socket, as the address says. Closes its socket
/// when destroyed; the path of a Unix socket stays.
class udp_socket {
public:
    udp_socket() noexcept {}

    /// Takes over a non-blocking datagram socket.
    explicit udp_socket(handle fd) noexcept : registration_(fd.release(), descriptor_kind::other) {}

    udp_socket(udp_socket&&) noexcept = default;
    udp_socket& operator=(udp_socket&&) noexcept = default;

    /// A socket with an address; port 0 lets the system choose. Does not wait. Errors: EADDRINUSE, EACCES. Source:
    /// bind(2).
    [[nodiscard]] static udp_socket bind(const address& where) {
        const auto made = sys::socket(where.family(), sys::datagram_socket);
        if (!made) throw error(made.error(), "bind", where.to_string());
        udp_socket socket{handle(*made)};
        if (const auto bound = sys::bind(socket.native(), where); !bound)
            throw error(bound.error(), "bind", where.to_string());
        return socket;
    }

    /// The same with the text of an address. Errors also: EINVAL where it is none.
    [[nodiscard]] static udp_socket bind(std::string_view where) {
        const auto parsed = address::parse(where);
        if (!parsed) throw error(EINVAL, "bind", where);
        return bind(*parsed);
    }

    /// A socket that sends to `to` and receives from there alone. Does not wait: a peer that is not there shows in a
    /// later call, as ECONNREFUSED. Source: udp(7).
    [[nodiscard]] static udp_socket connect(const address& to) {
        const auto made = sys::socket(to.family(), sys::datagram_socket);
        if (!made) throw error(made.error(), "connect", to.to_string());
        udp_socket socket{handle(*made)};
        if (const auto done = sys::connect(socket.native(), to); !done)
            throw error(done.error(), "connect", to.to_string());
        return socket;
    }

    explicit operator bool() const noexcept { return static_cast<bool>(registration_); }
    int native() const noexcept { return registration_.native(); }

    /// Completes when the datagram is in the socket's buffer, whole. Sends queue in order. Errors: EMSGSIZE, and what
    /// earlier datagrams met (ECONNREFUSED); ENOBUFS where the queue of a Unix receiver is full: connect to it to wait
    /// instead. Cancellation: nothing was sent. Source: sendto(2).
    [[nodiscard("co_await it")]] send_to_operation send_to(std::span<const std::byte> data,
                                                           const address& to) noexcept {
        return send_to_operation(registration_, data.data(), data.size(), to);
    }

    /// The same on a connected socket; waits for room in the queue of a Unix receiver.
    [[nodiscard("co_await it")]] send_to_operation send(std::span<const std::byte> data) noexcept {
        return send_to_operation(registration_, data.data(), data.size(), address());
    }

    /// Completes with the next datagram, its start in `to`. Receives queue in order. Errors: ECONNREFUSED on a
    /// connected socket. Cancellation: no datagram is taken. Source: recvmsg(2).
    [[nodiscard("co_await it")]] receive_from_operation receive_from(std::span<std::byte> to) noexcept {
        return receive_from_operation(registration_, to.data(), to.size());
    }

    /// The socket's own address. Source: getsockname(2).
    address local_address() const {
        address found;
        if (const auto asked = sys::local_address(native(), found); !asked)
            detail::throw_io_error(asked.error(), "local_address", native());
        return found;
    }

    /// Closes the socket. Operations that wait on it fail with ECANCELED.
    void close() noexcept { registration_.close(); }

    /// Gives the socket up: for passing it on.
    handle release() noexcept { return handle(registration_.release()); }

private:
    registration<loop> registration_;
};

}  // namespace cohort
