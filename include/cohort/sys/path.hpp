/// @file
/// Picks the platform's path.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/path.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/path.hpp"
#endif
