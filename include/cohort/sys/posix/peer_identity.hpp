/// @file
/// A process as the other end of a Unix socket.
#pragma once

#include <sys/types.h>

namespace cohort::sys {

/// The process that connected, or that made the socket pair, as the kernel saw it at that time.
struct peer_identity {
    ::pid_t pid = 0;
    ::uid_t user = 0;
    ::gid_t group = 0;
};

}  // namespace cohort::sys
