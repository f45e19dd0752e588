/// @file
/// Who is at the other end of a Unix socket.
#pragma once

#include "../detail/invoke.hpp"
#include "../peer_identity.hpp"

#include <sys/param.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/ucred.h>
#include <sys/un.h>

namespace cohort::sys {

/// The credentials of the peer of a connected Unix socket, as they were when it connected. ENOTCONN: it is not
/// connected. EINTR does not occur. unix(4), LOCAL_PEERCRED; the number of the process from FreeBSD 13 on.
inline outcome<peer_identity> peer_credentials(int fd) noexcept {
    ::xucred found{};
    ::socklen_t size = sizeof found;
    const outcome<> asked =
        COHORT_SYS_ONCE(get_option, void, ::getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, &found, &size));
    if (!asked) return failure(asked.error());
    if (found.cr_version != XUCRED_VERSION) return failure(EINVAL);
    peer_identity who;
    who.pid = found.cr_pid;
    who.user = found.cr_uid;
    who.group = found.cr_ngroups > 0 ? found.cr_groups[0] : static_cast<::gid_t>(-1);
    return who;
}

}  // namespace cohort::sys
