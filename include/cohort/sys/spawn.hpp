/// @file
/// Picks the platform's spawn.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/spawn.hpp"
#endif
