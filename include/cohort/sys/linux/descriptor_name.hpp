/// @file
/// What a descriptor is, by name: for error messages, and for opening it once more.
#pragma once

#include "../../detail/decimal.hpp"
#include "../detail/invoke.hpp"
#include "../platform.hpp"
#include "../socket_address.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cohort::sys {

namespace detail {
// Long enough for "/proc/self/fd/" and any int.
struct descriptor_link {
    char path[32] = "/proc/self/fd/";
    explicit descriptor_link(int fd) noexcept {
        std::strcat(path, cohort::detail::decimal(fd).c_str());
    }
};
}  // namespace detail

/// Writes what the descriptor was opened as ("/dev/full", "pipe:[4711]"), zero-terminated, and gives its length.
/// ERANGE: the buffer is too small. EINTR does not occur. proc(5), /proc/self/fd.
COHORT_COLD inline outcome<std::size_t> descriptor_name(int fd, char* buffer, std::size_t size) noexcept {
    const detail::descriptor_link link(fd);
    const outcome<std::size_t> length =
        COHORT_SYS_ONCE(readlink, std::size_t, ::readlink(link.path, buffer, size));
    if (!length) return length;
    if (*length >= size) return failure(ERANGE);
    buffer[*length] = '\0';
    return length;
}

/// Opens what the descriptor refers to once more: a second description, with flags of its own, close-on-exec and
/// non-blocking. `flags`: O_RDONLY, O_WRONLY or O_RDWR. Not for sockets (ENXIO). EACCES: it belongs to another user.
/// EINTR: retried. open(2), proc(5).
inline outcome<int> reopen_nonblocking(int fd, int flags) noexcept {
    const detail::descriptor_link link(fd);
    return detail::retried<call::open, int>(
        [&] { return ::open(link.path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); });
}

/// The address of the other side of an IPv4 or IPv6 connection, also of one that has failed, which `peer_address` no
/// longer knows. ENOTCONN: it never had one, or is of another family. EINTR does not occur. socket(7), SO_PEERNAME.
COHORT_COLD inline outcome<> former_peer(int fd, socket_address& address) noexcept {
    // Unlike getpeername, this one refuses a length above that of the address.
    outcome<> asked;
    for (const ::socklen_t length : {::socklen_t(sizeof(::sockaddr_in6)), ::socklen_t(sizeof(::sockaddr_in))}) {
        ::socklen_t size = length;
        asked = COHORT_SYS_ONCE(peer_address, void, ::getsockopt(fd, SOL_SOCKET, SO_PEERNAME, address.data(), &size));
        if (asked) address.resize(size);
        if (asked.error() != EINVAL) break;
    }
    // The kernel cuts a longer address, such as a path.
    if (asked && !address.is_ipv4() && !address.is_ipv6()) return failure(ENOTCONN);
    return asked;
}

}  // namespace cohort::sys
