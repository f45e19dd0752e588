/// @file
/// Picks the platform's thread.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/thread.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/thread.hpp"
#endif
