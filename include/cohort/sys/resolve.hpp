/// @file
/// Picks the platform's resolve.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/resolve.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/resolve.hpp"
#endif
