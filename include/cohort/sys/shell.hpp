/// @file
/// Picks the platform's shell.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/shell.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/shell.hpp"
#endif
