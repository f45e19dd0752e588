/// @file
/// Picks the platform's pidfd.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/pidfd.hpp"
#endif
