/// @file
/// A process as the other end of a socket.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/peer_identity.hpp"
#endif
