/// @file
/// Picks the platform's arguments.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/arguments.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/arguments.hpp"
#endif
