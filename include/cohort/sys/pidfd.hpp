/// @file
/// Picks the platform's pidfd.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_PROCESSES_BY_KQUEUE
#    include "bsd/pidfd.hpp"
#elif COHORT_OS_LINUX
#    include "linux/pidfd.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/pidfd.hpp"
#endif
