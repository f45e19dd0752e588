/// @file
/// Picks the platform's resolve.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/resolve.hpp"
#endif
