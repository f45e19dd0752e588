/// @file
/// Picks the platform's socket.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/socket.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/socket.hpp"
#endif
