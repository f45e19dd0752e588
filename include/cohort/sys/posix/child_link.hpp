/// @file
/// What leads both ways between this process and a child: a pair of sockets.
#pragma once

#include "io.hpp"
#include "socket.hpp"

namespace cohort::sys {

/// Makes a descriptor that a child is given one whose calls wait, as programs expect.
inline outcome<> make_waiting(int fd, bool) noexcept { return set_nonblocking(fd, false); }

/// What such a descriptor is.
inline constexpr handle_kind child_link_kind = handle_kind::socket;

/// The near end, for a loop, and the child's, which waits: programs expect that, and those that know better change it.
COHORT_COLD inline outcome<socket_pair> child_link(bool) noexcept {
    const auto made = socketpair(stream_socket, false);
    if (!made) return made;
    const auto changed = set_nonblocking(made->first, true);
    if (changed) return made;
    static_cast<void>(close(made->first));
    static_cast<void>(close(made->second));
    return failure(changed.error());
}

}  // namespace cohort::sys
