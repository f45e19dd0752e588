/// @file
/// Picks the platform's socket_option.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/socket_option.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/socket_option.hpp"
#endif
