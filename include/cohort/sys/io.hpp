/// @file
/// Picks the platform's io.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/io.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/io.hpp"
#endif
