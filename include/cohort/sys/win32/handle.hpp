/// @file
/// Descriptors on Windows: a handle as an `int`.
///
/// Handles of the kernel have 32 significant bits in every process, may be cut and extended again, and are multiples of
/// four, whose two lowest bits the kernel ignores. So a descriptor is the handle's number, as everywhere an `int` that
/// is negative where there is none, and its two lowest bits say what the system does not tell at a glance:
///  * 1: a socket, closed and used by Winsock;
///  * 2: a handle that was opened for synchronous use: a file, a console, what was inherited as standard input.
/// The numbers 0, 1 and 2, which no handle has, are the standard handles.
#pragma once

#include "windows.hpp"

#include <cstdint>

namespace cohort::sys {

namespace detail {
inline constexpr int socket_tag = 1;
inline constexpr int synchronous_tag = 2;
}  // namespace detail

/// The descriptor of a handle; -1 for none.
inline int descriptor_of(::HANDLE handle, int tag = 0) noexcept {
    if (handle == nullptr || handle == INVALID_HANDLE_VALUE) return -1;
    return static_cast<int>(reinterpret_cast<std::intptr_t>(handle)) | tag;
}

/// The descriptor of a socket.
inline int descriptor_of_socket(::SOCKET s) noexcept {
    return s == INVALID_SOCKET ? -1 : static_cast<int>(s) | detail::socket_tag;
}

/// Whether the descriptor is a socket, by its tag.
constexpr bool is_socket(int fd) noexcept { return fd > 2 && (fd & detail::socket_tag) != 0; }

/// Whether calls on the handle wait until they are done, by its tag. The standard handles are taken to.
constexpr bool is_synchronous(int fd) noexcept { return fd >= 0 && (fd <= 2 || (fd & detail::synchronous_tag) != 0); }

/// The handle of a descriptor.
inline ::HANDLE handle_of(int fd) noexcept {
    if (fd >= 0 && fd <= 2) return ::GetStdHandle(static_cast<::DWORD>(-10 - fd));
    return fd < 0 ? INVALID_HANDLE_VALUE : reinterpret_cast<::HANDLE>(static_cast<std::intptr_t>(fd & ~3));
}

/// The socket of a descriptor; INVALID_SOCKET where it is none.
inline ::SOCKET socket_of(int fd) noexcept { return is_socket(fd) ? static_cast<::SOCKET>(fd & ~3) : INVALID_SOCKET; }

}  // namespace cohort::sys
