/// @file
/// Picks the platform's child_link.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/child_link.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/child_link.hpp"
#endif
