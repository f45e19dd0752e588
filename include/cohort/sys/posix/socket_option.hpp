/// @file
/// Socket options by name and type.
#pragma once

#include "../detail/invoke.hpp"
#include "../socket_option_name.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace cohort::sys {

namespace detail {
struct option_code {
    int level;
    int name;
};
// Several sockets at one port is SO_REUSEPORT everywhere, but macOS gives all that comes to one of them, so there the
// option does not exist (ENOPROTOOPT); FreeBSD has another that spreads.
#if defined(SO_REUSEPORT_LB)
inline constexpr int spread_over_sockets = SO_REUSEPORT_LB;
#else
inline constexpr int spread_over_sockets = COHORT_OS_MACOS ? -1 : SO_REUSEPORT;
#endif
constexpr option_code code_of(socket_option option) noexcept {
    switch (option) {
    case socket_option::reuse_address: return {SOL_SOCKET, SO_REUSEADDR};
    case socket_option::reuse_port: return {SOL_SOCKET, spread_over_sockets};
    case socket_option::no_delay: return {IPPROTO_TCP, TCP_NODELAY};
    case socket_option::v6_only: return {IPPROTO_IPV6, IPV6_V6ONLY};
    case socket_option::send_buffer: return {SOL_SOCKET, SO_SNDBUF};
    case socket_option::receive_buffer: return {SOL_SOCKET, SO_RCVBUF};
    case socket_option::keep_alive: return {SOL_SOCKET, SO_KEEPALIVE};
    case socket_option::broadcast: return {SOL_SOCKET, SO_BROADCAST};
    case socket_option::type: return {SOL_SOCKET, SO_TYPE};
    case socket_option::listening: return {SOL_SOCKET, SO_ACCEPTCONN};
    }
    return {-1, -1};
}
inline outcome<int> get_option(int fd, option_code code) noexcept {
    int value = 0;
    ::socklen_t size = sizeof value;
    const outcome<> asked =
        COHORT_SYS_ONCE(get_option, void, ::getsockopt(fd, code.level, code.name, &value, &size));
    if (!asked) return failure(asked.error());
    return value;
}
}  // namespace detail

/// Sets an option. EINTR does not occur. setsockopt(2).
inline outcome<> set_option(int fd, socket_option option, int value) noexcept {
    const detail::option_code code = detail::code_of(option);
    return COHORT_SYS_ONCE(set_option, void, ::setsockopt(fd, code.level, code.name, &value, sizeof value));
}

/// Asks for an option. EINTR does not occur. getsockopt(2).
inline outcome<int> get_option(int fd, socket_option option) noexcept {
    return detail::get_option(fd, detail::code_of(option));
}

/// The pending error of the socket (0: none), which asking clears: the end of a `connect`. EINTR does not occur.
/// getsockopt(2), SO_ERROR.
inline outcome<int> connect_error(int fd) noexcept {
    return detail::get_option(fd, detail::option_code{SOL_SOCKET, SO_ERROR});
}

}  // namespace cohort::sys
