/// @file
/// Sockets: making, naming, sending and receiving bytes. Every one is non-blocking for the plain calls here, and takes
/// overlapped calls (overlapped.hpp) all the same.
#pragma once

#include "../socket_address.hpp"
#include "io.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort::sys {

/// The types of sockets that `socket` makes.
inline constexpr int stream_socket = SOCK_STREAM;
inline constexpr int datagram_socket = SOCK_DGRAM;

namespace detail {
/// What every socket of this library is: overlapped, inherited by nobody, not waiting.
inline outcome<int> owned_socket(::SOCKET made) noexcept {
    if (made == INVALID_SOCKET) return failure(last_socket_error());
    ::u_long on = 1;
    ::ioctlsocket(made, static_cast<long>(FIONBIO), &on);
    return descriptor_of_socket(made);
}
}  // namespace detail

/// A socket. EAFNOSUPPORT for Unix addresses: Windows' own know no overlapped calls. WSASocketW.
inline outcome<int> socket(int family, int type, int protocol = 0, bool = true) noexcept {
    return detail::once<call::socket, int>([&]() -> outcome<int> {
        if (family == AF_UNIX) return failure(EAFNOSUPPORT);
        detail::start_winsock();
        const outcome<int> made = detail::owned_socket(
            ::WSASocketW(family, type, protocol, nullptr, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
        if (made && type == SOCK_DGRAM) {
            // Otherwise a receive fails for what an earlier send met at another address.
            ::BOOL off = FALSE;
            ::DWORD size = 0;
            ::WSAIoctl(socket_of(*made), SIO_UDP_CONNRESET, &off, sizeof off, nullptr, 0, &size, nullptr, nullptr);
        }
        return made;
    });
}

/// Two connected ends.
struct socket_pair {
    int first = -1;
    int second = -1;
};

/// Two connected ends of a duplex named pipe, both for loops: Windows has no pairs of sockets.
inline outcome<socket_pair> socketpair() noexcept {
    return detail::once<call::socketpair, socket_pair>([]() -> outcome<socket_pair> {
        const auto made = detail::pipe_ends(PIPE_ACCESS_DUPLEX, GENERIC_READ | GENERIC_WRITE, true, true);
        if (!made) return failure(made.error());
        socket_pair result;
        result.first = made->read;
        result.second = made->write;
        return result;
    });
}

/// Names the socket. bind.
inline outcome<> bind(int fd, const socket_address& address) noexcept {
    return detail::tried_socket<call::bind>([&] { return ::bind(socket_of(fd), address.data(), address.size()); });
}

/// Makes the socket a listener. listen.
inline outcome<> listen(int fd, int backlog = SOMAXCONN) noexcept {
    return detail::tried_socket<call::listen>([&] { return ::listen(socket_of(fd), backlog); });
}

/// Connects a datagram socket, at once; for streams there is `start_connect`. connect.
inline outcome<> connect(int fd, const socket_address& address) noexcept {
    return detail::tried_socket<call::connect>(
        [&] { return ::connect(socket_of(fd), address.data(), address.size()); });
}

/// What `shutdown` takes: no more reading, no more writing.
inline constexpr int shutdown_read = SD_RECEIVE;
inline constexpr int shutdown_write = SD_SEND;

/// Shuts down reading, writing or both (SD_BOTH). ENOTSOCK for a pipe, whose ways end together. shutdown.
inline outcome<> shutdown(int fd, int how) noexcept {
    return detail::tried_socket<call::shutdown>([&] { return ::shutdown(socket_of(fd), how); });
}

/// Sends bytes and says how many; EAGAIN where it would wait. send.
inline outcome<std::size_t> send(int fd, const void* data, std::size_t size, int flags = 0) noexcept {
    return detail::transfer<call::send>(size, [&](::DWORD n) -> outcome<std::size_t> {
        const int sent = ::send(socket_of(fd), static_cast<const char*>(data), static_cast<int>(n), flags);
        return sent >= 0 ? outcome<std::size_t>(static_cast<std::size_t>(sent)) : failure(last_socket_error());
    });
}

/// Receives bytes; 0 is the end of a stream. recv.
inline outcome<std::size_t> recv(int fd, void* data, std::size_t size, int flags = 0) noexcept {
    return detail::transfer<call::recv>(size, [&](::DWORD n) -> outcome<std::size_t> {
        const int got = ::recv(socket_of(fd), static_cast<char*>(data), static_cast<int>(n), flags);
        return got >= 0 ? outcome<std::size_t>(static_cast<std::size_t>(got)) : failure(last_socket_error());
    });
}

/// The socket's own address. getsockname.
inline outcome<> local_address(int fd, socket_address& address) noexcept {
    int size = socket_address::capacity();
    const outcome<> asked = detail::tried_socket<call::local_address>(
        [&] { return ::getsockname(socket_of(fd), address.data(), &size); });
    if (asked) address.resize(size);
    return asked;
}

/// The address of the other side. getpeername.
inline outcome<> peer_address(int fd, socket_address& address) noexcept {
    int size = socket_address::capacity();
    const outcome<> asked = detail::tried_socket<call::peer_address>(
        [&] { return ::getpeername(socket_of(fd), address.data(), &size); });
    if (asked) address.resize(size);
    return asked;
}

/// As `peer_address`: a connection that has failed keeps its address no longer than that.
inline outcome<> former_peer(int fd, socket_address& address) noexcept { return peer_address(fd, address); }

}  // namespace cohort::sys
