/// @file
/// Picks the platform's memfd.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/memfd.hpp"
#endif
