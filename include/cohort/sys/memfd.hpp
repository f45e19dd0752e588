/// @file
/// Picks the platform's memfd.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/memfd.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/memfd.hpp"
#endif
