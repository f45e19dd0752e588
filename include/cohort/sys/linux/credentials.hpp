/// @file
/// Who is at the other end of a Unix socket.
#pragma once

#include "../detail/invoke.hpp"
#include "../peer_identity.hpp"

#include <sys/socket.h>

namespace cohort::sys {

/// The credentials of the peer of a connected Unix socket. EINTR does not occur. unix(7), SO_PEERCRED.
inline outcome<peer_identity> peer_credentials(int fd) noexcept {
    ::ucred found{};
    ::socklen_t size = sizeof found;
    const outcome<> asked =
        COHORT_SYS_ONCE(get_option, void, ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &found, &size));
    if (!asked) return failure(asked.error());
    peer_identity who;
    who.pid = found.pid;
    who.user = found.uid;
    who.group = found.gid;
    return who;
}

}  // namespace cohort::sys
