/// @file
/// Descriptors that are close-on-exec, and where asked for non-blocking, from birth: one call each.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cohort::sys::detail {

/// What recvmsg(2) is asked for, so that descriptors arrive close-on-exec.
inline constexpr int receive_flags = MSG_CMSG_CLOEXEC;

inline int new_pipe(int (&ends)[2], bool nonblocking) noexcept {
    return ::pipe2(ends, nonblocking ? O_CLOEXEC | O_NONBLOCK : O_CLOEXEC);
}

inline int new_socket(int family, int type, int protocol, bool nonblocking) noexcept {
    return ::socket(family, type | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), protocol);
}

inline int new_socketpair(int type, bool nonblocking, int (&ends)[2]) noexcept {
    return ::socketpair(AF_UNIX, type | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0, ends);
}

inline int new_connection(int listener, ::sockaddr* peer, ::socklen_t* size) noexcept {
    return ::accept4(listener, peer, size, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/// A descriptor that came with a message has all its flags.
inline void complete_received(int) noexcept {}

}  // namespace cohort::sys::detail
