/// @file
/// Sockets: making, naming, connecting, accepting, sending and receiving bytes.
#pragma once

#include "../detail/invoke.hpp"
#include "../new_descriptor.hpp"
#include "../socket_address.hpp"

#include <cstddef>

#include <sys/socket.h>
#include <sys/types.h>

namespace cohort::sys {

/// The types of sockets that `socket` and `socketpair` make.
inline constexpr int stream_socket = SOCK_STREAM;
inline constexpr int datagram_socket = SOCK_DGRAM;

/// A socket, close-on-exec and non-blocking from birth (`nonblocking` false: blocking). EINTR does not occur.
/// socket(2).
inline outcome<int> socket(int family, int type, int protocol = 0, bool nonblocking = true) noexcept {
    return COHORT_SYS_ONCE(socket, int, detail::new_socket(family, type, protocol, nonblocking));
}

/// Two connected sockets.
struct socket_pair {
    int first = -1;
    int second = -1;
};

/// A connected pair of Unix sockets (`type`: SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM), close-on-exec and non-blocking
/// from birth. EINTR does not occur. socketpair(2).
inline outcome<socket_pair> socketpair(int type = SOCK_STREAM, bool nonblocking = true) noexcept {
    int ends[2] = {-1, -1};
    const outcome<> made = COHORT_SYS_ONCE(socketpair, void, detail::new_socketpair(type, nonblocking, ends));
    if (!made) return failure(made.error());
    socket_pair result;
    result.first = ends[0];
    result.second = ends[1];
    return result;
}

/// Names the socket. EINTR does not occur. bind(2).
inline outcome<> bind(int fd, const socket_address& address) noexcept {
    return COHORT_SYS_ONCE(bind, void, ::bind(fd, address.data(), address.size()));
}

/// Makes the socket a listener. EINTR does not occur. listen(2).
inline outcome<> listen(int fd, int backlog = SOMAXCONN) noexcept {
    return COHORT_SYS_ONCE(listen, void, ::listen(fd, backlog));
}

/// The next connection of a listener, close-on-exec and non-blocking from birth; `peer`, if given, receives the other
/// side's address. ECONNABORTED and the network's errors concern that connection alone. EINTR: retried. accept4(2).
inline outcome<int> accept(int fd, socket_address* peer = nullptr) noexcept {
    ::socklen_t size = socket_address::capacity();
    const outcome<int> made = detail::retried<call::accept, int>([&] {
        size = socket_address::capacity();
        return detail::new_connection(fd, peer ? peer->data() : nullptr, peer ? &size : nullptr);
    });
    if (made && peer) peer->resize(size);
    return made;
}

/// Begins to connect. EINPROGRESS: wait until the socket is writable, then ask `connect_error`. EINTR: reported,
/// because the connecting goes on and a second call would say EALREADY: treat it as EINPROGRESS. A Unix listener whose
/// queue is full gives EAGAIN and nothing has begun. connect(2).
inline outcome<> connect(int fd, const socket_address& address) noexcept {
    return COHORT_SYS_ONCE(connect, void, ::connect(fd, address.data(), address.size()));
}

/// Shuts down reading (SHUT_RD), writing (SHUT_WR) or both (SHUT_RDWR). EINTR does not occur. shutdown(2).
inline outcome<> shutdown(int fd, int how) noexcept {
    return COHORT_SYS_ONCE(shutdown, void, ::shutdown(fd, how));
}

/// A flag of one call to send, recv and their relatives: EAGAIN where it would wait, whatever the description says.
inline constexpr int dont_wait = MSG_DONTWAIT;
/// What `shutdown` takes: no more reading, no more writing.
inline constexpr int shutdown_read = SHUT_RD;
inline constexpr int shutdown_write = SHUT_WR;

/// Sends bytes and says how many; never raises SIGPIPE. `flags` as in send(2), MSG_NOSIGNAL is always added. EINTR:
/// retried.
inline outcome<std::size_t> send(int fd, const void* data, std::size_t size, int flags = 0) noexcept {
    return detail::transfer<call::send>(size, [&](std::size_t n) { return ::send(fd, data, n, flags | MSG_NOSIGNAL); });
}

/// Receives bytes; 0 is the end of a stream, or an empty datagram. `flags` as in recv(2). EINTR: retried.
inline outcome<std::size_t> recv(int fd, void* data, std::size_t size, int flags = 0) noexcept {
    return detail::transfer<call::recv>(size, [&](std::size_t n) { return ::recv(fd, data, n, flags); });
}

/// Sends a datagram to an address; never raises SIGPIPE. EINTR: retried. sendto(2).
inline outcome<std::size_t> sendto(int fd, const void* data, std::size_t size, const socket_address& to,
                                   int flags = 0) noexcept {
    return detail::transfer<call::sendto>(size, [&](std::size_t n) {
        return ::sendto(fd, data, n, flags | MSG_NOSIGNAL, to.empty() ? nullptr : to.data(), to.size());
    });
}

/// Receives a datagram and its sender's address. With MSG_TRUNC in `flags` the result is the datagram's real size,
/// which may exceed `size`. EINTR: retried. recvfrom(2).
inline outcome<std::size_t> recvfrom(int fd, void* data, std::size_t size, socket_address& from,
                                     int flags = 0) noexcept {
    ::socklen_t length = 0;
    const outcome<std::size_t> got = detail::transfer<call::recvfrom>(size, [&](std::size_t n) {
        length = socket_address::capacity();
        return ::recvfrom(fd, data, n, flags, from.data(), &length);
    });
    if (got) from.resize(length);
    return got;
}

/// The socket's own address. EINTR does not occur. getsockname(2).
inline outcome<> local_address(int fd, socket_address& address) noexcept {
    ::socklen_t size = socket_address::capacity();
    const outcome<> asked =
        COHORT_SYS_ONCE(local_address, void, ::getsockname(fd, address.data(), &size));
    if (asked) address.resize(size);
    return asked;
}

/// The address of the other side. EINTR does not occur. getpeername(2).
inline outcome<> peer_address(int fd, socket_address& address) noexcept {
    ::socklen_t size = socket_address::capacity();
    const outcome<> asked =
        COHORT_SYS_ONCE(peer_address, void, ::getpeername(fd, address.data(), &size));
    if (asked) address.resize(size);
    return asked;
}

}  // namespace cohort::sys
