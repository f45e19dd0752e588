/// @file
/// Picks the platform's input.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/input.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/input.hpp"
#endif
