/// @file
/// Picks the platform's network.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/network.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/network.hpp"
#endif
