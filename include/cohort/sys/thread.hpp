/// @file
/// Picks the platform's thread.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/thread.hpp"
#endif
