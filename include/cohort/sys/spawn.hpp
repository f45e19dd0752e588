/// @file
/// Picks the platform's spawn.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_MACOS
#    include "darwin/spawn.hpp"
#elif COHORT_PROCESSES_BY_KQUEUE
#    include "bsd/spawn.hpp"
#elif COHORT_OS_LINUX
#    include "linux/spawn.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/spawn.hpp"
#endif
