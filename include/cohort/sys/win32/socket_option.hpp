/// @file
/// Socket options by name and type.
#pragma once

#include "../socket_option_name.hpp"
#include "io.hpp"

#include <cerrno>

namespace cohort::sys {

namespace detail {
struct option_code {
    int level;
    int name;
};
constexpr option_code code_of(socket_option option) noexcept {
    switch (option) {
    case socket_option::no_delay: return {IPPROTO_TCP, TCP_NODELAY};
    case socket_option::v6_only: return {IPPROTO_IPV6, IPV6_V6ONLY};
    case socket_option::send_buffer: return {SOL_SOCKET, SO_SNDBUF};
    case socket_option::receive_buffer: return {SOL_SOCKET, SO_RCVBUF};
    case socket_option::keep_alive: return {SOL_SOCKET, SO_KEEPALIVE};
    case socket_option::broadcast: return {SOL_SOCKET, SO_BROADCAST};
    case socket_option::type: return {SOL_SOCKET, SO_TYPE};
    case socket_option::listening: return {SOL_SOCKET, SO_ACCEPTCONN};
    case socket_option::reuse_address:
    case socket_option::reuse_port: break;
    }
    return {-1, -1};
}
}  // namespace detail

/// Sets an option. Two are not the system's: `reuse_address` is so by itself (Windows' own of that name would let others
/// take the port away) and `reuse_port` is ENOTSUP. setsockopt.
inline outcome<> set_option(int fd, socket_option option, int value) noexcept {
    if (option == socket_option::reuse_address) return success();
    if (option == socket_option::reuse_port) return failure(ENOTSUP);
    const detail::option_code code = detail::code_of(option);
    return detail::tried_socket<call::set_option>([&] {
        return ::setsockopt(socket_of(fd), code.level, code.name, reinterpret_cast<const char*>(&value), sizeof value);
    });
}

/// Asks for an option. getsockopt.
inline outcome<int> get_option(int fd, socket_option option) noexcept {
    if (option == socket_option::reuse_address) return 1;
    if (option == socket_option::reuse_port) return 0;
    const detail::option_code code = detail::code_of(option);
    int value = 0;
    int size = sizeof value;
    const outcome<> asked = detail::tried_socket<call::get_option>([&] {
        return ::getsockopt(socket_of(fd), code.level, code.name, reinterpret_cast<char*>(&value), &size);
    });
    if (!asked) return failure(asked.error());
    return value;
}

}  // namespace cohort::sys
