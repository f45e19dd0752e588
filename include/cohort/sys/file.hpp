/// @file
/// Picks the platform's file.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/file.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/file.hpp"
#endif
