/// @file
/// What leads both ways between this process and a child: a duplex named pipe.
#pragma once

#include "io.hpp"
#include "socket.hpp"

namespace cohort::sys {

/// Makes a descriptor that a child is given one whose calls wait, as programs expect. A pipe that was made for a loop
/// serves a program that has one call on it at a time; once a loop has used it, nobody's call is told of its end any
/// more: ENOTSUP.
inline outcome<> make_waiting(int fd, bool used_by_loop) noexcept {
    if (is_socket(fd) || used_by_loop) return set_nonblocking(fd, false);
    return success();
}

/// What such a descriptor is.
inline constexpr handle_kind child_link_kind = handle_kind::pipe;

/// The near end, for a loop, and the child's: for a loop as well, or for a program whose calls wait; whether they do is
/// a property that none can change afterwards.
inline outcome<socket_pair> child_link(bool loop_in_child) noexcept {
    return detail::once<call::socketpair, socket_pair>([&]() -> outcome<socket_pair> {
        const auto made = detail::pipe_ends(PIPE_ACCESS_DUPLEX, GENERIC_READ | GENERIC_WRITE, true, loop_in_child);
        if (!made) return failure(made.error());
        socket_pair result;
        result.first = made->read;
        result.second = made->write;
        return result;
    });
}

}  // namespace cohort::sys
