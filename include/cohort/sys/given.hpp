/// @file
/// Picks the platform's given.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/given.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/given.hpp"
#endif
