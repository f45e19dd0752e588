/// @file
/// Descriptors on macOS, which has no call that makes one close-on-exec: the flags are set right after. A child that
/// another thread starts in between by fork(2) and exec on its own gets a copy; those of this library do not, as their
/// spawn names what they get (POSIX_SPAWN_CLOEXEC_DEFAULT).
///
/// Sockets and pipes made here raise no SIGPIPE: a signal of the process, as which it comes on this system, would find
/// a thread that does not block it.
#pragma once

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cohort::sys::detail {

/// What recvmsg(2) is asked for; see `complete_received`.
inline constexpr int receive_flags = 0;

/// Closes what was made and gives -1 with the error as it is.
inline int unmade(int first, int second = -1) noexcept {
    const int error = errno;
    ::close(first);
    if (second >= 0) ::close(second);
    errno = error;
    return -1;
}

inline bool set_flags_at_birth(int fd, bool nonblocking) noexcept {
    return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && (!nonblocking || ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
}

inline bool complete_socket(int fd, bool nonblocking) noexcept {
    const int on = 1;
    return set_flags_at_birth(fd, nonblocking) && ::setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) == 0;
}

inline int new_pipe(int (&ends)[2], bool nonblocking) noexcept {
    if (::pipe(ends) != 0) return -1;
    const bool complete = set_flags_at_birth(ends[0], nonblocking) && set_flags_at_birth(ends[1], nonblocking) &&
                          ::fcntl(ends[1], F_SETNOSIGPIPE, 1) == 0;
    return complete ? 0 : unmade(ends[0], ends[1]);
}

inline int new_socket(int family, int type, int protocol, bool nonblocking) noexcept {
    const int made = ::socket(family, type, protocol);
    return made < 0 || complete_socket(made, nonblocking) ? made : unmade(made);
}

inline int new_socketpair(int type, bool nonblocking, int (&ends)[2]) noexcept {
    if (::socketpair(AF_UNIX, type, 0, ends) != 0) return -1;
    return complete_socket(ends[0], nonblocking) && complete_socket(ends[1], nonblocking) ? 0
                                                                                          : unmade(ends[0], ends[1]);
}

inline int new_connection(int listener, ::sockaddr* peer, ::socklen_t* size) noexcept {
    const int made = ::accept(listener, peer, size);
    if (made < 0) return made;
    if (complete_socket(made, true)) return made;
    // A connection that the other side has reset takes no options: it concerns that connection alone.
    if (errno == EINVAL) errno = ECONNABORTED;
    return unmade(made);
}

/// A descriptor that came with a message is made close-on-exec; it is this process's own in any case.
inline void complete_received(int fd) noexcept { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

}  // namespace cohort::sys::detail
