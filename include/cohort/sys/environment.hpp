/// @file
/// Picks the platform's environment.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/environment.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/environment.hpp"
#endif
