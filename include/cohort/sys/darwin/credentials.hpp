/// @file
/// Who is at the other end of a Unix socket.
#pragma once

#include "../detail/invoke.hpp"
#include "../peer_identity.hpp"

#include <cerrno>

#include <sys/param.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/ucred.h>
#include <sys/un.h>

namespace cohort::sys {

/// The credentials of the peer of a connected Unix socket, as they were when it connected; the number of its process is
/// that of who used the other end last. ENOTCONN: it is not connected. EINTR does not occur. unix(4), LOCAL_PEERCRED,
/// LOCAL_PEERPID.
inline outcome<peer_identity> peer_credentials(int fd) noexcept {
    ::xucred found{};
    ::socklen_t size = sizeof found;
    outcome<> asked = COHORT_SYS_ONCE(get_option, void, ::getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, &found, &size));
    if (!asked) return failure(asked.error());
    if (found.cr_version != XUCRED_VERSION) return failure(EINVAL);
    peer_identity who;
    ::socklen_t pid_size = sizeof who.pid;
    asked = COHORT_SYS_ONCE(get_option, void, ::getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &who.pid, &pid_size));
    if (!asked) return failure(asked.error());
    who.user = found.cr_uid;
    who.group = found.cr_ngroups > 0 ? found.cr_groups[0] : static_cast<::gid_t>(-1);
    return who;
}

}  // namespace cohort::sys
